"""A PostgreSQL server of its own, gone without a trace afterwards; needs Debian's `postgresql`."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import NullPool, create_engine, make_url, text

URL_VARIABLE = "EXPLORER_TEST_POSTGRESQL"
"""Names a server; the tests of runs then have a database of their own there, each."""
_PACKAGES = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine; None if there is none."""
    folders = sorted(_PACKAGES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


class PostgreSQL:
    """A PostgreSQL server that can be stopped and started again; entering it creates it.

    It listens on a socket in its own folder and on no network, and never waits for the disk.
    """

    def __init__(self, *options: str) -> None:
        """`options` are settings of the server, as `name=value`."""
        folder = programs()
        assert folder is not None, "No PostgreSQL server here: apt install postgresql"
        self._programs = folder
        self._home = Path(tempfile.mkdtemp(prefix="explorer-postgresql-"))
        # PostgreSQL refuses to run as root.
        self._user = _other_user() if os.geteuid() == 0 else None
        self._options = [part for option in ("fsync=off", *options) for part in ("-c", option)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of its database "postgres"."""
        return f"postgresql+psycopg://explorer@/postgres?host={self._home}"

    def __enter__(self) -> Self:
        if self._user is not None:
            shutil.chown(self._home, self._user)
        data = str(self._home / "data")
        initdb = [str(self._programs / "initdb"), "-D", data, "-U", "explorer", "-A", "trust"]
        try:
            self._launch([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"]).wait()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._home)

    def start(self) -> None:
        """Returns when it answers."""
        postgres = [str(self._programs / "postgres"), "-D", str(self._home / "data")]
        command = [*postgres, "-k", str(self._home), "-h", "", *self._options]
        self._process = self._launch(command)
        ready = [str(self._programs / "pg_isready"), "-q", "-h", str(self._home), "-t", "30"]
        while subprocess.run(ready).returncode:
            assert self._process.poll() is None, (self._home / "log").read_text()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Disconnect everybody and end it; with SIGQUIT it crashes, and recovers at its start."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(
                command, user=self._user, cwd=self._home, stdout=log, stderr=log
            )


def _other_user() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """An empty database of a server, for as long as the context lasts; yields its URL."""
    name = f"test_{secrets.token_hex(8)}"
    # Not one connection from beginning to end: the server may be stopped meanwhile.
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()
