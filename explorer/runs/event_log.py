"""What the workers of all runs said, in the database: added at the end, read by what is new."""

from collections.abc import Collection, Sequence

from sqlalchemy import Engine, func, select

from explorer.errors import ExplorerError
from explorer.runs.schema import add_events, events_table, runs_table
from explorer.training.events import Event, EventAdapter


class EventLog:
    """The events of the runs of one database; nothing in it ever changes but by being added."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def append(self, run_id: str, events: Sequence[Event]) -> int:
        """Add events after those already there; returns the sequence number of the last.

        All of them become visible at once. Numbers are given per run, from 1, without gaps, also
        when several processes append to one run.

        Raises:
            ExplorerError: There is no such run.
        """
        with self.engine.begin() as connection:
            row = add_events(connection, runs_table.c.id == run_id, events)
        if row is None:
            raise ExplorerError("There is no such run any more.", "It may have been deleted.")
        return row.last_sequence

    def events(
        self,
        run_id: str,
        after: int = 0,
        kinds: Collection[str] | None = None,
        limit: int | None = None,
    ) -> list[tuple[int, Event]]:
        """The events of a run with a sequence number above `after`, in order.

        Args:
            kinds: Only these, for instance `("epoch_end", "finished")`.
            limit: At most so many, the earliest.
        """
        columns = events_table.c
        query = select(columns.sequence, columns.body)
        query = query.where(columns.run_id == run_id, columns.sequence > after)
        if kinds is not None:
            query = query.where(columns.kind.in_(kinds))
        if limit is not None:
            query = query.order_by(columns.sequence).limit(limit)
        # Without a limit Python sorts: asked to, SQLite walks all events instead of those kinds.
        with self.engine.connect() as connection:
            rows = sorted(connection.execute(query), key=lambda row: row.sequence)
        return [(row.sequence, EventAdapter.validate_json(row.body)) for row in rows]

    def last_of_each(self, run_id: str, kinds: Collection[str]) -> list[Event]:
        """The last event of each of these kinds, of those there are."""
        columns = events_table.c
        last = select(func.max(columns.sequence)).where(
            columns.run_id == run_id, columns.kind.in_(kinds)
        )
        query = select(columns.body).where(
            columns.run_id == run_id, columns.sequence.in_(last.group_by(columns.kind))
        )
        with self.engine.connect() as connection:
            return [EventAdapter.validate_json(body) for body in connection.scalars(query)]
