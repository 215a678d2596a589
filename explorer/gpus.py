"""Which GPUs there are, and which of them a run trains on: known without PyTorch.

A run trains on one GPU. Where there are several, each worker sees only its own, by the environment
variable that CUDA reads when it starts.
"""

import ctypes
import os
from collections.abc import Sequence

VARIABLE = "CUDA_VISIBLE_DEVICES"


def gpus() -> tuple[str, ...]:
    """A name for each GPU that this process may use, as CUDA_VISIBLE_DEVICES takes it."""
    return visible(os.environ.get(VARIABLE), _count())


def visible(variable: str | None, count: int) -> tuple[str, ...]:
    """The GPUs that are left of `count` by what CUDA_VISIBLE_DEVICES says; None: it is not set.

    Read as CUDA and `torch.cuda` read it: numbers, or names that begin with "GPU-" or "MIG-"
    (https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars). The first entry that is none
    ends the list, an empty one at once; one that comes twice makes it worthless.
    """
    if count < 1:
        return ()
    if variable is None:
        return tuple(map(str, range(count)))
    entries = [entry.strip() for entry in variable.split(",")]
    kind = entries[0][:4]
    if kind not in ("GPU-", "MIG-"):
        # As strtoul does, CUDA takes the digits that an entry begins with.
        entries = [_leading_digits(entry) for entry in entries]
    names: list[str] = []
    for entry in entries:
        known = entry.startswith(kind) if kind in ("GPU-", "MIG-") else entry and int(entry) < count
        if not known:
            break
        if entry in names:
            return ()
        names.append(entry)
    return tuple(names)


def next_gpu(choices: Sequence[str], busy: Sequence[str], at_hand: Sequence[str] = ()) -> str:
    """On which of these GPUs the next run trains: the fewest runs first.

    Args:
        choices: All of them, at least one.
        busy: That of each run that trains already.
        at_hand: Where a worker waits; they come first among those with equally many runs.
    """
    return min(choices, key=lambda gpu: (busy.count(gpu), gpu not in at_hand))


def next_gpus(
    choices: Sequence[str], busy: Sequence[str], count: int, at_hand: Sequence[str] = ()
) -> list[str]:
    """On which GPUs the next so many runs would train, if none ended meanwhile."""
    chosen: list[str] = []
    left = list(at_hand)
    for _ in range(count):
        gpu = next_gpu(choices, [*busy, *chosen], left)
        chosen.append(gpu)
        if gpu in left:
            left.remove(gpu)
    return chosen


def environment(gpu: str | None) -> dict[str, str]:
    """What makes a process see this GPU alone; None: all that its parent sees."""
    return {} if gpu is None else {VARIABLE: gpu}


def _leading_digits(entry: str) -> str:
    """The number that a text begins with, as CUDA would print it; "" if it begins with none."""
    digits = entry[: len(entry) - len(entry.lstrip("0123456789"))]
    return str(int(digits)) if digits else ""


def _count() -> int:
    """GPUs that NVIDIA's driver knows; 0 if there is none. PyTorch asks the same way."""
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        found = ctypes.c_int(0)
        if library.nvmlInit() or library.nvmlDeviceGetCount_v2(ctypes.byref(found)):
            return 0
    except (OSError, AttributeError):  # no driver, or none that is known
        return 0
    return found.value
