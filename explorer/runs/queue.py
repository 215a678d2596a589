"""Starts a worker for each run whose turn it is, and notices workers that died."""

import logging
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from explorer.runs.claims import HOST, Training, ask_to_stop, end_in_place, in_training, reserve
from explorer.runs.store import RunStore, run_directory
from explorer.settings import settings

POLL_SECONDS = 0.5
# A worker writes five times a second. One that lives and is silent for so long hangs.
SILENT_SECONDS = 30
GRACE_SECONDS = 10
SHUT_DOWN = "The server was shut down."
SERVER_STOPPED = (
    "The server was stopped while this run was training, and its worker process ended too."
)
ROOT = Path(__file__).resolve().parents[2]

logger = logging.getLogger("explorer.runs.queue")


class Dispatcher:
    """Looks after the queue for as long as the server lives, in a thread of its own.

    Several servers may share a database: each run is started once, and whoever notices a dead
    worker first says so. Workers that outlived a killed server go on, and are looked after by the
    next one.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._max_workers = settings().max_workers
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._heartbeats: dict[str, tuple[datetime | None, float]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="run-queue", daemon=True)

    def start(self) -> None:
        """Tell which runs of an earlier server are gone, then look after the queue."""
        self._watch()
        self._thread.start()

    def close(self) -> None:
        """Stop the workers, kill those that take longer than ten seconds, and end the thread."""
        self._closing.set()
        self._store.changed.set()
        self._thread.join()
        ours = {run.id for run in in_training(self._store) if self._is_ours(run)}
        try:
            ask_to_stop(self._store, ours, SHUT_DOWN)
            deadline = time.monotonic() + GRACE_SECONDS
            while ours and time.monotonic() < deadline and self._any_alive(ours):
                time.sleep(0.05)
        finally:  # also when a worker hangs with the store locked
            for worker in self._workers.values():
                worker.kill()
                worker.wait()
        for run in in_training(self._store):
            if run.id in ours and not self._is_alive(run):
                end_in_place(self._store, run, "stopped", SHUT_DOWN)

    def _any_alive(self, run_ids: set[str]) -> bool:
        return any(
            run.id in run_ids and self._is_alive(run) for run in in_training(self._store)
        ) or any(worker.poll() is None for worker in self._workers.values())

    def _run(self) -> None:
        while not self._closing.is_set():
            self._store.changed.wait(POLL_SECONDS)
            self._store.changed.clear()
            try:
                self._watch()
                while not self._closing.is_set() and self._start_next():
                    pass
            except (SQLAlchemyError, OSError):
                # A full disk or a busy database may recover; the queue must outlive them.
                logger.exception("The run queue will try again")

    def _start_next(self) -> bool:
        run_id = reserve(self._store, self._max_workers)
        if run_id is None:
            return False
        directory = run_directory(run_id)
        # -P and PYTHONPATH instead of another working folder: settings may hold relative paths.
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with (directory / "worker.log").open("ab") as log:
                self._workers[run_id] = subprocess.Popen(
                    [sys.executable, "-P", "-m", "explorer.runs.worker", run_id],
                    env=_environment(self._max_workers),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            logger.exception("No worker for run %s", run_id)
            reserved = Training(run_id, HOST, os.getpid(), None, None)
            why = f"The server could not start a worker process ({error.strerror}). Try again."
            end_in_place(self._store, reserved, "failed", why)
        return True

    def _watch(self) -> None:
        training = in_training(self._store)
        for run in training:
            if not self._is_alive(run):
                end_in_place(self._store, run, "failed", self._reason(run))
            elif self._silent_seconds(run) > SILENT_SECONDS:
                # Before anything is written: it may hang with the store locked.
                if run.id in self._workers:
                    self._workers[run.id].kill()
                    self._workers[run.id].wait()
                silent = f"The worker process was not heard of for {SILENT_SECONDS} seconds."
                end_in_place(self._store, run, "failed", silent)
        running = {run.id for run in training}
        for run_id in self._heartbeats.keys() - running:
            del self._heartbeats[run_id]
        for run_id in self._workers.keys() - running:
            if self._workers[run_id].poll() is not None:
                del self._workers[run_id]

    def _is_ours(self, run: Training) -> bool:
        """Started here, or by a server of this machine that is gone.

        In a container an earlier server may have had the very process id that this one has.
        """
        if run.host != HOST or run.server_pid is None:
            return False
        return run.server_pid == os.getpid() or not _exists(run.server_pid)

    def _is_alive(self, run: Training) -> bool:
        """False if the worker is known to be gone; of other machines only silence tells."""
        worker = self._workers.get(run.id)
        if worker is not None and run.worker_pid in (None, worker.pid):
            return worker.poll() is None
        if run.host == HOST and run.worker_pid is not None:
            return _exists(run.worker_pid)
        return True

    def _silent_seconds(self, run: Training) -> float:
        """Since the heartbeat last changed, by a clock that stands still while a laptop sleeps."""
        now = time.monotonic()
        seen = self._heartbeats.get(run.id)
        if seen is None or seen[0] != run.heartbeat:
            self._heartbeats[run.id] = seen = (run.heartbeat, now)
        return now - seen[1]

    def _reason(self, run: Training) -> str:
        worker = self._workers.get(run.id)
        if worker is None:
            return SERVER_STOPPED
        status = worker.returncode
        if status == -9:
            return (
                "The worker process was killed by signal 9; the system may have run out of "
                "memory. A smaller batch or network needs less."
            )
        last_words = _last_line(run_directory(run.id) / "worker.log")
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"The worker process {how}." + (f" Its last words: {last_words}" * bool(last_words))


def _environment(max_workers: int) -> dict[str, str]:
    """The server's own, so that settings agree; workers side by side share the processors.

    Threads of PyTorch that wait for each other do so asleep. By default they spin, which is fine
    alone, but beside a busy server and browser made training several times slower.
    """
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)
    if max_workers > 1:
        threads = max(1, (os.cpu_count() or 1) // max_workers)
        environment.setdefault("OMP_NUM_THREADS", str(threads))
    return environment


def _exists(pid: int) -> bool:
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


def _last_line(log: Path) -> str:
    """The last line of a log file that says something, at most 300 characters."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip()[:300] if lines else ""
