"""A run that is taken up again goes on as if nothing had happened: the very same losses."""

from pathlib import Path
from typing import Any

import pytest

from explorer.training.augmentation import Augmentation
from explorer.training.events import (
    EpochEnd,
    Event,
    Finished,
    LearningRateChanged,
    Progress,
    Resumed,
    Snapshot,
    Started,
    TrainingEnded,
)
from explorer.training.resume import stored_step
from explorer.training.told import told_by
from tests.training.jobs import DROPOUT, LINEAR, job, of
from tests.training.killed import killed_run, with_rates

RATE_AT = {30: 0.004}
EVERYTHING: dict[str, Any] = {
    "schedule": "one_cycle",
    "optimizer": "adamw",
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "class_weights": "balanced",
    "max_norm": 1.0,
    "tested_weights": "best",
    "augmentation": Augmentation(
        horizontal_flip=0.5, crop_padding=1, rotation=10, brightness=0.2, erasing=0.3
    ),
    "epochs": 4,
}


def curve(events: list[Event]) -> list[tuple[int, Any]]:
    """The losses and accuracies of every single step."""
    return [(event.step, event.contenders) for event in of(events, Progress)]


def epochs(events: list[Event]) -> list[Any]:
    """Everything of the epochs that does not depend on time."""
    return [event.model_copy(update={"seconds": 0}) for event in of(events, EpochEnd)]


def results(events: list[Event]) -> list[Any]:
    """Everything of the results that does not depend on time."""
    (finished,) = of(events, Finished)
    assert finished.disagreement_count >= 0
    return [result.model_copy(update={"seconds": 0}) for result in finished.results]


@pytest.mark.parametrize("kill_at", [38, 75])
def test_after_sigkill_every_later_loss_is_that_of_an_uninterrupted_run(
    kill_at: int, tmp_path: Path
) -> None:
    """Killed within an epoch of 21 steps, after the learning rate was changed at step 30."""
    chosen = job(DROPOUT, LINEAR, **EVERYTHING)
    whole = list(with_rates(chosen, RATE_AT))
    before = killed_run(chosen, tmp_path, kill_at=kill_at, rate_at=RATE_AT)
    kept = stored_step(tmp_path)
    assert kept is not None and kept >= 30
    after = list(with_rates(chosen, {}, directory=tmp_path, told=told_by(before)))

    assert of(after, Resumed) and not of(after, Started)
    together = before + after
    assert curve(together) == curve(whole), "each step once, with the same losses"
    assert epochs(together) == epochs(whole)
    assert results(together) == results(whole)
    assert [event.learning_rate for event in of(together, LearningRateChanged)] == [0.004]
    snapshots = [event.step for event in of(together, Snapshot)]
    assert (snapshots[0], snapshots[-1]) == (0, 84)
    assert snapshots == sorted(set(snapshots))
    seconds = [event.seconds for event in of(together, (Progress, EpochEnd, TrainingEnded))]
    assert seconds == sorted(seconds)
