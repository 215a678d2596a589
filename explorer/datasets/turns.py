"""One process decodes a data set; others that want the same wait for it instead of doing it too.

A lock is a file that its owner touches with every report. One that nobody touched for a while is
void: its owner was killed. At worst two processes do the same work, and both are right.
"""

import os
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from explorer.datasets.convert import Report

STALE_SECONDS = 15.0
_POLL_SECONDS = 0.1
WAITING = "Waiting for another run, which is decoding the same pictures"
T = TypeVar("T")


def turn(lock: Path, done: Path) -> Generator[Report, None, bool]:
    """Wait until the lock is ours (True), or until another process has made `done` (False).

    Raises:
        OSError: If the lock cannot be written.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    while not _taken(lock):
        yield WAITING, 0, 0
        time.sleep(_POLL_SECONDS)
        if done.exists():
            return False
    return True


def holding(lock: Path, steps: Generator[Report, None, T]) -> Generator[Report, None, T]:
    """The same steps, while the lock is ours; afterwards, whatever happens, it is free."""
    try:
        while True:
            try:
                report = next(steps)
            except StopIteration as end:
                return end.value
            with suppress(FileNotFoundError):  # it was void meanwhile: somebody else decodes too
                os.utime(lock)
            yield report
    finally:
        steps.close()
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> bool:
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        with suppress(FileNotFoundError):  # its owner is done
            if lock.stat().st_mtime < time.time() - STALE_SECONDS:
                lock.unlink()
        return False
    return True
