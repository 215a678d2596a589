"""Whether the machine had time for what was measured, so that a number taken beside other work is
not taken for the truth.
"""

import time
from contextlib import suppress
from pathlib import Path

QUIET_SHARE = 0.7
"""Who measures on a quiet machine has a processor for more than this share of the time."""
BUSY_SECONDS = 300
"""So long holds what was measured on a busy machine: soon it may be quieter."""

_THREADS = Path("/proc/self/task")


class Share:
    """From its making on: the share of the time, 0..1, in which no thread waited for a processor.

    More exactly, in which that thread of this process did not which waited longest; where the
    system does not say, in which this thread had one. How busy a GPU is with the work of others
    neither tells.
    """

    def __init__(self) -> None:
        self._waited = _waited()
        self._wall, self._own = time.perf_counter(), time.thread_time()

    def until_now(self) -> float:
        """That share; 1 if no time has passed."""
        wall = time.perf_counter() - self._wall
        if wall <= 0:
            return 1.0
        now = _waited()
        if not now:
            return min(1.0, (time.thread_time() - self._own) / wall)
        longest = max(seconds - self._waited.get(thread, 0.0) for thread, seconds in now.items())
        return max(0.0, 1 - longest / wall)


def _waited() -> dict[str, float]:
    """Seconds that each thread waited for a processor while it wanted one; nothing if not known.

    The second number of schedstat: https://docs.kernel.org/scheduler/sched-stats.html
    """
    waited = {}
    with suppress(OSError, ValueError, IndexError):  # not Linux, or a thread ended just now
        for thread in _THREADS.iterdir():
            waited[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e9
    return waited


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
