"""The most memory that a training needs at any moment."""

from contextlib import suppress
from pathlib import Path

import torch

from explorer.training.device import release_freed_memory

_PROCESS = Path("/proc/self")
_LOOK_SECONDS = 1.0


class PeakMemory:
    """Watches from its making on.

    On a GPU it is what PyTorch holds of the GPU's memory. On a processor it is this process's own
    memory; what is mapped from files, as PyTorch's code and the pictures of a data set are, is
    shared with other processes and is no part of it.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._most: int | None = None
        self._due = 0.0
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            return
        release_freed_memory(device)  # else what was needed before, and kept, would count
        self._count_anew()

    def look_if_due(self, seconds: float) -> None:
        """Now and then on a clock of the training, to be asked at every step."""
        if seconds >= self._due:
            self._due = seconds + _LOOK_SECONDS
            if self._device.type != "cuda":
                self.bytes()

    def bytes(self) -> int | None:
        """The most until now; None where the system does not say."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_reserved(self._device)
        now = process_memory()
        if now is None:
            return None
        # As many pages of files as now, as long as the system has not taken any back since the
        # peak: therefore it is counted anew from time to time.
        self._most = max(self._most or 0, now["VmHWM"] - now["RssFile"])
        self._count_anew()
        return self._most

    def _count_anew(self) -> None:
        with suppress(OSError):  # not Linux, or not allowed: then it is the most since the start
            (_PROCESS / "clear_refs").write_text("5")  # proc_pid_clear_refs(5)


def process_memory() -> dict[str, int] | None:
    """Bytes of this process's memory by Linux's names (proc_pid_status(5)); None elsewhere."""
    try:
        lines = (_PROCESS / "status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return {
            name: int(fields[name].split()[0]) * 1024 for name in ("VmHWM", "RssAnon", "RssFile")
        }
    except (OSError, KeyError, ValueError):
        return None
