"""Runs that were made in one press and belong together: a series has an id and a label.

Each of them is a run like any other, waits its turn like any other, and can be looked at, stopped
and deleted alone. Whoever knows the id of a series, which cannot be guessed, may look at it.
"""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select, update

from explorer.errors import ExplorerError
from explorer.runs.record import RUN_COLUMNS, Run, run_of
from explorer.runs.schema import runs_table, schema_table
from explorer.runs.store import MOST_WAITING, RunStore, new_run
from explorer.training.series import Series

_columns = runs_table.c
# Runs of one press start in the order in which they are listed.
_APART = timedelta(milliseconds=1)


def create_series(store: RunStore, visitor: str, series: Series, *, token: str) -> str:
    """Put all runs of a series in the queue, or none of them.

    Args:
        token: Names this press of the button; at most 60 characters. A second call of the same
            visitor with the same token makes nothing.

    Returns:
        The id of the series, also that of the first press.

    Raises:
        ExplorerError: There are too many of them.
    """
    series_id, now = secrets.token_urlsafe(16), datetime.now(UTC)
    rows = [
        new_run(visitor, job, name, token=f"{token}:{number}", created=now + number * _APART)
        | {"series": series_id, "series_label": series.label[:80]}
        for number, (name, job) in enumerate(series.members)
    ]
    mine = _columns.visitor == visitor
    with store.engine.begin() as connection:
        # The first write locks: the same press in another thread waits here and then finds us.
        connection.execute(update(schema_table).values(version=schema_table.c.version))
        pressed = select(_columns.series).where(mine, _columns.token == f"{token}:0")
        if existing := connection.scalar(pressed):
            return existing
        queued = select(func.count()).select_from(runs_table)
        waiting = connection.scalar(queued.where(mine, _columns.status == "queued")) or 0
        _refuse_too_many(len(rows), waiting)
        connection.execute(insert(runs_table), rows)
    store.changed.set()
    return series_id


def _refuse_too_many(asked: int, waiting: int) -> None:
    if asked + waiting <= MOST_WAITING:
        return
    free = MOST_WAITING - waiting
    already = f", and {waiting} of your runs are waiting already" if waiting else ""
    raise ExplorerError(
        f"These are {asked} runs{already}; {MOST_WAITING} at a time is the most.",
        f"Choose at most {free} runs." if free > 1 else "Wait until some have trained.",
    )


def runs_of(store: RunStore, series_id: str) -> tuple[Run, ...]:
    """The runs of a series in their order, for anybody who knows its id; none if there is none."""
    where = (_columns.series == series_id) & _columns.deleted.is_(None)
    query = select(*RUN_COLUMNS).where(where).order_by(_columns.created)
    with store.engine.connect() as connection:
        return tuple(run_of(row) for row in connection.execute(query))


def series_of(store: RunStore, visitor: str) -> dict[str, str]:
    """The label of each of this visitor's series by its id, the newest first."""
    query = (
        select(_columns.series, _columns.series_label)
        .where(_mine(visitor))
        .group_by(_columns.series, _columns.series_label)
        .order_by(func.max(_columns.created).desc())
    )
    with store.engine.connect() as connection:
        return {row.series: row.series_label for row in connection.execute(query)}


def stop_series(store: RunStore, series_id: str, visitor: str) -> None:
    """Take all of this visitor's runs of a series out of the queue and stop what trains.

    Those that would start next are the last to be taken out, so that none starts meanwhile.
    """
    for run in reversed(runs_of(store, series_id)):
        store.request_stop(run.id, visitor)


def delete_series(store: RunStore, series_id: str, visitor: str) -> None:
    """Delete all of this visitor's runs of a series.

    Raises:
        ExplorerError: Some wait or are being trained.
    """
    runs = runs_of(store, series_id)
    if any(run.status in ("queued", "running", "paused") for run in runs):
        raise ExplorerError(
            "Runs of this series wait or are being trained.", "Stop the series first."
        )
    for run in runs:
        store.delete(run.id, visitor)


def _mine(visitor: str) -> ColumnElement[bool]:
    mine = (_columns.visitor == visitor) & _columns.series.is_not(None)
    return mine & _columns.deleted.is_(None)
