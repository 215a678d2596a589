"""The connection to the database of runs: SQLite, or PostgreSQL for several servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, func, make_url, select
from sqlalchemy.event import listen
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from explorer.errors import ExplorerError

LONGEST_LOCK_MILLISECONDS = 15_000
"""Who waits longer for somebody else to finish writing is told that the database is busy."""
# Any number that nothing else uses in the same PostgreSQL database.
_ADVISORY_LOCK = 7_215_600_917_402_283


def connect(url: str) -> Engine:
    """The engine of a database, which has been reached once.

    Raises:
        ExplorerError: It cannot be reached, its driver is not installed, or this is no URL.
    """
    parsed = _parse(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        # Connections of a server that was restarted meanwhile are noticed and replaced.
        engine = create_engine(parsed, pool_pre_ping=not sqlite)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ExplorerError(
            f"The run database is a {parsed.get_backend_name()} one, and its driver is not "
            f"installed ({error}).",
            "Install it (for PostgreSQL: pip install 'psycopg[binary]'), or leave "
            "EXPLORER_DATABASE_URL unset for SQLite.",
        ) from error
    if sqlite:
        listen(engine, "connect", _set_pragmas)
    elif parsed.get_backend_name() == "postgresql":
        listen(engine, "connect", _set_timeouts)
    try:
        engine.connect().close()
    except OperationalError as error:
        engine.dispose()
        reason = " ".join(str(error.orig).split())
        raise ExplorerError(
            f"The run database {parsed.render_as_string()} cannot be reached: {reason}",
            "Look whether it runs and whether EXPLORER_DATABASE_URL is right.",
        ) from error
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ExplorerError(
            "What EXPLORER_DATABASE_URL says is not a URL of a database.",
            "Set EXPLORER_DATABASE_URL to one like postgresql+psycopg://user:password@host/name.",
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):  # as hosting services write it
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _set_pragmas(connection: Any, _record: Any) -> None:
    """Readers never wait for the writer (WAL), and writers wait for each other instead of failing.

    With WAL, synchronous=NORMAL loses nothing when a process is killed; a power cut may cost the
    last moments but never the file.
    """
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={LONGEST_LOCK_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _set_timeouts(connection: Any, _record: Any) -> None:
    """Nobody waits for ever for a process that hangs in the middle of writing."""
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET {name} = {LONGEST_LOCK_MILLISECONDS}")
    connection.commit()


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Have processes that create or change tables follow each other.

    SQLite locks the whole file by itself; PostgreSQL fails if two create the same table at once.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    # The lock is the session's; a transaction around it would time out as an idle one.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock(_ADVISORY_LOCK)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(_ADVISORY_LOCK)))
