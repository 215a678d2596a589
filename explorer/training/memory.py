"""The most memory that a training needs at any moment."""

from contextlib import suppress
from pathlib import Path

import torch

from explorer.training.device import release_freed_memory

_PROCESS = Path("/proc/self")


class PeakMemory:
    """Watches from its making on.

    On a GPU it is what PyTorch holds of the GPU's memory. On a processor it is this process's own
    memory; what is mapped from files, as PyTorch's code and the pictures of a data set are, is
    shared with other processes and is no part of it.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            return
        release_freed_memory(device)  # else what was needed before, and kept, would count
        with suppress(OSError):  # not Linux, or not allowed: then it is the most since the start
            # Linux counts the peak anew from here: proc_pid_clear_refs(5).
            (_PROCESS / "clear_refs").write_text("5")

    def bytes(self) -> int | None:
        """The most until now; None where the system does not say."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_reserved(self._device)
        now = process_memory()
        if now is None:
            return None
        # Pages of files stay mapped, so about as many were there at the peak as there are now.
        return now["VmHWM"] - now["RssFile"]


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
