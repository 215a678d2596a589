"""What one session knows of one run, brought up to date by reading only what is new."""

from dataclasses import dataclass, field
from typing import Literal

from explorer.figures.curves import Curves, Part
from explorer.runs.record import Run, RunStatus
from explorer.runs.store import RunStore
from explorer.training.events import (
    Event,
    Failed,
    Finished,
    Preparing,
    Progress,
    Saved,
    Started,
    TrainingEnded,
)

Phase = Literal[
    "waiting", "preparing", "training", "measuring", "stopping", "finished", "stopped", "failed"
]
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
    preparing: Preparing | None = None
    started: Started | None = None
    progress: Progress | None = None
    training_ended: TrainingEnded | None = None
    finished: Finished | None = None
    failed: Failed | None = None
    files: dict[str, str] = field(default_factory=dict)
    """File names of the weights in the run's folder, by contender."""
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
        self.position = store.position(self.run.id) if status.status == "queued" else None
        if news:
            self._read = news[-1][0]
            for _, event in news:
                self._take(event)
        if self._complete:
            self.part = self.curves.complete()
        elif news:
            self.part = self.curves.news()
        self._complete = False

    def _take(self, event: Event) -> None:
        self.curves.add([event])
        match event:
            case Preparing():
                self.preparing = event
            case Started():
                self.started = event
            case Progress():
                self.progress = event
            case TrainingEnded():
                self.training_ended = event
            case Saved():
                self.files = event.files
            case Finished():
                self.finished = event
            case Failed():
                self.failed = event

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.status.status in ENDED

    @property
    def phase(self) -> Phase:
        """What is happening, in more detail than the run's status."""
        match self.status.status:
            case "queued":
                return "waiting"
            case "running" if self.training_ended is not None:
                return "measuring"
            case "running" if self.status.stopping:
                return "stopping"
            case "running":
                return "preparing" if self.started is None else "training"
            case ended:
                return ended
