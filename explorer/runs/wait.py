"""How long a waiting run is likely to wait, from what runs before it took."""

import heapq
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from explorer.runs.order import waiting_order
from explorer.runs.schema import events_table, runs_table
from explorer.training.events import EventAdapter, Progress, Started

# So many of the latest runs say how long one usually takes.
_LATEST = 20


def expected_starts(
    order: Sequence[str], places: int, left: Iterable[float], usual: float
) -> dict[str, float]:
    """Seconds until each waiting run starts.

    Args:
        order: Ids of the waiting runs in the order in which they start.
        places: How many runs train at the same time.
        left: Seconds that each run in training has still to go; those that rest are no part of it.
        usual: Seconds that a run takes whose length is not known.
    """
    free = sorted(left)
    while len(free) < places:
        free.insert(0, 0.0)
    # More may be in training than there are places, if there were more places before.
    free = free[len(free) - places :]
    heapq.heapify(free)
    starts = {}
    for run_id in order:
        start = heapq.heappop(free)
        starts[run_id] = start
        heapq.heappush(free, start + usual)
    return starts


def expected_wait(connection: Connection, run_id: str, places: int) -> float | None:
    """Seconds until a waiting run starts; None if it does not wait or nothing tells."""
    columns = runs_table.c
    order = waiting_order(connection)
    if run_id not in order:
        return None
    ended = connection.execute(
        select(columns.started, columns.ended)
        .where(columns.status.in_(("finished", "stopped")), columns.started.is_not(None))
        .order_by(columns.ended.desc())
        .limit(_LATEST)
    ).all()
    took = [(row.ended - row.started).total_seconds() for row in ended]
    training = connection.execute(
        select(columns.id, columns.started, columns.paused).where(columns.status == "running")
    ).all()
    whole, left = [], []
    for row in training:
        if row.paused is not None:  # it makes room
            continue
        so_far = (datetime.now(UTC) - row.started).total_seconds()
        still = _seconds_left(connection, row.id)
        left.append(still)
        if still is not None:
            whole.append(so_far + still)
    known = took or whole
    if not known:
        return None
    usual = statistics.median(known)
    starts = expected_starts(
        order, places, [usual if seconds is None else seconds for seconds in left], usual
    )
    return starts[run_id]


def _seconds_left(connection: Connection, run_id: str) -> float | None:
    """What a run in training said last about it."""
    columns = events_table.c
    for kind in ("progress", "started"):
        body = connection.scalar(
            select(columns.body)
            .where(columns.run_id == run_id, columns.kind == kind)
            .order_by(columns.sequence.desc())
            .limit(1)
        )
        if body is not None:
            match EventAdapter.validate_json(body):
                case Progress(seconds_left=seconds):
                    return seconds
                case Started(predicted_seconds=seconds):
                    return seconds
    return None
