"""Which process trains which run: every step is one transaction, so no two can disagree.

A dispatcher *reserves* a waiting run, which makes it "running", and starts a worker process. The
worker *takes* it by writing its process id; a second one finds it taken. From then on only that
worker can add to the run, leave it to another or end it, until somebody who saw it dead does so in
its place.
"""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    func,
    select,
    true,
    update,
)

from explorer.gpus import next_gpu
from explorer.runs.claim import HOST, WITHOUT_WORKER, End, is_running
from explorer.runs.order import waiting_order
from explorer.runs.schema import runs_table, schema_table
from explorer.runs.store import RunStore

_columns = runs_table.c


@dataclass(frozen=True)
class Training:
    """A run that is marked running, and which processes are said to look after it."""

    id: str
    host: str | None
    server_pid: int | None
    worker_pid: int | None
    heartbeat: datetime | None
    paused: datetime | None = None
    deaths: int = 0
    interruptions: int = 0
    resumed_step: int | None = None


def reserve(store: RunStore, max_workers: int) -> str | None:
    """Mark the run whose turn it is as running; None if none waits or all places are taken."""
    count_running = select(func.count()).select_from(runs_table).where(is_running)
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


def place_on_gpu(
    store: RunStore, run_id: str, choices: Sequence[str], at_hand: Sequence[str]
) -> str:
    """Note which GPU of this machine a reserved run trains on: see `explorer.gpus.next_gpu`."""
    with store.engine.begin() as connection:
        # As in `reserve`: whoever places a run at the same time waits here and then counts ours.
        connection.execute(update(schema_table).values(version=schema_table.c.version))
        gpu = next_gpu(choices, _busy_gpus(connection, _columns.id != run_id), at_hand)
        connection.execute(update(runs_table).where(_columns.id == run_id).values(gpu=gpu))
    return gpu


def busy_gpus(store: RunStore) -> list[str]:
    """The GPU of each run that trains on one of several in this machine."""
    with store.engine.connect() as connection:
        return _busy_gpus(connection, true())


def _busy_gpus(connection: Connection, where: ColumnElement[bool]) -> list[str]:
    here = is_running & (_columns.host == HOST) & _columns.gpu.is_not(None)
    return [gpu for gpu in connection.scalars(select(_columns.gpu).where(here & where)) if gpu]


def in_training(store: RunStore) -> list[Training]:
    """All runs marked running, whoever looks after them."""
    query = select(
        _columns.id,
        _columns.host,
        _columns.server_pid,
        _columns.worker_pid,
        _columns.heartbeat,
        _columns.paused,
        _columns.deaths,
        _columns.interruptions,
        _columns.resumed_step,
    ).where(is_running)
    with store.engine.connect() as connection:
        return [Training(*row) for row in connection.execute(query)]


def ask_to_leave(store: RunStore, run_ids: Collection[str]) -> None:
    """Have the workers of these runs write a checkpoint and end, so that others can go on."""
    with store.engine.begin() as connection:
        connection.execute(
            update(runs_table).where(_columns.id.in_(run_ids), is_running).values(leaving=1)
        )


def make_room(store: RunStore, longest_rest: timedelta) -> None:
    """Have runs that rest give up their places: if somebody waits, or after so long."""
    resting = is_running & _columns.paused.is_not(None) & (_columns.leaving == 0)
    resting &= _columns.stop_reason.is_(None)  # else it is about to end anyway
    waiting = select(_columns.id).where(_columns.status == "queued").limit(1)
    with store.engine.connect() as connection:
        rests = connection.execute(select(_columns.id, _columns.paused).where(resting)).all()
        somebody_waits = bool(rests) and connection.scalar(waiting) is not None
    now = datetime.now(UTC)
    long = [row.id for row in rests if somebody_waits or now - row.paused > longest_rest]
    if long:
        ask_to_leave(store, long)


def end_in_place(store: RunStore, run: Training, status: End, reason: str) -> bool:
    """End a run whose worker is gone; False if it ended by itself or another worker has it."""
    return _instead_of(store, run, status=status, reason=reason, ended=datetime.now(UTC))


def leave_in_place(store: RunStore, run: Training) -> bool:
    """Have a run whose worker is gone wait for another; False as for `end_in_place`."""
    return _instead_of(store, run, status="queued", **WITHOUT_WORKER)


def take_over(
    store: RunStore, run: Training, note: str, *, step: int | None, death: bool
) -> Training | None:
    """Reserve a run whose worker is gone for a new worker of this process.

    Args:
        note: What happened, for people.
        step: Where the new worker will take it up, if that is known.
        death: The worker died; otherwise its server had gone too.

    Returns:
        The run as it is now; None if it ended by itself or another worker has it.
    """
    further = step is not None and step > (run.resumed_step or 0)
    now = datetime.now(UTC)
    taken = replace(
        run,
        host=HOST,
        server_pid=os.getpid(),
        worker_pid=None,
        heartbeat=now,
        deaths=run.deaths + death,
        interruptions=(0 if further else run.interruptions) + (not death),
        resumed_step=step,
    )
    values = {name: value for name, value in vars(taken).items() if name not in ("id", "paused")}
    return taken if _instead_of(store, run, note=note, leaving=0, **values) else None


def _instead_of(store: RunStore, run: Training, **values: object) -> bool:
    same_worker = _columns.worker_pid.is_not_distinct_from(run.worker_pid)
    same_server = _columns.server_pid.is_not_distinct_from(run.server_pid)
    with store.engine.begin() as connection:
        changed = connection.execute(
            update(runs_table)
            .where(_columns.id == run.id, is_running, same_worker, same_server)
            .values(values)
        )
    store.changed.set()
    return bool(changed.rowcount)
