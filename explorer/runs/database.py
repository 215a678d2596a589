"""The connection to the database of runs: SQLite, or PostgreSQL for several servers."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Engine, create_engine, func, make_url, select
from sqlalchemy.event import listen
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from explorer.errors import ExplorerError

LONGEST_LOCK_MILLISECONDS = 15_000
"""Who waits longer for somebody else to finish writing is told that the database is busy."""
GIVE_UP_SECONDS = 60
LONGEST_SILENCE_SECONDS = 10
"""A PostgreSQL server that says nothing for so long, where something is due, counts as gone."""
# Any number that nothing else uses in the same PostgreSQL database.
_ADVISORY_LOCK = 7_215_600_917_402_283

Done = TypeVar("Done")

logger = logging.getLogger(__name__)


class DatabaseAwayError(ExplorerError):
    """The database cannot be reached now; it may come back."""


def connect(url: str) -> Engine:
    """The engine of a database, which has been reached once.

    Raises:
        DatabaseAwayError: It cannot be reached.
        ExplorerError: Its driver is not installed, or this is no URL.
    """
    parsed = _parse(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    if sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    waiting = _patience(parsed) if parsed.drivername == "postgresql+psycopg" else {}
    try:
        # Connections of a server that was restarted meanwhile are noticed and replaced.
        engine = create_engine(parsed, pool_pre_ping=not sqlite, connect_args=waiting)
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
        raise DatabaseAwayError(
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


def _patience(url: URL) -> dict[str, int]:
    """How long libpq waits for the server's machine; what the URL says about it holds.

    By default a connection to a machine that vanished is noticed after two hours.
    """
    second, several = 1000, 3
    waiting = {
        "connect_timeout": LONGEST_SILENCE_SECONDS,
        "keepalives_idle": LONGEST_SILENCE_SECONDS,
        "keepalives_interval": LONGEST_SILENCE_SECONDS // several,
        "keepalives_count": several,
        "tcp_user_timeout": LONGEST_SILENCE_SECONDS * second,
    }
    return {name: value for name, value in waiting.items() if name not in url.query}


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


def insist(action: Callable[[], Done]) -> Done:
    """Do it as soon as the database allows it: it may be full, busy, or be started again.

    Raises:
        SQLAlchemyError: It refused for a minute.
        DatabaseAwayError: As above; only of what opens it.
    """
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return action()
        except (SQLAlchemyError, DatabaseAwayError):
            if time.monotonic() > deadline:
                raise
            logger.exception("The run database refused; the next try is in a second")
            time.sleep(1)


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
