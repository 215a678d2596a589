"""The tables of the run database, and the engine that reads and writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Double,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from explorer.errors import ExplorerError
from explorer.runs.database import connect, one_at_a_time
from explorer.training.events import Event

SCHEMA_VERSION = 1


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, kept as seconds since 1970: the same in every database."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class PlainText(TypeDecorator[str]):
    """Text of any origin. PostgreSQL has no character 0, so it is written as U+FFFD everywhere."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\0", "\ufffd")


metadata = MetaData()

# One row. Its version lets later releases migrate; updating it is the queue's mutex.
schema_table = Table(
    "schema",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)

runs_table = Table(
    "runs",
    metadata,
    Column("id", PlainText(32), primary_key=True),
    Column("visitor", PlainText(64), nullable=False),
    Column("token", PlainText(64)),
    Column("name", PlainText(80), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("job", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("ended", Moment),
    Column("reason", PlainText),
    Column("stop_reason", Text),
    Column("heartbeat", Moment),
    Column("host", PlainText(255)),
    Column("server_pid", Integer),
    Column("worker_pid", Integer),
    Column("last_sequence", BigInteger, nullable=False, default=0),
    # When it was put in the queue again, after a pause; empty as long as `created` says it.
    Column("queued", Moment),
    Column("paused", Moment),
    # How many wishes there are in the table of them.
    Column("wishes", Integer, nullable=False, default=0, server_default="0"),
    # The worker is to leave the rest to another one.
    Column("leaving", Integer, nullable=False, default=0, server_default="0"),
    Column("deaths", Integer, nullable=False, default=0, server_default="0"),
    Column("interruptions", Integer, nullable=False, default=0, server_default="0"),
    # The step from which it was taken up last, to see whether it gets anywhere.
    Column("resumed_step", BigInteger),
    Column("note", PlainText),
    # Where there are several GPUs: the one it trains on, as CUDA_VISIBLE_DEVICES names it.
    Column("gpu", PlainText),
    Column("purpose", PlainText(16), nullable=False, default="training", server_default="training"),
    # Runs that were made in one press, to be looked at together.
    Column("series", PlainText(32), index=True),
    Column("series_label", PlainText(80)),
    # The owner's own words about it.
    Column("remark", PlainText),
    # When it was deleted; for a while it can be brought back.
    Column("deleted", Moment),
    UniqueConstraint("visitor", "token"),
    Index("runs_of_visitor", "visitor", "created"),
)

wishes_table = Table(
    "wishes",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("asked", Moment, nullable=False),
)

events_table = Table(
    "events",
    metadata,
    Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Index("events_by_kind", "run_id", "kind", "sequence"),
)


def open_engine(url: str) -> Engine:
    """Connect to a database and create what is missing in it.

    Raises:
        ExplorerError: It cannot be reached, or was written by a newer release.
    """
    engine = connect(url)
    with one_at_a_time(engine):
        _create_tables(engine)
    return engine


def _create_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        there = set(inspect(connection).get_table_names())
        for table in metadata.sorted_tables:
            if table.name not in there:
                connection.execute(CreateTable(table, if_not_exists=True))
    _add_columns(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            # Only those that are missing: PostgreSQL holds up writers even to see that one exists.
            there = {index["name"] for index in inspect(connection).get_indexes(table.name)}
            for index in table.indexes:
                if index.name not in there:
                    connection.execute(CreateIndex(index, if_not_exists=True))
    try:
        with engine.begin() as connection:
            connection.execute(insert(schema_table).values(id=1, version=SCHEMA_VERSION))
    except IntegrityError:  # the row is there already: look at what it says
        with engine.connect() as connection:
            version = connection.scalar(select(schema_table.c.version))
        if version != SCHEMA_VERSION:
            raise ExplorerError(
                f"The run database has schema version {version}, this release reads "
                f"{SCHEMA_VERSION}.",
                "Start the release that wrote it, or name another database in "
                "EXPLORER_DATABASE_URL.",
            ) from None


def _add_columns(engine: Engine) -> None:
    """Give tables of an earlier release the columns that came later: empty, or with a default.

    That release can go on using them, so they do not make another version of the schema.
    """
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspect(engine).get_columns(table.name)}
        for column in table.columns:
            if column.name in known:
                continue
            definition = CreateColumn(column).compile(dialect=engine.dialect)
            try:
                with engine.begin() as connection:
                    connection.execute(DDL(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
            except (OperationalError, ProgrammingError):
                now = {entry["name"] for entry in inspect(engine).get_columns(table.name)}
                if column.name not in now:  # else another process was quicker
                    raise


def add_events(
    connection: Connection, run: ColumnElement[bool], events: Sequence[Event], **values: Any
) -> Row[*tuple[Any, ...]] | None:
    """Append events to the one run that `run` selects, setting columns of it in the same breath.

    The update of the run comes first and locks it, so that processes appending to the same run
    follow each other and sequence numbers have no gaps.

    Returns:
        The run's `id`, `last_sequence`, `stop_reason`, `wishes` and `leaving` afterwards; None if
        none was selected.
    """
    columns = runs_table.c
    row = connection.execute(
        update(runs_table)
        .where(run)
        .values(last_sequence=columns.last_sequence + len(events), **values)
        .returning(
            columns.id, columns.last_sequence, columns.stop_reason, columns.wishes, columns.leaving
        )
    ).one_or_none()
    if row is not None and events:
        first = row.last_sequence - len(events) + 1
        connection.execute(
            insert(events_table),
            [
                {
                    "run_id": row.id,
                    "sequence": sequence,
                    "kind": event.kind,
                    "body": event.model_dump_json(),
                }
                for sequence, event in enumerate(events, first)
            ],
        )
    return row
