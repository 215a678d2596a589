"""When a run's state is written to disk, so that little is lost and little time is spent."""

import logging
import time
from pathlib import Path

from explorer.training.learner import Learner
from explorer.training.recipe import Job
from explorer.training.resume import Position, save_run

MOST_SECONDS_BETWEEN = 10.0
"""Within an epoch; more only where writing is so slow that it would cost too much."""
# Writing may take this share of the time: the next one waits for as long as that needs.
_SHARE = 0.01

logger = logging.getLogger(__name__)


class Keeper:
    """Writes the state of a run into its folder; without a folder, nowhere.

    Moments are seconds on the clock of the training.
    """

    def __init__(self, directory: Path | None, job: Job, data_hash: str) -> None:
        self._directory = directory
        self._job = job
        self._data_hash = data_hash
        self._last = 0.0
        self._rest = 0.0

    def begin(self, now: float) -> None:
        """The state is on disk already, or is the beginning."""
        self._last = now

    @property
    def due(self) -> float:
        """When to write within an epoch."""
        if self._directory is None:
            return float("inf")
        return self._last + max(MOST_SECONDS_BETWEEN, self._rest)

    def due_after_epoch(self, now: float) -> bool:
        """Whether to write now that an epoch is over: always, unless epochs are very short."""
        return self._directory is not None and now >= self._last + self._rest

    def write(self, now: float, position: Position, learners: list[Learner]) -> tuple[int, str]:
        """Write the state; returns its size in bytes, or 0 and why it could not be written."""
        if self._directory is None:
            return 0, "This run has no folder to write to."
        before = time.perf_counter()
        try:
            states = [learner.state() for learner in learners]
            size, problem = (
                save_run(self._directory, self._job, self._data_hash, position, states),
                "",
            )
        except OSError as error:
            # A full disk is no reason to stop training: the file of before is still there.
            logger.exception("Could not write the state of the run")
            size, problem = 0, f"It could not be written: {error.strerror}."
        self._last = now
        self._rest = (time.perf_counter() - before) / _SHARE
        return size, problem
