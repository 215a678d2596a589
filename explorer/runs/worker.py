"""One process per run: `python -m explorer.runs.worker RUN_ID` trains it and stores what it says.

PyTorch is imported only after the run was taken, so that the page hears from the worker at once;
but a spare worker, started with `--spare` in place of the id, loads it before there is a run.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import FrameType
from typing import Literal

from explorer.errors import ExplorerError
from explorer.runs import cluster
from explorer.runs.claim import Claim, ClaimLostError, End
from explorer.runs.cluster import ClusterLostError
from explorer.runs.database import insist
from explorer.runs.joining import joining
from explorer.runs.processes import SPARE, worker_log
from explorer.runs.store import Run, RunStore, open_store
from explorer.runs.writer import Writer
from explorer.settings import settings
from explorer.training.events import Event
from explorer.training.files import forget_run
from explorer.training.told import EACH_TELLING_KINDS, TELLING_KINDS, Told, told_by

# Training gives way to the server, whose work is short and which somebody is waiting for. Importing
# PyTorch does not: somebody is waiting for that, too.
NICENESS = 5

logger = logging.getLogger("explorer.runs.worker")


@dataclass(frozen=True)
class Ending:
    """How a worker's part in a run ended; "left" means that another worker goes on."""

    how: End | Literal["left"]
    reason: str | None = None
    paused: bool = False


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


def _told(store: RunStore, run_id: str) -> Told:
    """How far earlier workers told this run."""
    each = [event for _, event in store.events(run_id, kinds=EACH_TELLING_KINDS)]
    return told_by([*store.last_of_each(run_id, TELLING_KINDS), *each])


def main(run_id: str) -> int:
    """Train a run; returns the exit status: 0 however the run ended, 1 if it was not ours."""
    store = insist(open_store)
    attempts = count()
    claim = insist(lambda: Claim.take(store, run_id, again=next(attempts) > 0))
    run = insist(lambda: store.run(run_id))
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
        told = insist(lambda: _told(store, run_id))
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
