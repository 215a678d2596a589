"""One process per run: `python -m explorer.runs.worker RUN_ID` trains it and stores what it says.

PyTorch is imported only after the run was taken, so that the page hears from the worker at once;
but a spare worker, started with `--spare` in place of the id, loads it before there is a run.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Literal, Self

from sqlalchemy.exc import SQLAlchemyError

from explorer.errors import ExplorerError
from explorer.runs import cluster
from explorer.runs.claims import Claim, ClaimLostError, End
from explorer.runs.cluster import ClusterLostError
from explorer.runs.joining import joining
from explorer.runs.processes import SPARE, worker_log
from explorer.runs.store import Run, open_store
from explorer.settings import settings
from explorer.training.control import Control
from explorer.training.events import Event
from explorer.training.files import forget_run
from explorer.training.told import TELLING_KINDS, Told, told_by

# Training gives way to the server, whose work is short and which somebody is waiting for. Importing
# PyTorch does not: somebody is waiting for that, too.
NICENESS = 5
WRITE_SECONDS = 0.2
GIVE_UP_SECONDS = 60

logger = logging.getLogger("explorer.runs.worker")


@dataclass(frozen=True)
class Ending:
    """How a worker's part in a run ended; "left" means that another worker goes on."""

    how: End | Literal["left"]
    reason: str | None = None
    paused: bool = False


class Writer:
    """Stores events in batches from a thread of its own, so that training never waits for it.

    The same short transaction, a few times a second, carries the events there, shows that the
    worker lives and brings back what is wanted of the run.
    """

    def __init__(self, claim: Claim) -> None:
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)
        self._claim = claim
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._wishes_heard = 0
        self.control = Control()
        """What is wanted of the run, for training to look at."""
        self.stop_reason: str | None = None
        self.lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()

    def put(self, event: Event) -> None:
        """Have an event stored soon; at once unless it is one of the many of a curve."""
        with self._lock:
            self._events.append(event)
        if event.kind != "progress":
            self._wake.set()

    def should_stop(self) -> bool:
        """Whether somebody wants the run to stop; costs nothing, to be asked at every step."""
        return self.control.stopping

    def stop(self, reason: str) -> None:
        """Stop the run from within this process."""
        self.stop_reason = self.stop_reason or reason
        self.control.stop()

    def flush(self) -> None:
        """After the thread has ended: store what is left, if the database allows it."""
        self._write_once()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(WRITE_SECONDS)
            self._wake.clear()
            if not self._closing:
                self._write_once()

    def _write_once(self) -> None:
        with self._lock:
            batch = list(self._events)
        try:
            orders = self._claim.record(batch, self._wishes_heard)
        except ClaimLostError:
            self.lost = True
            self.stop("The run was ended elsewhere.")
            return
        except SQLAlchemyError:
            # A full disk or a busy database may recover: keep the events for the next time.
            logger.exception("Could not store %d events yet", len(batch))
            return
        with self._lock:
            del self._events[: len(batch)]
        for number, wish in orders.wishes:
            self.control.ask(number, wish)
            self._wishes_heard = number
        if orders.stop_reason is not None:
            self.stop(orders.stop_reason)
        if orders.leaving:
            self.control.suspend()

    def end(self, status: End, reason: str | None) -> None:
        """After the thread has ended: store what is left together with how the run ended.

        Raises:
            ClaimLostError: The run is no longer this worker's.
            SQLAlchemyError: The database refused for a minute.
        """
        self._insist(lambda: self._claim.end(self._events, status, reason))

    def leave(self, *, paused: bool) -> None:
        """After the thread has ended: store what is left, and have another worker go on later.

        Raises:
            ClaimLostError: The run is no longer this worker's.
            SQLAlchemyError: The database refused for a minute.
        """
        self._insist(
            lambda: self._claim.leave(self._events, paused=paused, wishes_heard=self._wishes_heard)
        )

    def _insist(self, write: Callable[[], None]) -> None:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                write()
                return
            except SQLAlchemyError:
                if time.monotonic() > deadline:
                    raise
                logger.exception("Could not store the end of the run yet")
                time.sleep(1)


def outcome(last: Event | None, stop_reason: str | None) -> tuple[End, str | None]:
    """How a run ended, from the last thing that training said."""
    if last is not None and last.kind == "finished":
        if last.reason == "stopped":
            return "stopped", stop_reason or "Stopped."
        return "finished", None
    if last is not None and last.kind == "failed":
        return "failed", " ".join(filter(None, (last.what, last.why, last.remedy)))
    return "failed", "Training ended without saying how."


def _trainer() -> Callable[..., Iterator[Event]]:
    """What trains: this process, or a machine of a cluster."""
    if settings().executor == "ray":
        return cluster.train
    from explorer.training.loop import train

    return train


def _train(run: Run, told: Told, writer: Writer) -> Ending:
    last: Event | None = None
    paused = run.paused is not None
    try:
        train = _trainer()
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        for event in train(run.job, directory=run.directory, control=writer.control, told=told):
            writer.put(event)
            last = event
            if event.kind in ("paused", "continued"):
                paused = event.kind == "paused"
    except ExplorerError as error:
        return Ending("failed", str(error))
    except ClusterLostError:
        raise
    except MemoryError:
        logger.exception("Out of memory")
        return Ending(
            "failed", "There was not enough memory. A smaller batch or network needs less."
        )
    except Exception as error:
        # The last line of defence: whatever went wrong, the run must say so and not hang.
        logger.exception("Training broke off")
        first_line = str(error).strip().partition("\n")[0][:200]
        return Ending(
            "failed",
            f"Training broke off with an unexpected {type(error).__name__}"
            f"{f': {first_line}' if first_line else ''}. The run's log on the server has the "
            "details.",
        )
    if last is not None and last.kind == "suspended":
        return Ending("left", paused=paused)
    return Ending(*outcome(last, writer.stop_reason))


def main(run_id: str) -> int:
    """Train a run; returns the exit status: 0 however the run ended, 1 if it was not ours."""
    store = open_store()
    claim = Claim.take(store, run_id)
    run = store.run(run_id)
    if claim is None or run is None:
        logger.error("Run %s is not waiting for a worker", run_id)
        return 1
    run.directory.mkdir(parents=True, exist_ok=True)
    writer = Writer(claim)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Somebody ends this process, not the run: it goes on in another one.
        writer.control.suspend()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        told = told_by(store.last_of_each(run_id, TELLING_KINDS))
        try:
            with writer:
                ending = _train(run, told, writer)
        except ClusterLostError:
            logger.exception("Run %s is left for another worker", run_id)
            writer.flush()
            return cluster.LOST
        if ending.how == "left":
            writer.leave(paused=ending.paused)
            return 0
        writer.end(ending.how, ending.reason)
    except ClaimLostError:
        logger.error("Run %s was ended elsewhere while this worker trained it", run_id)
        return 1
    if ending.how != "failed":
        forget_run(run.directory)
    return 0


def spare() -> int:
    """Load what training needs, then wait until the server names a run; returns as `main`."""
    if settings().executor == "ray":
        joining()
    else:
        from explorer.training.warm_up import warm_up

        warm_up()
    open_store()
    run_id = sys.stdin.readline().strip()
    if not run_id:
        return 0  # the server ended
    with worker_log(run_id).open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    return main(run_id)


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m explorer.runs.worker RUN_ID | {SPARE}")
    sys.exit(spare() if sys.argv[1] == SPARE else main(sys.argv[1]))
