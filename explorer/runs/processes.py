"""Worker processes: how they are started, and spare ones that have imported PyTorch already."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from explorer.gpus import environment
from explorer.runs.record import run_directory

ROOT = Path(__file__).resolve().parents[2]
SPARE = "--spare"
# -P and PYTHONPATH instead of another working folder: settings may hold relative paths.
_PYTHON = (sys.executable, "-P", "-m")
# After a run was started, its own first steps go before the import of the next spare worker.
REFILL_SECONDS = 5
# A spare worker that ended by itself would probably do so again.
RETRY_SECONDS = 60

COMPUTING = {
    # For libgomp, which PyTorch's wheels for Linux come with: threads wait for each other some
    # fifty times a step. By default they spin, which is fine alone, but beside a busy server and
    # browser made training several times slower; to sleep and be woken each time costs a tenth of
    # a step. So they look that often, some 0.05 ms in all, and then sleep.
    "GOMP_SPINCOUNT": "3000",
    # For glibc: tensors lie in pages of 2 MB where Linux leaves the choice to programs. A step goes
    # over tens of megabytes, and with pages of 4 kB a tenth of its time went into finding them.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""Environment variables of workers, unless they are set; other systems ignore them."""

Process = subprocess.Popen[bytes]

logger = logging.getLogger(__name__)


def start_worker(run_id: str, max_workers: int, more: Mapping[str, str]) -> Process:
    """Start a worker for a run; what it prints goes to a file in the run's folder.

    Args:
        run_id: The run.
        max_workers: How many share the processors.
        more: Environment variables besides the server's own.

    Raises:
        OSError: The folder or the process could not be made.
    """
    directory = run_directory(run_id)
    directory.mkdir(parents=True, exist_ok=True)
    with worker_log(run_id).open("ab") as log:
        return subprocess.Popen(
            _command(run_id),
            env={**_environment(max_workers), **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start_partner(module: str, max_workers: int, more: Mapping[str, str]) -> Process:
    """Start a process that answers on its output what it is asked on its input, as workers are.

    Args:
        module: What it runs.
        max_workers: As for workers.
        more: As for workers.

    Raises:
        OSError: The process could not be made.
    """
    return subprocess.Popen(
        [*_PYTHON, module],
        env={**_environment(max_workers), **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def worker_log(run_id: str) -> Path:
    """What the workers of a run print."""
    return run_directory(run_id) / "worker.log"


class SpareWorkers:
    """Workers without a run yet, each about as large as PyTorch; they end with their server."""

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max_workers
        self._spares: list[tuple[Process, str | None]] = []
        self._due = 0.0

    @property
    def gpus(self) -> list[str]:
        """Those on which one waits, where there are several GPUs."""
        return [gpu for _, gpu in self._spares if gpu is not None]

    def refill(self, gpus: Sequence[str | None], more: Mapping[str, str]) -> None:
        """Have one wait for each of these GPUs, unless it is too early for that.

        Args:
            gpus: As CUDA_VISIBLE_DEVICES names them; None for all that the server sees.
            more: As for `start_worker`.
        """
        now = time.monotonic()
        dead = [spare for spare, _ in self._spares if spare.poll() is not None]
        if dead:
            logger.error("A spare worker ended with status %s", dead[0].returncode)
            self._spares = [waits for waits in self._spares if waits[0] not in dead]
            self._due = now + RETRY_SECONDS
        if now < self._due:
            return
        missing = list(gpus)
        for waits in list(self._spares):
            if waits[1] in missing:
                missing.remove(waits[1])
            else:  # its GPU got more runs than others have
                self._spares.remove(waits)
                _end(waits[0])
        for gpu in missing:
            try:
                spare = subprocess.Popen(
                    _command(SPARE),
                    env={**_environment(self._max_workers), **more, **environment(gpu)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                logger.exception("No spare worker")
                self._due = now + RETRY_SECONDS
                return
            self._spares.append((spare, gpu))

    def take(self, run_id: str, gpu: str | None) -> Process | None:
        """Give a run to a spare worker of this GPU; None if there is none."""
        for waits in [waits for waits in self._spares if waits[1] == gpu]:
            self._spares.remove(waits)
            spare = waits[0]
            self._due = time.monotonic() + REFILL_SECONDS
            assert spare.stdin is not None
            try:
                run_directory(run_id).mkdir(parents=True, exist_ok=True)
                spare.stdin.write(run_id.encode() + b"\n")
                spare.stdin.close()
            except BrokenPipeError:
                spare.wait()
                continue
            return spare
        return None

    def close(self) -> None:
        """End them all."""
        for spare, _ in self._spares:
            _end(spare)
        self._spares.clear()


def _end(spare: Process) -> None:
    spare.kill()
    spare.wait()
    if spare.stdin is not None:
        spare.stdin.close()


def last_words(run_id: str) -> str:
    """The last line of a run's log that says something, at most 300 characters."""
    log = worker_log(run_id)
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:300] if lines else ""


def process_exists(pid: int) -> bool:
    """Whether a process has this id; True where asking would be dangerous (Windows ends it)."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command(argument: str) -> list[str]:
    return [*_PYTHON, "explorer.runs.worker", argument]


def _environment(max_workers: int) -> dict[str, str]:
    """The server's own, so that settings agree; workers side by side share the processors.

    Where somebody said how threads wait, that holds.
    """
    environment = {**COMPUTING, **os.environ, "PYTHONFAULTHANDLER": "1"}
    if "OMP_WAIT_POLICY" in os.environ and "GOMP_SPINCOUNT" not in os.environ:
        del environment["GOMP_SPINCOUNT"]
    environment["PYTHONPATH"] = python_path()
    if max_workers > 1:
        threads = max(1, (os.cpu_count() or 1) // max_workers)
        environment.setdefault("OMP_NUM_THREADS", str(threads))
    return environment


def python_path() -> str:
    """PYTHONPATH of processes that are to find this package before others of its name."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
