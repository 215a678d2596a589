"""Training runs and what they said, durable, shared by the server and all workers.

A run belongs to a visitor: only that visitor lists, renames, stops or deletes it. Whoever knows a
run's id, which cannot be guessed, may look at it.
"""

import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from explorer.errors import ExplorerError
from explorer.runs.event_log import EventLog
from explorer.runs.record import (
    RUN_COLUMNS,
    Run,
    RunStatus,
    is_stopping,
    run_of,
)
from explorer.runs.schema import Moment, open_engine, runs_table, wishes_table
from explorer.runs.wait import Standing
from explorer.settings import settings
from explorer.training.control import Continue, Wish
from explorer.training.recipe import Job

LONGEST_NAME = 80
LONGEST_REMARK = 500
MOST_WAITING = 50
STOPPED_BY_OWNER = "Stopped on request."
DELETED_WAITING = "Deleted while it waited."


def _now() -> datetime:
    return datetime.now(UTC)


def _clean_name(name: str) -> str:
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise ExplorerError(
            f"A run's name has 1 to {LONGEST_NAME} characters, this one has {len(clean)}.",
            "Choose another name.",
        )
    return clean


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
        "name": _clean_name(name),
        "status": "queued",
        "job": job.model_dump_json(),
        "purpose": job.purpose,
        "created": created,
    }


class RunStore(EventLog):
    """The runs of one database; may be used by any number of threads and processes."""

    def __init__(self, url: str) -> None:
        super().__init__(open_engine(url))
        self.changed = threading.Event()
        """Set when this process made or stopped a run; wakes the dispatcher."""
        self._standing = Standing()

    def create(self, visitor: str, job: Job, name: str, *, token: str | None = None) -> Run:
        """Put a run in the queue.

        Args:
            token: Any string that names this press of the button; a second call of the same
                visitor with the same token returns the first run instead of making another.

        Raises:
            ExplorerError: The name is empty or too long, or too many runs of this visitor wait.
        """
        values = new_run(visitor, job, name, token=token, created=_now())
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

    def request_stop(self, run_id: str, visitor: str) -> None:
        """Take a waiting run out of the queue, or ask one that has begun to stop; else nothing.

        A run without a worker, paused or between two workers, gets one that measures it.

        Raises:
            ExplorerError: This visitor has no such run.
        """
        columns = runs_table.c
        own, now = self._own(run_id, visitor), _now()
        waiting = own & (columns.status == "queued") & columns.started.is_(None)
        begun = own & columns.status.in_(("running", "queued"))
        paused = own & (columns.status == "paused")
        with self.engine.begin() as connection:
            # All three see the run in one state, also where only changes lock (PostgreSQL).
            connection.execute(select(columns.id).where(own).with_for_update())
            _ = (
                self._update(
                    connection, waiting, status="stopped", ended=now, reason=STOPPED_BY_OWNER
                )
                or self._update(connection, begun, stop_reason=STOPPED_BY_OWNER)
                or self._update(
                    connection, paused, stop_reason=STOPPED_BY_OWNER, status="queued", queued=now
                )
            )
            self._require(connection, run_id, visitor)
        self.changed.set()

    def ask(self, run_id: str, visitor: str, wish: Wish) -> None:
        """Have a wish granted by the run's worker, in the order of asking and once.

        A paused run that gave its place away waits for one again when it is to go on.

        Raises:
            ExplorerError: The run is not in training, or this visitor has no such run.
        """
        columns = runs_table.c
        begun = columns.started.is_not(None) & columns.status.in_(("running", "queued", "paused"))
        with self.engine.begin() as connection:
            number = connection.scalar(
                update(runs_table)
                .where(self._own(run_id, visitor), begun, columns.stop_reason.is_(None))
                .values(wishes=columns.wishes + 1)
                .returning(columns.wishes)
            )
            if number is None:
                self._require(connection, run_id, visitor)
                raise ExplorerError(
                    "This run is not being trained, so nothing about it can be changed.",
                    "Start a new one.",
                )
            connection.execute(
                insert(wishes_table).values(
                    run_id=run_id, number=number, body=wish.model_dump_json(), asked=_now()
                )
            )
            if isinstance(wish, Continue):
                own = self._own(run_id, visitor)
                self._update(connection, own, paused=None)
                self._update(
                    connection, own & (columns.status == "paused"), status="queued", queued=_now()
                )
        self.changed.set()

    def rename(self, run_id: str, visitor: str, name: str) -> None:
        """Give a run another name.

        Raises:
            ExplorerError: The name is empty or too long, or this visitor has no such run.
        """
        clean = _clean_name(name)
        with self.engine.begin() as connection:
            self._update(connection, self._own(run_id, visitor), name=clean)
            self._require(connection, run_id, visitor)

    def remark(self, run_id: str, visitor: str, text: str) -> None:
        """Keep the owner's words about a run; empty ones remove what was there.

        Raises:
            ExplorerError: They are too long, or this visitor has no such run.
        """
        lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
        clean = "\n".join(" ".join(line.split()) for line in lines).strip()
        if len(clean) > LONGEST_REMARK:
            raise ExplorerError(
                f"A note has at most {LONGEST_REMARK} characters, this one has {len(clean)}.",
                "Shorten it.",
            )
        with self.engine.begin() as connection:
            self._update(connection, self._own(run_id, visitor), remark=clean)
            self._require(connection, run_id, visitor)

    def delete(self, run_id: str, visitor: str) -> None:
        """Take a run out of all lists; `trash.restore` brings it back for a while.

        One that waits leaves the queue: brought back, it is stopped, or paused if it had begun.

        Raises:
            ExplorerError: It is being trained, or this visitor has no such run.
        """
        columns, now = runs_table.c, _now()
        idle = self._own(run_id, visitor) & (columns.status != "running")
        waiting = columns.status == "queued"
        unstarted = waiting & columns.started.is_(None)
        with self.engine.begin() as connection:
            if not self._update(
                connection,
                idle,
                deleted=now,
                status=case((unstarted, "stopped"), (waiting, "paused"), else_=columns.status),
                ended=case((unstarted, literal(now, Moment)), else_=columns.ended),
                reason=case((unstarted, DELETED_WAITING), else_=columns.reason),
            ):
                self._require(connection, run_id, visitor)
                raise ExplorerError("This run is being trained.", "Stop it first, then delete it.")
        self.changed.set()

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

    @staticmethod
    def _own(run_id: str, visitor: str) -> ColumnElement[bool]:
        mine = (runs_table.c.id == run_id) & (runs_table.c.visitor == visitor)
        return mine & runs_table.c.deleted.is_(None)

    @staticmethod
    def _update(connection: Connection, where: ColumnElement[bool], **values: Any) -> bool:
        return bool(connection.execute(update(runs_table).where(where).values(values)).rowcount)

    def _require(self, connection: Connection, run_id: str, visitor: str) -> None:
        """Same words for a run of somebody else and for none at all: neither is told apart."""
        where = self._own(run_id, visitor)
        if connection.scalar(select(func.count()).select_from(runs_table).where(where)) == 0:
            raise ExplorerError(
                "There is no such run among yours.",
                "Only whoever started a run can change it, and only until it is deleted.",
            )


@lru_cache(maxsize=4)
def _open(url: str) -> RunStore:
    return RunStore(url)


def open_store() -> RunStore:
    """The runs of the configured database, one connection pool per process."""
    return _open(settings().database)
