"""Starts a worker for each run whose turn it is, and notices workers that died."""

import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from explorer.gpus import environment, gpus, next_gpu, next_gpus
from explorer.runs.claim import HOST
from explorer.runs.claims import (
    Training,
    ask_to_leave,
    busy_gpus,
    end_in_place,
    in_training,
    leave_in_place,
    make_room,
    place_on_gpu,
    reserve,
    take_over,
)
from explorer.runs.cluster import LOST
from explorer.runs.local_cluster import LocalCluster
from explorer.runs.processes import (
    Process,
    SpareWorkers,
    last_words,
    process_exists,
    start_worker,
)
from explorer.runs.record import run_directory
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.resume import stored_step

POLL_SECONDS = 0.5
# A worker writes five times a second. One that lives and is silent for so long hangs.
SILENT_SECONDS = 25
# With less room the disk counts as full.
WRITABLE_BYTES = 2**20
GRACE_SECONDS = 10
# A paused run keeps its place so long if nobody waits for it: then it goes on at once.
LONGEST_REST = timedelta(minutes=10)
# How often a run whose servers are stopped again and again is taken up without getting further.
MOST_INTERRUPTIONS = 3
SERVER_STOPPED = "The server was stopped while this run was training."
logger = logging.getLogger("explorer.runs.queue")


class Dispatcher:
    """Looks after the queue for as long as the server lives, in a thread of its own.

    Several servers may share a database: each run is started once, and whoever notices a dead
    worker first replaces it, once for each run. Workers that outlived a killed server go on, and
    are looked after by the next one; the runs of those that did not are taken up by it.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._max_workers = settings().max_workers
        self._workers: dict[str, Process] = {}
        self._cluster = LocalCluster()
        self._spares = SpareWorkers(self._max_workers)
        # On a cluster, Ray gives each run its GPUs; with one GPU there is nothing to choose.
        found = () if settings().executor == "ray" else gpus()
        self._gpus = found if len(found) > 1 else ()
        self._heartbeats: dict[str, tuple[datetime | None, float]] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="run-queue", daemon=True)

    def start(self) -> None:
        """Take up the runs of an earlier server that are without worker, then serve the queue.

        Raises:
            OSError: The data folder cannot be made.
        """
        # With a database elsewhere, nobody may have written there yet.
        settings().data_dir.mkdir(parents=True, exist_ok=True)
        self._cluster.look_after()
        self._watch()
        self._thread.start()

    def close(self) -> None:
        """Have the workers leave their runs to the next server, and end the thread.

        Those that take longer than ten seconds are killed: the next server takes up their runs
        from the last checkpoint.
        """
        self._closing.set()
        self._store.changed.set()
        self._thread.join()
        self._spares.close()
        ours: set[str] = set()
        try:
            ours |= {run.id for run in in_training(self._store) if self._is_ours(run)}
            ask_to_leave(self._store, ours)
            deadline = time.monotonic() + GRACE_SECONDS
            while ours and time.monotonic() < deadline and self._any_alive(ours):
                time.sleep(0.05)
            self._end_workers()
            for run in in_training(self._store):
                if run.id in ours and not self._is_alive(run):
                    leave_in_place(self._store, run)
        except SQLAlchemyError:
            logger.exception("No run database: the next server will find runs without workers")
            for worker in self._workers.values():
                worker.terminate()  # it writes a checkpoint, though it cannot tell anybody
            deadline = time.monotonic() + GRACE_SECONDS
            for worker in self._workers.values():
                with suppress(subprocess.TimeoutExpired):
                    worker.wait(max(0, deadline - time.monotonic()))
        finally:  # also when a worker hangs with the store locked
            self._end_workers()
            self._cluster.close()

    def _end_workers(self) -> None:
        for worker in self._workers.values():
            worker.kill()
            worker.wait()

    def _any_alive(self, run_ids: set[str]) -> bool:
        return any(
            run.id in run_ids and self._is_alive(run) for run in in_training(self._store)
        ) or any(worker.poll() is None for worker in self._workers.values())

    def _run(self) -> None:
        while not self._closing.is_set():
            self._store.changed.wait(POLL_SECONDS)
            self._store.changed.clear()
            try:
                self._cluster.look_after()
                self._watch()
                while not self._closing.is_set() and self._start_next():
                    pass
                make_room(self._store, LONGEST_REST)
                self._spares.refill(self._next_gpus(), self._cluster.environment())
            except (SQLAlchemyError, OSError):
                # A full disk or a busy database may recover; the queue must outlive them.
                logger.exception("The run queue will try again")
                self._heartbeats.clear()  # workers could not be heard: silence says nothing

    def _start_next(self) -> bool:
        run_id = reserve(self._store, self._max_workers)
        if run_id is None:
            return False
        self._start(Training(run_id, HOST, os.getpid(), None, None))
        return True

    def _start(self, run: Training) -> None:
        """Have a worker train a run that this process has reserved."""
        gpu = self._place(run.id)
        try:
            worker = self._spares.take(run.id, gpu) or start_worker(
                run.id, self._max_workers, {**self._cluster.environment(), **environment(gpu)}
            )
            self._workers[run.id] = worker
        except OSError as error:
            logger.exception("No worker for run %s", run.id)
            why = f"The server could not start a worker process ({error.strerror}). Try again."
            end_in_place(self._store, run, "failed", why)

    def _place(self, run_id: str) -> str | None:
        """The GPU that a run of ours is to train on; None if there is no choice."""
        if not self._gpus:
            return None
        try:
            return place_on_gpu(self._store, run_id, self._gpus, self._spares.gpus)
        except SQLAlchemyError:  # the run is reserved: better any GPU than no worker
            logger.exception("Run %s is not noted on its GPU", run_id)
            return self._gpus[0]

    def _next_gpus(self) -> Sequence[str | None]:
        """Where spare workers should wait."""
        count = settings().spare_workers
        if not self._gpus:
            return [None] * count
        return next_gpus(self._gpus, busy_gpus(self._store), count, self._spares.gpus)

    def quietest_gpu(self, current: str | None) -> str | None:
        """Where to measure: on the current GPU, unless another has fewer runs."""
        if not self._gpus:
            return None
        try:
            busy = busy_gpus(self._store)
        except SQLAlchemyError:
            busy = []
        return next_gpu(self._gpus, busy, [] if current is None else [current])

    def _watch(self) -> None:
        training = in_training(self._store)
        if training and shutil.disk_usage(settings().data_dir).free < WRITABLE_BYTES:
            self._heartbeats.clear()  # none can be written: silence says nothing
        for run in training:
            if not self._is_alive(run):
                lost = self._lost_its_server(run) or self._lost_its_machine(run)
                self._replace(run, self._reason(run), death=not lost)
            elif self._silent_seconds(run) > SILENT_SECONDS:
                # Before anything is written: it may hang with the store locked.
                if run.id in self._workers:
                    self._workers[run.id].kill()
                    self._workers[run.id].wait()
                silent = f"The worker process was not heard of for {SILENT_SECONDS} seconds."
                self._replace(run, silent, death=not self._lost_its_server(run))
        running = {run.id for run in training}
        for run_id in self._heartbeats.keys() - running:
            del self._heartbeats[run_id]
        for run_id in self._workers.keys() - running:
            if self._workers[run_id].poll() is not None:
                del self._workers[run_id]

    def _replace(self, run: Training, reason: str, *, death: bool) -> None:
        """Start another worker for a run whose worker is gone; or end it, if that is no use."""
        if self._closing.is_set():
            leave_in_place(self._store, run)
            return
        step = stored_step(run_directory(run.id))
        further = step is not None and step > (run.resumed_step or 0)
        if death and run.deaths:
            again = f"{reason} It was the second for this run."
            end_in_place(self._store, run, "failed", again)
        elif not death and not further and run.interruptions >= MOST_INTERRUPTIONS:
            count = run.interruptions + 1
            stuck = f"This happened {count} times without the run getting any further."
            end_in_place(self._store, run, "failed", f"{reason} {stuck}")
        else:
            where = f"from step {step:,}" if step else "from the beginning"
            note = f"{reason} Another one goes on {where}."
            taken = take_over(self._store, run, note, step=step, death=death)
            if taken is not None:
                logger.warning("Run %s: %s", run.id, note)
                self._workers.pop(run.id, None)
                self._heartbeats.pop(run.id, None)
                self._start(taken)

    def _lost_its_server(self, run: Training) -> bool:
        """The server that started the worker is gone, or it would have noticed long before."""
        if run.id in self._workers:
            return False
        return run.host != HOST or run.server_pid is None or not process_exists(run.server_pid)

    def _lost_its_machine(self, run: Training) -> bool:
        """The worker is fine and ended because the cluster lost what trained for it."""
        worker = self._workers.get(run.id)
        return worker is not None and worker.returncode == LOST

    def _is_ours(self, run: Training) -> bool:
        """Started here, or by a server of this machine that is gone.

        In a container an earlier server may have had the very process id that this one has.
        """
        if run.host != HOST or run.server_pid is None:
            return False
        return run.server_pid == os.getpid() or not process_exists(run.server_pid)

    def _is_alive(self, run: Training) -> bool:
        """False if the worker is known to be gone; of other machines only silence tells."""
        worker = self._workers.get(run.id)
        if worker is not None and run.worker_pid in (None, worker.pid):
            return worker.poll() is None
        if run.host != HOST:
            return True
        if run.worker_pid is None:  # it may be about to come
            return run.server_pid is None or process_exists(run.server_pid)
        return process_exists(run.worker_pid)

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
            return SERVER_STOPPED if self._lost_its_server(run) else "The worker process ended."
        if self._lost_its_machine(run):
            return "The machine of the cluster that trained this run was lost."
        status = worker.returncode
        if status == -9:
            return (
                "The worker process was killed by signal 9; the system may have run out of "
                "memory. A smaller batch or network needs less."
            )
        words = last_words(run.id)
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"The worker process {how}." + (f" Its last words: {words}" * bool(words))
