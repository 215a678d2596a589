"""Where training runs: the processor or the graphics card, its memory and its clock."""

import ctypes
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from explorer.errors import ExplorerError

# glibc's mallopt parameters, from malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_KEPT_BYTES = 1 << 30
_CUBLAS = "CUBLAS_WORKSPACE_CONFIG"


def choose_device() -> torch.device:
    """The first GPU if PyTorch can use one, else the CPU."""
    return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """The device in words: "CPU, 2 threads" or "GPU: NVIDIA H200"."""
    if device.type == "cuda":
        return f"GPU: {torch.cuda.get_device_name(device)}"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def supports_bf16(device: torch.device) -> bool:
    """Whether the device can compute in bfloat16; whether that is faster, a probe must say."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def require_precision(precision: str, device: torch.device) -> None:
    """Refuse what the device cannot compute in.

    Raises:
        ExplorerError: For "fp16" anywhere but on a GPU.
    """
    if precision == "fp16" and device.type != "cuda":
        raise ExplorerError(
            "Precision fp16 needs a GPU, and training would run on the processor "
            f"({describe_device(device)}).",
            "Choose auto, bf16 or fp32.",
        )


@contextmanager
def deterministic(on: bool) -> Generator[None]:
    """Inside, if on, PyTorch only computes what gives the same bits each time, or raises.

    cuBLAS is told so by the environment, which it reads when it is used first.
    """
    if not on:
        yield
        return
    cudnn: Any = torch.backends.cudnn
    filling: Any = torch.utils.deterministic
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.benchmark,
        filling.fill_uninitialized_memory,
        os.environ.get(_CUBLAS),
    )
    torch.use_deterministic_algorithms(True)
    cudnn.benchmark = False
    # It would clear all memory that is about to be written anyway.
    filling.fill_uninitialized_memory = False
    os.environ.setdefault(_CUBLAS, ":4096:8")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        cudnn.benchmark = before[2]
        filling.fill_uninitialized_memory = before[3]
        if before[4] is None:
            del os.environ[_CUBLAS]


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Have the C library keep what training frees, for the next step.

    By default glibc hands every large tensor back to the system and asks for it anew, and the
    system clears each page: up to 1,500 page faults a step and a third of its time.
    """
    with suppress(OSError, AttributeError):  # another C library: nothing to mend
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)


def release_freed_memory(device: torch.device) -> None:
    """Hand back to the system what PyTorch or the C library kept for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


class HalvesTooLargeError(MemoryError):
    """There was not enough memory, not even for half a batch at a time."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory could not be had, on whatever device."""
    signs = ("out of memory", "can't allocate memory", "bad_alloc", "could not create a memory")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)


def available_memory(device: torch.device) -> int | None:
    """Bytes that could be taken now, or None if the system does not say."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    limits = []
    with suppress(OSError, ValueError):  # not Linux
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                limits.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError):  # no container, or one without a limit ("max")
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(limits, default=None)


class Stopwatch:
    """Seconds the device was busy between `start` and `stop`, summed over all such intervals.

    A GPU works behind the program's back, so there the intervals are marked in its own queue and
    nothing waits for it until `seconds` is asked for.
    """

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._seconds = 0.0
        self._started = 0.0
        self._marks: list[torch.cuda.Event] = []

    def start(self) -> None:
        """Begin an interval."""
        if self._cuda:
            self._mark()
        else:
            self._started = time.perf_counter()

    def stop(self) -> None:
        """End it."""
        if self._cuda:
            self._mark()
        else:
            self._seconds += time.perf_counter() - self._started

    def set_seconds(self, seconds: float) -> None:
        """Go on from another sum, when a run is taken up again."""
        self._marks.clear()
        self._seconds = seconds

    def _mark(self) -> None:
        mark = torch.cuda.Event(enable_timing=True)
        mark.record()
        self._marks.append(mark)

    def seconds(self) -> float:
        """The sum so far; waits for the device."""
        if self._marks:
            self._marks[-1].synchronize()
            pairs = zip(self._marks[::2], self._marks[1::2], strict=True)
            self._seconds += sum(start.elapsed_time(stop) for start, stop in pairs) / 1000
            self._marks.clear()
        return self._seconds
