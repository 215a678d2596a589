"""Which process trains which run: every step is one transaction, so no two can disagree.

A dispatcher *reserves* a waiting run, which makes it "running", and starts a worker process. The
worker *takes* it by writing its process id; a second one finds it taken. From then on only that
worker can add to the run or end it, until somebody who saw it dead ends the run in its place.
"""

import os
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import func, literal, select, update

from explorer.runs.order import waiting_order
from explorer.runs.schema import Moment, add_events, runs_table, schema_table
from explorer.runs.store import RunStore
from explorer.training.events import Event

HOST = socket.gethostname()[:255]
End = Literal["finished", "stopped", "failed"]

_columns = runs_table.c
_is_running = _columns.status == "running"


class ClaimLostError(Exception):
    """The run was ended in this worker's place, or deleted: it must not go on."""


@dataclass(frozen=True)
class Training:
    """A run that is marked running, and which processes are said to look after it."""

    id: str
    host: str | None
    server_pid: int | None
    worker_pid: int | None
    heartbeat: datetime | None


def reserve(store: RunStore, max_workers: int) -> str | None:
    """Mark the run whose turn it is as running; None if none waits or all places are taken."""
    count_running = select(func.count()).select_from(runs_table).where(_is_running)
    any_waiting = select(_columns.id).where(_columns.status == "queued").limit(1)
    with store.engine.connect() as connection:
        if connection.scalar(any_waiting) is None:
            return None
        if (connection.scalar(count_running) or 0) >= max_workers:
            return None
    with store.engine.begin() as connection:
        # The first write locks: whoever reserves at the same time waits here and then counts us.
        connection.execute(update(schema_table).values(version=schema_table.c.version))
        if (connection.scalar(count_running) or 0) >= max_workers:
            return None
        for run_id in waiting_order(connection)[:1]:
            now = datetime.now(UTC)
            taken = connection.execute(
                update(runs_table)
                .where(_columns.id == run_id, _columns.status == "queued")
                .values(
                    status="running", started=now, heartbeat=now, host=HOST, server_pid=os.getpid()
                )
            )
            return run_id if taken.rowcount else None
    return None


def in_training(store: RunStore) -> list[Training]:
    """All runs marked running, whoever looks after them."""
    query = select(
        _columns.id, _columns.host, _columns.server_pid, _columns.worker_pid, _columns.heartbeat
    ).where(_is_running)
    with store.engine.connect() as connection:
        return [Training(*row) for row in connection.execute(query)]


def ask_to_stop(store: RunStore, run_ids: Collection[str], reason: str) -> None:
    """Have the workers of these runs stop; `reason` becomes the runs' reason."""
    with store.engine.begin() as connection:
        connection.execute(
            update(runs_table)
            .where(_columns.id.in_(run_ids), _is_running)
            .values(stop_reason=func.coalesce(_columns.stop_reason, reason))
        )


def end_in_place(store: RunStore, run: Training, status: End, reason: str) -> bool:
    """End a run whose worker is gone; False if it ended by itself or another worker has it."""
    same_worker = _columns.worker_pid.is_not_distinct_from(run.worker_pid)
    with store.engine.begin() as connection:
        ended = connection.execute(
            update(runs_table)
            .where(_columns.id == run.id, _is_running, same_worker)
            .values(status=status, reason=reason, ended=datetime.now(UTC))
        )
    store.changed.set()
    return bool(ended.rowcount)


@dataclass(frozen=True)
class Claim:
    """A worker's right to train a run."""

    store: RunStore
    run_id: str
    worker_pid: int

    @classmethod
    def take(cls, store: RunStore, run_id: str) -> "Claim | None":
        """Make this process the run's worker; None if it has one, is over or does not exist."""
        now = datetime.now(UTC)
        with store.engine.begin() as connection:
            taken = connection.execute(
                update(runs_table)
                .where(
                    _columns.id == run_id,
                    _columns.status.in_(("queued", "running")),
                    _columns.worker_pid.is_(None),
                )
                .values(
                    status="running",
                    started=func.coalesce(_columns.started, literal(now, Moment)),
                    heartbeat=now,
                    host=HOST,
                    worker_pid=os.getpid(),
                )
            )
        return cls(store, run_id, os.getpid()) if taken.rowcount else None

    def record(self, events: Sequence[Event]) -> str | None:
        """Append events, show that the worker lives, and learn why to stop, if asked to.

        Raises:
            ClaimLostError: The run is no longer this worker's.
        """
        return self._write(events, heartbeat=datetime.now(UTC))

    def end(self, events: Sequence[Event], status: End, reason: str | None) -> None:
        """Append the last events and end the run: readers see both or neither.

        Raises:
            ClaimLostError: The run is no longer this worker's.
        """
        self._write(events, status=status, reason=reason, ended=datetime.now(UTC))

    def _write(self, events: Sequence[Event], **values: object) -> str | None:
        mine = (_columns.id == self.run_id) & _is_running
        mine &= (_columns.worker_pid == self.worker_pid) & (_columns.host == HOST)
        with self.store.engine.begin() as connection:
            row = add_events(connection, mine, events, **values)
        if row is None:
            raise ClaimLostError(self.run_id)
        return row.stop_reason
