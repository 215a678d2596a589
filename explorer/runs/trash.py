"""Deleted runs: out of all lists at once, brought back for an hour, gone for good afterwards."""

import shutil
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from explorer.errors import ExplorerError
from explorer.runs.record import RUN_COLUMNS, Run, run_directory, run_of
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore

UNDO_TIME = timedelta(hours=1)
# Nobody can bring a run back while its files are being removed.
_MARGIN = timedelta(minutes=5)

_columns = runs_table.c


def _restorable(visitor: str) -> ColumnElement[bool]:
    return (_columns.visitor == visitor) & (_columns.deleted > datetime.now(UTC) - UNDO_TIME)


def deleted_runs(store: RunStore, visitor: str) -> list[Run]:
    """The runs that this visitor can still bring back, the last deleted first."""
    query = select(*RUN_COLUMNS).where(_restorable(visitor)).order_by(_columns.deleted.desc())
    with store.engine.connect() as connection:
        return [run_of(row) for row in connection.execute(query)]


def restore(store: RunStore, run_id: str, visitor: str) -> None:
    """Bring a deleted run back with its curves, results and weights.

    Raises:
        ExplorerError: This visitor deleted no such run, or it was too long ago.
    """
    where = (_columns.id == run_id) & _restorable(visitor)
    with store.engine.begin() as connection:
        if not connection.execute(update(runs_table).where(where).values(deleted=None)).rowcount:
            raise ExplorerError(
                "This run cannot be brought back.",
                f"That is possible for {UNDO_TIME.seconds // 60} minutes after it was deleted.",
            )


def empty(store: RunStore) -> int:
    """Remove what can no longer be brought back: files first, so that a failure is tried again.

    Returns:
        How many runs are gone.

    Raises:
        SQLAlchemyError: If the database cannot be read or written.
        OSError: If a file cannot be deleted.
    """
    old = _columns.deleted < datetime.now(UTC) - UNDO_TIME - _MARGIN
    with store.engine.connect() as connection:
        gone = connection.scalars(select(_columns.id).where(old)).all()
    for run_id in gone:
        directory = run_directory(run_id)
        if directory.exists():
            shutil.rmtree(directory)
        with store.engine.begin() as connection:
            connection.execute(delete(runs_table).where(_columns.id == run_id, old))
    return len(gone)
