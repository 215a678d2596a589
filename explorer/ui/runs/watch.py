"""What one session knows of one run, brought up to date by reading only what is new."""

import time
from dataclasses import dataclass, field
from typing import Literal

from explorer.figures.curves import Curves, Part
from explorer.runs.record import Run, RunStatus
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.events import (
    BatchHalved,
    Checkpointed,
    Event,
    Failed,
    Finished,
    LearningRateChanged,
    Preparing,
    Progress,
    RangeTested,
    Saved,
    Snapshot,
    Started,
    TrainingEnded,
)

Phase = Literal[
    "waiting",
    "preparing",
    "training",
    "paused",
    "measuring",
    "stopping",
    "finished",
    "stopped",
    "failed",
]
WAIT_SECONDS = 3.0
"""How often the expected wait is looked up: many may be waiting."""
ENDED = ("finished", "stopped", "failed")


@dataclass
class RunWatch:
    """A run as far as its events were read; `refresh` reads on."""

    run: Run
    status: RunStatus
    curves: Curves
    part: Part
    """What the browser is sent of the curves."""
    position: int | None = None
    expected_wait: float | None = None
    """Seconds until it starts, as far as that can be told."""
    preparing: Preparing | None = None
    """What is made ready just now, for the first step or for going on after another worker."""
    started: Started | None = None
    progress: Progress | None = None
    training_ended: TrainingEnded | None = None
    checkpointed: Checkpointed | None = None
    changes: list[LearningRateChanged] = field(default_factory=list)
    halved: dict[str, BatchHalved] = field(default_factory=dict)
    """Contenders whose batches did not fit into memory, by name."""
    finished: Finished | None = None
    range_tested: RangeTested | None = None
    failed: Failed | None = None
    snapshots: list[tuple[int, int]] = field(default_factory=list)
    """Of each the number of its event, and its step."""
    files: dict[str, str] = field(default_factory=dict)
    """File names of the weights in the run's folder, by contender."""
    _wait_due: float = 0.0
    _read: int = 0
    _complete: bool = True

    @classmethod
    def of(cls, run: Run) -> "RunWatch":
        """Watch a run; nothing is read before the first `refresh`."""
        curves = Curves(len(run.job.contenders))
        status = RunStatus(run.status, 0, run.stopping, run.reason)
        return cls(run, status, curves, curves.complete())

    def send_everything(self) -> None:
        """With the next `refresh` the browser gets complete curves: it may have lost its own."""
        self._complete = True

    def refresh(self, store: RunStore) -> None:
        """Read what is new.

        Raises:
            LookupError: The run was deleted.
        """
        status = store.status(self.run.id)
        if status is None:
            raise LookupError(self.run.id)
        news = (
            store.events(self.run.id, after=self._read) if status.last_sequence > self._read else []
        )
        self.status = status
        self._look_at_the_queue(store)
        if news:
            self._read = news[-1][0]
            for sequence, event in news:
                self._take(event)
                if isinstance(event, Snapshot):
                    self.snapshots.append((sequence, event.step))
        if self._complete:
            self.part = self.curves.complete()
        elif news:
            self.part = self.curves.news()
        self._complete = False

    def _look_at_the_queue(self, store: RunStore) -> None:
        if self.status.status != "queued":
            self.position = self.expected_wait = None
            return
        position = store.position(self.run.id)
        now = time.monotonic()
        if position != self.position or now >= self._wait_due:
            self.position, self._wait_due = position, now + WAIT_SECONDS
            self.expected_wait = store.expected_wait(self.run.id, settings().max_workers)

    def _take(self, event: Event) -> None:
        self.curves.add([event])
        self.preparing = event if isinstance(event, Preparing) else None
        match event:
            case Started():
                self.started = event
            case Progress():
                self.progress = event
            case TrainingEnded():
                self.training_ended = event
            case Checkpointed():
                self.checkpointed = event
            case BatchHalved():
                self.halved[event.contender] = event
            case LearningRateChanged():
                self.changes.append(event)
            case Saved():
                self.files = event.files
            case RangeTested():
                self.range_tested = event
            case Finished():
                self.finished = event
            case Failed():
                self.failed = event

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.status.status in ENDED

    @property
    def learning_rate(self) -> float:
        """What somebody set last, else the recipe's; schedules change it besides."""
        if self.changes:
            return self.changes[-1].learning_rate
        return self.run.job.recipe.learning_rate

    @property
    def phase(self) -> Phase:
        """What is happening, in more detail than the run's status."""
        match self.status.status:
            case "queued":
                return "waiting"
            case "running" if self.training_ended and self.run.purpose == "training":
                return "measuring"
            case "running" if self.status.stopping:
                return "stopping"
            case "running" if self.status.paused:
                return "paused"
            case "running":
                return "preparing" if self.started is None or self.preparing else "training"
            case ended:
                return ended
