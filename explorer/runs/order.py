"""Who trains next.

Everybody's first run comes before anybody's second. Within the same turn, whoever has waited
longest comes first, and people wait since they asked or since their previous run ended, whichever
is later: ten runs queued at once do not keep ten other people waiting, and nobody waits for ever.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from explorer.runs.schema import runs_table


@dataclass(frozen=True)
class Waiting:
    """A run in the queue."""

    id: str
    visitor: str
    created: datetime
    """When it was put in the queue."""


def start_order(
    waiting: Iterable[Waiting], running: Mapping[str, int], last_ended: Mapping[str, datetime]
) -> list[str]:
    """Ids of the waiting runs in the order in which they start.

    Args:
        running: How many runs are training now, by visitor.
        last_ended: When the visitor's latest run ended, for those who had one.
    """
    turns = Counter(running)
    keys = []
    for run in sorted(waiting, key=lambda run: (run.created, run.id)):
        since = max(run.created, last_ended.get(run.visitor, run.created))
        keys.append((turns[run.visitor], since, run.created, run.id))
        turns[run.visitor] += 1
    return [key[-1] for key in sorted(keys)]


def waiting_order(connection: Connection) -> list[str]:
    """`start_order` of the database's queue."""
    columns = runs_table.c
    queued = connection.execute(
        select(
            columns.id,
            columns.visitor,
            func.coalesce(columns.queued, columns.created).label("created"),
        ).where(columns.status == "queued")
    ).all()
    if not queued:
        return []
    running = connection.execute(
        select(columns.visitor, func.count().label("runs"))
        .where(columns.status == "running")
        .group_by(columns.visitor)
    )
    ended = connection.execute(
        select(columns.visitor, func.max(columns.ended).label("ended"))
        .where(columns.visitor.in_({row.visitor for row in queued}), columns.started.is_not(None))
        .group_by(columns.visitor)
        .having(func.max(columns.ended).is_not(None))
    )
    return start_order(
        [Waiting(row.id, row.visitor, row.created) for row in queued],
        {row.visitor: row.runs for row in running},
        {row.visitor: row.ended for row in ended},
    )
