"""How long a waiting run is likely to wait, from what runs before it took."""

import heapq
import statistics
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Double, Row, func, select, type_coerce

from explorer.runs.order import waiting_order
from explorer.runs.schema import events_table, runs_table
from explorer.training.events import EventAdapter, Progress, Started

# So many of the latest runs say how long one usually takes.
_LATEST = 20
_LOOK_SECONDS = 1.0
"""How often it is looked up how far the runs in training are."""


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


@dataclass
class _Looked:
    """What was found of one queue, which `state` tells from any other."""

    state: tuple[Row[Any], ...]
    order: list[str]
    places: dict[str, int]
    starts: dict[int, tuple[float, dict[str, float]]] = field(default_factory=dict)
    """By how many train at a time: when it was looked up, and seconds until each run starts."""


class Standing:
    """Where every waiting run stands, worked out once for all who ask.

    A hundred people may look at lists of runs that wait, drawn anew every two seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked = _Looked((), [], {})

    def position(self, connection: Connection, run_id: str) -> int | None:
        """1 for the run that starts next; None if it does not wait."""
        with self._lock:
            return self._look(connection).places.get(run_id)

    def expected_wait(self, connection: Connection, run_id: str, places: int) -> float | None:
        """Seconds until a waiting run starts; None if it does not wait or nothing tells."""
        with self._lock:
            looked, now = self._look(connection), time.monotonic()
            if run_id not in looked.places:
                return None
            when, starts = looked.starts.get(places, (0.0, None))
            if starts is None or now - when > _LOOK_SECONDS:
                starts = _starts(connection, looked.order, places)
                if starts is None:
                    return None
                looked.starts[places] = now, starts
            return starts[run_id]

    def _look(self, connection: Connection) -> _Looked:
        state = _state(connection)
        if state != self._looked.state:
            order = waiting_order(connection)
            self._looked = _Looked(state, order, {run: n for n, run in enumerate(order, 1)})
        return self._looked


def _state(connection: Connection) -> tuple[Row[Any], ...]:
    """Another one whenever a run comes into the queue, or leaves it, or begins or ends or rests."""
    columns = runs_table.c
    moments = (func.coalesce(columns.queued, columns.created), columns.started)
    query = (
        select(
            columns.status,
            func.count(),
            func.count(columns.paused),
            *(func.sum(type_coerce(moment, Double)) for moment in moments),
        )
        .where(columns.status.in_(("queued", "running")))
        .group_by(columns.status)
        .order_by(columns.status)
    )
    return tuple(connection.execute(query).all())


def _starts(connection: Connection, order: Sequence[str], places: int) -> dict[str, float] | None:
    """Seconds until each waiting run starts; None if nothing tells."""
    columns = runs_table.c
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
    return expected_starts(
        order, places, [usual if seconds is None else seconds for seconds in left], usual
    )


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
