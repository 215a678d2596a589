"""A PostgreSQL server of its own, gone without a trace afterwards; needs Debian's `postgresql`."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

URL_VARIABLE = "EXPLORER_TEST_POSTGRESQL"
"""Names a server; the tests of runs then have a database of their own there, each."""
_PACKAGES = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine; None if there is none."""
    folders = sorted(_PACKAGES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def postgresql(*options: str) -> Iterator[str]:
    """A server for as long as the context lasts; yields the URL of its database "postgres".

    It listens on a socket in its own folder and on no network, and never waits for the disk.

    Args:
        options: Settings of the server, as `name=value`.
    """
    folder = programs()
    assert folder is not None, "No PostgreSQL server here: apt install postgresql"
    home = Path(tempfile.mkdtemp(prefix="explorer-postgresql-"))
    # PostgreSQL refuses to run as root.
    user = _other_user() if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(home, user)
    command = [
        *(str(folder / "postgres"), "-D", str(home / "data"), "-k", str(home), "-h", ""),
        *(part for option in ("fsync=off", *options) for part in ("-c", option)),
    ]
    log = (home / "log").open("wb")
    server: subprocess.Popen[bytes] | None = None
    try:
        initialise = [
            *(str(folder / "initdb"), "-D", str(home / "data"), "-U", "explorer", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        ]
        subprocess.run(initialise, check=True, user=user, cwd=home, stdout=log, stderr=log)
        server = subprocess.Popen(command, user=user, cwd=home, stdout=log, stderr=log)
        ready = [str(folder / "pg_isready"), "-q", "-h", str(home), "-t", "30"]
        while subprocess.run(ready).returncode:
            assert server.poll() is None, (home / "log").read_text()
        yield f"postgresql+psycopg://explorer@/postgres?host={home}"
    finally:
        if server is not None:
            server.send_signal(2)  # disconnects everybody and ends
            server.wait(30)
        log.close()
        shutil.rmtree(home)


def _other_user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """An empty database of a server, for as long as the context lasts; yields its URL."""
    name = f"test_{secrets.token_hex(8)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
