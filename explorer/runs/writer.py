"""How a worker's events get into the database beside training, and wishes out of it."""

import logging
import threading
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from explorer.runs.claim import Claim, ClaimLostError, End
from explorer.runs.database import insist
from explorer.training.control import Control
from explorer.training.events import Event

WRITE_SECONDS = 0.2

logger = logging.getLogger(__name__)


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
        insist(lambda: self._claim.end(self._events, status, reason))

    def leave(self, *, paused: bool) -> None:
        """After the thread has ended: store what is left, and have another worker go on later.

        Raises:
            ClaimLostError: The run is no longer this worker's.
            SQLAlchemyError: The database refused for a minute.
        """
        insist(
            lambda: self._claim.leave(self._events, paused=paused, wishes_heard=self._wishes_heard)
        )
