"""One process per run: `python -m explorer.runs.worker RUN_ID` trains it and stores what it says.

PyTorch is imported only after the run was taken, so that the page hears from the worker at once.
"""

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from explorer.errors import ExplorerError
from explorer.runs.claims import Claim, ClaimLostError, End
from explorer.runs.store import Run, open_store
from explorer.training.events import Event

# Training gives way to the server, whose work is short and which somebody is waiting for. Importing
# PyTorch does not: somebody is waiting for that, too.
NICENESS = 5
WRITE_SECONDS = 0.2
GIVE_UP_SECONDS = 60
ENDED_BY_SIGNAL = "The worker process was asked to end."

logger = logging.getLogger("explorer.runs.worker")


class Writer:
    """Stores events in batches from a thread of its own, so that training never waits for it.

    The same short transaction, a few times a second, carries the events there, shows that the
    worker lives and brings back the wish to stop.
    """

    def __init__(self, claim: Claim) -> None:
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)
        self._claim = claim
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._stopping = threading.Event()
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
        return self._stopping.is_set()

    def stop(self, reason: str) -> None:
        """Stop the run from within this process."""
        self.stop_reason = self.stop_reason or reason
        self._stopping.set()

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
            reason = self._claim.record(batch)
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
        if reason is not None:
            self.stop(reason)

    def end(self, status: End, reason: str | None) -> None:
        """After the thread has ended: store what is left together with how the run ended.

        Raises:
            ClaimLostError: The run is no longer this worker's.
            SQLAlchemyError: The database refused for a minute.
        """
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                self._claim.end(self._events, status, reason)
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


def _train(run: Run, writer: Writer) -> tuple[End, str | None]:
    last: Event | None = None
    try:
        from explorer.training.loop import train

        if hasattr(os, "nice"):
            os.nice(NICENESS)
        for event in train(run.job, should_stop=writer.should_stop, directory=run.directory):
            writer.put(event)
            last = event
    except ExplorerError as error:
        return "failed", str(error)
    except MemoryError:
        logger.exception("Out of memory")
        return "failed", "There was not enough memory. A smaller batch or network needs less."
    except Exception as error:
        # The last line of defence: whatever went wrong, the run must say so and not hang.
        logger.exception("Training broke off")
        first_line = str(error).strip().partition("\n")[0][:200]
        return "failed", (
            f"Training broke off with an unexpected {type(error).__name__}"
            f"{f': {first_line}' if first_line else ''}. The run's log on the server has the "
            "details."
        )
    return outcome(last, writer.stop_reason)


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
        writer.stop(ENDED_BY_SIGNAL)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        with writer:
            status, reason = _train(run, writer)
        writer.end(status, reason)
    except ClaimLostError:
        logger.error("Run %s was ended elsewhere while this worker trained it", run_id)
        return 1
    return 0


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if len(sys.argv) != 2:
        sys.exit("usage: python -m explorer.runs.worker RUN_ID")
    sys.exit(main(sys.argv[1]))
