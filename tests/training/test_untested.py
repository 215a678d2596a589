"""Runs that validation chooses between leave the test pictures alone."""

from pathlib import Path
from typing import Any

import pytest

from explorer.datasets.dataset import Dataset, Split
from explorer.datasets.reference import Fold
from explorer.training import several
from explorer.training.control import Control
from explorer.training.events import EpochEnd, Event, Finished, Started, Trained, TrainingEnded
from explorer.training.export.points import points
from explorer.training.loop import train
from explorer.training.recipe import Job
from explorer.training.series import Series, cross_validation, sweep
from tests.training.jobs import DROPOUT, LINEAR, digits, job, of, run


class Sealed(Split):
    """Pictures that nobody may look at; how many there are is no secret."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("pool", "rows", "images", "labels", "take"):
            raise AssertionError(f"The test pictures were read: {name}")
        return super().__getattribute__(name)

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "labels"))


def sealed(dataset: Dataset) -> Dataset:
    test = dataset.test
    others = {name: value for name, value in vars(dataset).items() if name != "test"}
    return Dataset(**others, test=Sealed(test.pool, test.labels, test.rows))


def members(series: Series) -> list[Job]:
    return [member for _, member in series.members]


SWEEP = sweep([job(LINEAR, DROPOUT, epochs=2, tested_weights="best")], [0.1, 0.01], [64])


@pytest.mark.parametrize(
    "member", [*members(SWEEP)[:1], *members(cross_validation(job(LINEAR), 3))[:1]]
)
def test_a_run_of_a_series_does_not_read_the_test_pictures(member: Job, tmp_path: Path):
    events = list(train(member, dataset=sealed(digits()), directory=tmp_path, pace=0.0))
    (started,), (finished,) = of(events, Started), of(events, Finished)
    assert events[-1] is finished and finished.reason == "completed"
    assert started.dataset.test == len(digits().test)
    assert (finished.results, finished.test_size, finished.disagreements) == ((), 0, ())
    assert [one.name for one in finished.trained] == [one.name for one in member.contenders]
    assert all(one.seconds > 0 and one.parameters > 0 for one in finished.untested)
    assert {point.part for point in points(events)} == {"training", "training_epoch", "validation"}


def test_an_ordinary_run_reads_them_once_it_has_learned():
    events: list[Event] = []
    with pytest.raises(AssertionError, match="The test pictures were read"):
        for event in train(job(LINEAR), dataset=sealed(digits()), pace=0.0):
            events.append(event)
    assert isinstance(events[-1], TrainingEnded)
    (finished,) = of(run(job(LINEAR)), Finished)
    assert finished.test_size == len(digits().test) and finished.untested == ()
    assert finished.trained == finished.results


def test_the_best_epoch_of_an_untested_run_is_told():
    member = members(SWEEP)[0]
    events = run(member)
    ends = of(events, EpochEnd)
    (finished,) = of(events, Finished)
    for index, one in enumerate(finished.untested):
        losses = [end.validation[index].loss for end in ends]
        assert isinstance(one, Trained)
        assert one.best_epoch == 1 + losses.index(min(losses))


def test_a_series_on_the_command_line_reads_none(monkeypatch: pytest.MonkeyPatch):
    def on_sealed(member: Job, **options: Any):
        return train(member, dataset=sealed(digits()), **options)

    monkeypatch.setattr(several, "train", on_sealed)
    names: list[str] = []
    told = several.train_several(SWEEP, None, Control(), names.append)
    with pytest.raises(StopIteration) as end:
        while True:
            next(told)
    assert names == [name for name, _ in SWEEP.members]
    assert "by validation accuracy" in end.value.value


def test_a_fold_is_only_of_pictures_that_are_not_for_the_test():
    first = members(cross_validation(job(LINEAR), 3))[0]
    assert first.fold == Fold(number=1, of=3)
    assert first.purpose == "candidate"
    assert job(LINEAR).purpose == "training"
