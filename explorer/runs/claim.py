"""A worker's right to train a run, and all that it writes about it.

A worker may hear that the database failed when it had done what was asked: the answer was lost with
the connection. So each attempt looks whether the one before has arrived after all.
"""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row, case, func, literal, select, update
from sqlalchemy.exc import SQLAlchemyError

from explorer.runs.schema import Moment, add_events, runs_table, wishes_table
from explorer.runs.store import RunStore
from explorer.training.control import Wish, WishAdapter
from explorer.training.events import Event

HOST = socket.gethostname()[:255]
End = Literal["finished", "stopped", "failed"]

WITHOUT_WORKER = {"worker_pid": None, "server_pid": None, "heartbeat": None, "leaving": 0}
is_running = runs_table.c.status == "running"
_columns = runs_table.c


class ClaimLostError(Exception):
    """The run was ended in this worker's place, or deleted: it must not go on."""


@dataclass(frozen=True)
class Orders:
    """What a worker hears when it reports."""

    stop_reason: str | None
    leaving: bool
    """It is to write a checkpoint and end; another worker will go on."""
    wishes: tuple[tuple[int, Wish], ...]


@dataclass
class Claim:
    """A worker's right to train a run, whose events only this worker adds from then on."""

    store: RunStore
    run_id: str
    worker_pid: int
    _last: int
    """The sequence number of the run's last event, as far as this worker was told."""
    _unsure: bool = field(default=False, init=False)
    """The last attempt failed, or only its answer was lost."""

    @classmethod
    def take(cls, store: RunStore, run_id: str, *, again: bool = False) -> "Claim | None":
        """Make this process the run's worker; None if it has one, is over or does not exist.

        Args:
            again: This process tried before and heard that the database failed.
        """
        now = datetime.now(UTC)
        free = _columns.worker_pid.is_(None)
        if again:
            free |= (_columns.worker_pid == os.getpid()) & (_columns.host == HOST)
        with store.engine.begin() as connection:
            last = connection.scalar(
                update(runs_table)
                .where(
                    _columns.id == run_id,
                    _columns.status.in_(("queued", "running")),
                    free,
                )
                .values(
                    status="running",
                    started=func.coalesce(_columns.started, literal(now, Moment)),
                    heartbeat=now,
                    host=HOST,
                    worker_pid=os.getpid(),
                )
                .returning(_columns.last_sequence)
            )
        return None if last is None else cls(store, run_id, os.getpid(), last)

    def record(self, events: Sequence[Event], wishes_heard: int = 0) -> Orders:
        """Append events, show that the worker lives, and hear what is wanted of it.

        Args:
            wishes_heard: The number of the last wish that was heard before.

        Raises:
            ClaimLostError: The run is no longer this worker's.
        """
        values: dict[str, object] = {"heartbeat": datetime.now(UTC)}
        for event in events:
            if event.kind in ("paused", "continued"):
                values["paused"] = datetime.now(UTC) if event.kind == "paused" else None
        row = self._write(events, **values)
        wishes: list[tuple[int, Wish]] = []
        if row.wishes > wishes_heard:
            columns = wishes_table.c
            query = (
                select(columns.number, columns.body)
                .where(columns.run_id == self.run_id, columns.number > wishes_heard)
                .order_by(columns.number)
            )
            with self.store.engine.connect() as connection:
                for wish in connection.execute(query):
                    wishes.append((wish.number, WishAdapter.validate_json(wish.body)))
        return Orders(row.stop_reason, bool(row.leaving), tuple(wishes))

    def end(self, events: Sequence[Event], status: End, reason: str | None) -> None:
        """Append the last events and end the run: readers see both or neither.

        Raises:
            ClaimLostError: The run is no longer this worker's.
        """
        over = {"ended": datetime.now(UTC), "paused": None, "note": None}
        unsure = self._unsure
        try:
            self._write(events, status=status, reason=reason, **over)
        except ClaimLostError:
            if not (unsure and self._ended_as(status)):
                raise

    def leave(self, events: Sequence[Event], *, paused: bool, wishes_heard: int) -> None:
        """Append the last events and have the run wait for another worker.

        Args:
            paused: It waits until somebody wishes something, if nobody has since.
            wishes_heard: As for `record`.

        Raises:
            ClaimLostError: The run is no longer this worker's.
        """
        news = (_columns.wishes > wishes_heard) | _columns.stop_reason.is_not(None)
        status = case((news, "queued"), else_="paused") if paused else "queued"
        self._write(events, status=status, **WITHOUT_WORKER)
        self.store.changed.set()

    def _ended_as(self, status: End) -> bool:
        mine = (_columns.id == self.run_id) & (_columns.worker_pid == self.worker_pid)
        with self.store.engine.connect() as connection:
            query = select(_columns.status).where(mine, _columns.host == HOST)
            return connection.scalar(query) == status

    def _write(self, events: Sequence[Event], **values: object) -> Row[*tuple[Any, ...]]:
        mine = (_columns.id == self.run_id) & is_running
        mine &= (_columns.worker_pid == self.worker_pid) & (_columns.host == HOST)
        arrived = 0
        if self._unsure:
            arrived = self._arrived(len(events))
        try:
            with self.store.engine.begin() as connection:
                row = add_events(connection, mine, events[arrived:], **values)
        except SQLAlchemyError:
            self._unsure = True
            raise
        if row is None:
            raise ClaimLostError(self.run_id)
        self._last, self._unsure = row.last_sequence, False
        return row

    def _arrived(self, count: int) -> int:
        """How many of the first of these events are there already."""
        with self.store.engine.connect() as connection:
            query = select(_columns.last_sequence).where(_columns.id == self.run_id)
            return min(count, (connection.scalar(query) or self._last) - self._last)
