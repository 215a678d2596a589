"""What whoever listens to a run was told by earlier processes, so that nothing is told twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from explorer.training.events import (
    BatchHalved,
    Checkpointed,
    Continued,
    EpochEnd,
    Event,
    LearningRateChanged,
    Paused,
    Progress,
    Snapshot,
    TrainingEnded,
)


@dataclass(frozen=True)
class Told:
    """How far the telling went; the default is: nothing yet.

    Attributes:
        started: `Started` was told.
        step: That of the last `Progress`, which is told up to there.
        seconds: The time then.
        epoch: The last whose end was told.
        snapshot: The step of the last `Snapshot` that was told.
        command: The last wish whose answer was told.
        halved: Names of the contenders of which `BatchHalved` was told.
        ended: How training ended, if it had.
        saved: The weights were on disk.
    """

    started: bool = False
    step: int = 0
    seconds: float = 0.0
    epoch: int = 0
    snapshot: int | None = None
    command: int = 0
    halved: frozenset[str] = frozenset()
    ended: TrainingEnded | None = field(default=None)
    saved: bool = False

    def knows(self, event: Event) -> bool:
        """Whether an event was told before."""
        match event:
            case Progress():
                return event.step <= self.step
            case BatchHalved():
                return event.contender in self.halved
            case EpochEnd():
                return event.epoch <= self.epoch
            case LearningRateChanged() | Paused() | Continued() | Checkpointed():
                return event.command <= self.command
        return False


TELLING_KINDS = (
    *("started", "progress", "epoch_end", "snapshot", "training_ended", "saved"),
    *("learning_rate_changed", "paused", "continued", "checkpointed"),
)
"""The kinds of events that `told_by` looks at of which the last is enough."""
EACH_TELLING_KINDS = ("batch_halved",)
"""The kinds of which it has to see all."""


def told_by(events: Iterable[Event]) -> Told:
    """What these events, in any order, have told."""
    told: dict[str, object] = {}
    steps, epochs, commands, seconds = [0], [0], [0], [0.0]
    snapshots: list[int] = []
    halved: set[str] = set()
    for event in events:
        match event:
            case Progress():
                steps.append(event.step)
                seconds.append(event.seconds)
            case EpochEnd():
                epochs.append(event.epoch)
                seconds.append(event.seconds)
            case Snapshot():
                snapshots.append(event.step)
            case LearningRateChanged() | Paused() | Continued() | Checkpointed():
                commands.append(event.command)
            case BatchHalved():
                halved.add(event.contender)
            case TrainingEnded():
                told["ended"] = event
            case _ if event.kind in ("started", "saved"):
                told[event.kind] = True
    return Told(
        started="started" in told,
        step=max(steps),
        seconds=max(seconds),
        epoch=max(epochs),
        snapshot=max(snapshots, default=None),
        command=max(commands),
        halved=frozenset(halved),
        ended=told.get("ended"),  # type: ignore[arg-type]
        saved="saved" in told,
    )
