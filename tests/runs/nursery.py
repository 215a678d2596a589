"""Real worker processes that need not import PyTorch each: forked from one that has.

The import is five seconds of processor time, a hundred times what a tiny network's training takes.
Everything else is as in a worker that the server starts itself: a process of its own with its own
session, log, folder and environment, which runs `explorer.runs.worker.main` and can be killed.
`python -m tests.runs.nursery` is the process that forks. It has run no backward pass: PyTorch
refuses one in a fork of a process that has.
"""

import gc
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn, Self

import torch

from explorer.network.shapes import trace
from explorer.runs.processes import worker_log
from explorer.runs.worker import main as work
from explorer.settings import settings
from tests.runs.helpers import ROOT, TINY


class Nursery:
    """Starts workers as `explorer.runs.processes.start_worker` does; used in a `with`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},  # a fork cannot have its parent's threads
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def start_worker(self, run_id: str, _max_workers: int, more: Mapping[str, str]) -> "Forked":
        """Fork a worker for a run.

        Raises:
            OSError: The run's folder could not be made.
        """
        worker_log(run_id).parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **more}
        pid = self.ask(start=run_id, environment=environment, folder=os.getcwd())  # noqa: PTH109
        return Forked(self, pid)

    def ask(self, **request: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


class Forked:
    """A forked worker, with what the queue uses of `subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self) -> int:
        while (status := self.poll()) is None:
            time.sleep(0.01)
        return status

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _become_worker(run_id: str, environment: dict[str, str], folder: str) -> NoReturn:
    status = 1
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        settings.cache_clear()
        with worker_log(run_id).open("ab") as log, open(os.devnull, "rb") as nothing:  # noqa: PTH123
            for file, number in ((nothing, 0), (log, 1), (log, 2)):
                os.dup2(file.fileno(), number)
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
        status = work(run_id)
    except BaseException:  # noqa: BLE001 - the last words of a process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    """Fork a worker for each line that asks for one, until there are no more lines."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # What PyTorch imports only when it is used.
    __import__("explorer.training.loop")
    trace(TINY)
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    gc.freeze()
    workers: set[int] = set()
    for line in sys.stdin:
        match json.loads(line):
            case {"ended": pid}:
                found, status = os.waitpid(pid, os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if found else None
                if found:
                    workers.remove(pid)
            case {"start": run_id, "environment": environment, "folder": folder}:
                answer = os.fork()
                if answer == 0:
                    os.close(answers.fileno())
                    _become_worker(run_id, environment, folder)
                workers.add(answer)
            case other:
                raise ValueError(other)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
