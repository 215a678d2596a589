"""The time that training took, over pauses and over the processes that shared the work."""

import time
from collections.abc import Generator
from contextlib import contextmanager


class Clock:
    """Seconds of training; stands still while paused."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def set(self, seconds: float) -> None:
        """Go on from here."""
        self._start = time.perf_counter() - seconds

    @property
    def seconds(self) -> float:
        """What it shows now."""
        return time.perf_counter() - self._start

    @contextmanager
    def stopped(self) -> Generator[None]:
        """Inside, it stands still."""
        seconds = self.seconds
        try:
            yield
        finally:
            self.set(seconds)
