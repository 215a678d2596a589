"""What the owner of a run may do with it; others are not even told whether there is such a run."""

import threading
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    case,
    func,
    insert,
    literal,
    select,
    update,
)

from explorer.errors import ExplorerError
from explorer.runs.event_log import EventLog
from explorer.runs.schema import Moment, runs_table, wishes_table
from explorer.training.control import Continue, Wish

LONGEST_NAME = 80
LONGEST_REMARK = 500
STOPPED_BY_OWNER = "Stopped on request."
DELETED_WAITING = "Deleted while it waited."


def clean_name(name: str) -> str:
    """A run's name on one line.

    Raises:
        ExplorerError: It is empty or too long.
    """
    clean = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise ExplorerError(
            f"A run's name has 1 to {LONGEST_NAME} characters, this one has {len(clean)}.",
            "Choose another name.",
        )
    return clean


class OwnedRuns(EventLog):
    """The runs of one database, changed by those who started them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.changed = threading.Event()
        """Set when this process made or stopped a run; wakes the dispatcher."""

    def request_stop(self, run_id: str, visitor: str) -> None:
        """Take a waiting run out of the queue, or ask one that has begun to stop; else nothing.

        A run without a worker, paused or between two workers, gets one that measures it.

        Raises:
            ExplorerError: This visitor has no such run.
        """
        columns = runs_table.c
        own, now = self._own(run_id, visitor), datetime.now(UTC)
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
                    run_id=run_id,
                    number=number,
                    body=wish.model_dump_json(),
                    asked=datetime.now(UTC),
                )
            )
            if isinstance(wish, Continue):
                own = self._own(run_id, visitor)
                self._update(connection, own, paused=None)
                self._update(
                    connection,
                    own & (columns.status == "paused"),
                    status="queued",
                    queued=datetime.now(UTC),
                )
        self.changed.set()

    def rename(self, run_id: str, visitor: str, name: str) -> None:
        """Give a run another name.

        Raises:
            ExplorerError: The name is empty or too long, or this visitor has no such run.
        """
        clean = clean_name(name)
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
        columns, now = runs_table.c, datetime.now(UTC)
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
