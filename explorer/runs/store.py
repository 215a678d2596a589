"""Training runs and what they said, durable, shared by the server and all workers.

A run belongs to a visitor: only that visitor lists, renames, stops or deletes it. Whoever knows a
run's id, which cannot be guessed, may look at it.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from explorer.errors import ExplorerError
from explorer.runs.owned import OwnedRuns, clean_name
from explorer.runs.record import (
    RUN_COLUMNS,
    Run,
    RunStatus,
    is_stopping,
    run_of,
)
from explorer.runs.schema import open_engine, runs_table
from explorer.runs.wait import Standing
from explorer.settings import settings
from explorer.training.recipe import Job

MOST_WAITING = 50


def new_run(
    visitor: str, job: Job, name: str, *, token: str | None, created: datetime
) -> dict[str, Any]:
    """A waiting run as a row of the table.

    Raises:
        ExplorerError: The name is empty or too long.
    """
    return {
        "id": secrets.token_urlsafe(16),
        "visitor": visitor,
        "token": token,
        "name": clean_name(name),
        "status": "queued",
        "job": job.model_dump_json(),
        "purpose": job.purpose,
        "created": created,
    }


class RunStore(OwnedRuns):
    """The runs of one database; may be used by any number of threads and processes."""

    def __init__(self, url: str) -> None:
        super().__init__(open_engine(url))
        self._standing = Standing()

    def create(self, visitor: str, job: Job, name: str, *, token: str | None = None) -> Run:
        """Put a run in the queue.

        Args:
            token: Any string that names this press of the button; a second call of the same
                visitor with the same token returns the first run instead of making another.

        Raises:
            ExplorerError: The name is empty or too long, or too many runs of this visitor wait.
        """
        values = new_run(visitor, job, name, token=token, created=datetime.now(UTC))
        if token is not None and (existing := self._by_token(visitor, token)):
            return existing
        self._refuse_too_many(visitor)
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(runs_table).values(values))
        except IntegrityError:  # the same press of the button, a moment earlier in another thread
            existing = self._by_token(visitor, token) if token is not None else None
            if existing is None:
                raise
            return existing
        self.changed.set()
        run = self.run(values["id"])
        assert run is not None
        return run

    def _by_token(self, visitor: str, token: str) -> Run | None:
        where = (runs_table.c.visitor == visitor) & (runs_table.c.token == token)
        with self.engine.connect() as connection:
            row = connection.execute(select(*RUN_COLUMNS).where(where)).one_or_none()
        return None if row is None else run_of(row)

    def _refuse_too_many(self, visitor: str) -> None:
        where = (runs_table.c.visitor == visitor) & (runs_table.c.status == "queued")
        with self.engine.connect() as connection:
            waiting = (
                connection.scalar(select(func.count()).select_from(runs_table).where(where)) or 0
            )
        if waiting >= MOST_WAITING:
            raise ExplorerError(
                f"{waiting} of your runs are waiting already, and {MOST_WAITING} is the most.",
                "Wait until some have trained, or delete some.",
            )

    def runs(self, visitor: str) -> list[Run]:
        """This visitor's runs, the newest first."""
        newest = runs_table.c.created.desc()
        mine = (runs_table.c.visitor == visitor) & runs_table.c.deleted.is_(None)
        query = select(*RUN_COLUMNS).where(mine).order_by(newest)
        with self.engine.connect() as connection:
            return [run_of(row) for row in connection.execute(query)]

    def run(self, run_id: str) -> Run | None:
        """One run, for anybody who knows its id; None if there is none."""
        return next(iter(self.runs_of([run_id])), None)

    def runs_of(self, run_ids: Sequence[str]) -> list[Run]:
        """The runs with these ids, in this order; those that do not exist are left out."""
        columns = runs_table.c
        known = columns.id.in_(run_ids) & columns.deleted.is_(None)
        with self.engine.connect() as connection:
            rows = {row.id: row for row in connection.execute(select(*RUN_COLUMNS).where(known))}
        return [run_of(rows[run_id]) for run_id in run_ids if run_id in rows]

    def status(self, run_id: str) -> RunStatus | None:
        """Where a run is and how far its events go: one short read."""
        columns = runs_table.c
        query = select(
            columns.status,
            columns.last_sequence,
            columns.stop_reason,
            columns.reason,
            columns.paused,
            columns.note,
            columns.gpu,
        ).where(columns.id == run_id, columns.deleted.is_(None))
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        stopping = is_stopping(row.status, row.stop_reason)
        paused = row.paused is not None
        return RunStatus(
            row.status, row.last_sequence, stopping, row.reason, paused, row.note, row.gpu
        )

    def position(self, run_id: str) -> int | None:
        """1 for the waiting run that starts next, 2 for the one after it; None if not waiting."""
        with self.engine.connect() as connection:
            return self._standing.position(connection, run_id)

    def expected_wait(self, run_id: str, places: int) -> float | None:
        """Seconds until a waiting run starts, where `places` train at the same time.

        None if it does not wait, or if there is nothing yet to tell from.
        """
        with self.engine.connect() as connection:
            return self._standing.expected_wait(connection, run_id, places)


@lru_cache(maxsize=4)
def _open(url: str) -> RunStore:
    return RunStore(url)


def open_store() -> RunStore:
    """The runs of the configured database, one connection pool per process."""
    return _open(settings().database)
