"""What training says while it runs, as frozen records; `EventAdapter` reads and writes JSON.

In order: `Preparing` (any number), `Started`, then `Progress` (any number) and one `EpochEnd` per
epoch, `TrainingEnded`, `Saved` if the run has a folder, `Finished`. `Failed` may take the place of
any of them and is then the last.

Between `Started` and `TrainingEnded`, what people asked for is answered: `LearningRateChanged`,
`Paused` and `Continued`, `Checkpointed`. `Suspended` is the last event of a process that left the
rest to another one, whose first after `Preparing` is `Resumed`; of a process that died, only that.
What was told before is not told again. If there is `Progress`, some `Snapshot` lie between, the
first at step 0. A range test has neither `EpochEnd` nor `Saved`: `RangeTested` comes before its
`TrainingEnded`, and its `Finished` is without results, as is that of a run which leaves the test
pictures alone because it is one of a series.

Accuracies are fractions 0..1, losses mean cross-entropy in nats: of the classes, or, where pictures
have several labels, of each class's yes or no, the mean over classes. `step` counts optimizer steps
from 1, `seconds` are wall time since training began, without pauses and the time between processes.
`command` is the number of the wish that an event answers.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from explorer.training.event_parts import (
    ClassScore,
    ContenderFacts,
    DatasetFacts,
    Disagreement,
    Machine,
    Measure,
    Paired,
    Prediction,
    RangeCurve,
    Record,
    Result,
    Trained,
)
from explorer.training.inside import Inside, Sample
from explorer.training.recipe import Precision

__all__ = [
    "ClassScore",
    "ContenderFacts",
    "DatasetFacts",
    "Disagreement",
    "Machine",
    "Measure",
    "Paired",
    "Prediction",
    "RangeCurve",
    "Result",
    "Trained",
]
__all__ += [
    "BatchHalved",
    "Checkpointed",
    "Continued",
    "EpochEnd",
    "Event",
    "EventAdapter",
    "Failed",
    "Finished",
    "LearningRateChanged",
    "Paused",
    "Preparing",
    "Progress",
    "RangeTested",
    "Resumed",
    "Saved",
    "Snapshot",
    "Started",
    "Suspended",
    "TrainingEnded",
]


class Preparing(Record):
    """Data is being read; `done` of `total` (0 if not known)."""

    kind: Literal["preparing"] = "preparing"
    message: str
    done: int
    total: int


class Started(Record):
    """Everything is ready and the first step follows."""

    kind: Literal["started"] = "started"
    dataset: DatasetFacts
    device: str
    precision: Precision
    steps_per_epoch: int
    epochs: int
    contenders: tuple[ContenderFacts, ...]
    predicted_seconds: float
    """Of all epochs with their validation."""
    predicted_memory: int | None = None
    """Bytes at the peak, as `training.memory` counts them, if that was measured beforehand."""
    plan: dict[str, str | int | float | bool] = Field(default={})
    """How it is computed: the fields of `probe.Plan`; none in runs of earlier releases."""
    machine: Machine | None = None


class Progress(Record):
    """Means over the training pictures since the previous `Progress`, contenders in job order."""

    kind: Literal["progress"] = "progress"
    step: int
    epoch: int
    samples_per_second: float
    seconds: float
    seconds_left: float
    contenders: tuple[Measure, ...]


class EpochEnd(Record):
    """An epoch is over: `train` is the mean over it while training went on."""

    kind: Literal["epoch_end"] = "epoch_end"
    epoch: int
    step: int
    seconds: float
    train: tuple[Measure, ...]
    validation: tuple[Measure, ...] | None


class Snapshot(Record):
    """What is inside the contenders after `step`, in job order; at most some 100 kB as JSON."""

    kind: Literal["snapshot"] = "snapshot"
    step: int
    epoch: int
    seconds: float
    contenders: tuple[Inside, ...]
    samples: tuple[Sample, ...] = ()
    """What all snapshots of the run are about; told with the first, at step 0."""
    sampled: Literal["validation", "training"] = "validation"
    """Which pictures the samples are of."""


class Saved(Record):
    """Weights are on disk: file name under the run's folder, by contender name."""

    kind: Literal["saved"] = "saved"
    step: int
    files: dict[str, str]


class LearningRateChanged(Record):
    """From the step after `step` on, the schedules of all contenders start from another rate."""

    kind: Literal["learning_rate_changed"] = "learning_rate_changed"
    step: int
    learning_rate: float
    command: int


class Paused(Record):
    """Training rests after `step`."""

    kind: Literal["paused"] = "paused"
    step: int
    command: int


class Continued(Record):
    """The rest is over."""

    kind: Literal["continued"] = "continued"
    step: int
    command: int


class Checkpointed(Record):
    """All that is needed to go on from here is on disk, or `problem` says why it is not."""

    kind: Literal["checkpointed"] = "checkpointed"
    step: int
    command: int
    size: int
    """Bytes on disk."""
    problem: str = ""


class BatchHalved(Record):
    """A batch did not fit into memory: from `step` on a contender looks at each in two halves.

    The gradients of the halves are added up: steps and learning rate stay what they are.
    """

    kind: Literal["batch_halved"] = "batch_halved"
    step: int
    contender: str
    batch_size: int


class Suspended(Record):
    """This process ends here; another one will go on."""

    kind: Literal["suspended"] = "suspended"
    step: int


class Resumed(Record):
    """Another process goes on after `step`; what it repeats gives the same losses."""

    kind: Literal["resumed"] = "resumed"
    step: int
    note: str = ""
    """Why it does not go on from the last checkpoint, if it does not."""


class RangeTested(Record):
    """What a learning-rate range test found: one rate for each step."""

    kind: Literal["range_tested"] = "range_tested"
    learning_rates: tuple[float, ...]
    contenders: tuple[RangeCurve, ...]


class TrainingEnded(Record):
    """The last step was taken; measuring on the test pictures follows."""

    kind: Literal["training_ended"] = "training_ended"
    reason: Literal["completed", "stopped"]
    step: int
    seconds: float


class Finished(Record):
    """The end of a run that did not fail."""

    kind: Literal["finished"] = "finished"
    reason: Literal["completed", "stopped"]
    seconds: float
    results: tuple[Result, ...] = ()
    test_size: int = 0
    """How many pictures it was tested with; 0 if the test pictures were not read."""
    disagreement_count: int = 0
    disagreements: Annotated[tuple[Disagreement, ...], Field(max_length=24)] = ()
    positives: tuple[int, ...] = ()
    """Test pictures that show each class, where pictures have several labels."""
    paired: tuple[Paired, ...] = ()
    """Every two contenders of the results."""
    peak_memory: int | None = None
    """Bytes at the peak, as `training.memory` counts them, if the system says."""
    untested: tuple[Trained, ...] = ()
    """The contenders of a run that left the test pictures alone; such a run has no results."""

    @property
    def trained(self) -> tuple[Trained, ...]:
        """The contenders, tested or not, in the order of the job; none after a range test."""
        return self.results or self.untested


class Failed(Record):
    """The run could not go on: what happened, why as far as known, what would work."""

    kind: Literal["failed"] = "failed"
    what: str
    why: str
    remedy: str


Event = Annotated[
    Preparing
    | Started
    | Progress
    | EpochEnd
    | Snapshot
    | LearningRateChanged
    | Paused
    | Continued
    | Checkpointed
    | BatchHalved
    | Suspended
    | Resumed
    | Saved
    | RangeTested
    | TrainingEnded
    | Finished
    | Failed,
    Field(discriminator="kind"),
]
EventAdapter: TypeAdapter[Event] = TypeAdapter(Event)
