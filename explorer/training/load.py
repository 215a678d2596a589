"""Whether the machine had time for what was measured, so that a number taken beside other work is
not taken for the truth.
"""

import time
from pathlib import Path

QUIET_SHARE = 0.7
"""Who measures on a quiet machine has a processor for more than this share of the time: all of it,
but for short sleeps in which threads wait for each other."""
BUSY_SECONDS = 300
"""So long holds what was measured on a busy machine: soon it may be quieter."""


class Share:
    """From its making on: the share of the time, 0..1, in which this thread had a processor.

    A thread that computes is only without one while others have it, or while it waits for threads
    that others keep waiting. How busy a GPU is with the work of others it cannot tell.
    """

    def __init__(self) -> None:
        self._wall, self._own = time.perf_counter(), time.thread_time()

    def until_now(self) -> float:
        """That share; 1 if no time has passed."""
        wall = time.perf_counter() - self._wall
        return min(1.0, (time.thread_time() - self._own) / wall) if wall > 0 else 1.0


def holds(path: Path, share: float, quiet_seconds: float | None) -> bool:
    """Whether a number in a file still holds, by its age.

    Args:
        path: The file, as old as the number.
        share: What `Share` said when it was measured.
        quiet_seconds: How long it holds if the machine was quiet; None for ever.

    Raises:
        OSError: There is no such file.
    """
    age = time.time() - path.stat().st_mtime
    lasts = quiet_seconds if share >= QUIET_SHARE else BUSY_SECONDS
    return lasts is None or age <= lasts
