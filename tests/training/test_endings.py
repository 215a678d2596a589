"""How training ends early: by a wish, a loss that is no number, data that is not there."""

import math

import pytest
import torch

from explorer.datasets.reference import DatasetRef
from explorer.network.presets import TUTORIAL_CNN
from explorer.training import loop, measure, session
from explorer.training.events import EpochEnd, Event, Failed, Finished, Progress, TrainingEnded
from explorer.training.failures import explain_divergence
from tests.training import jobs
from tests.training.jobs import BASELINE, CNN, LINEAR, job, of, run


def test_a_wish_to_stop_ends_training_at_once_and_what_was_learnt_is_measured():
    seen: list[bool] = []

    def should_stop() -> bool:
        return bool(seen)

    events: list[Event] = []
    for event in loop.train(
        job(CNN, BASELINE, epochs=1000),
        dataset=jobs.digits(TUTORIAL_CNN.input),
        should_stop=should_stop,
    ):
        events.append(event)
        if isinstance(event, Progress) and event.step > 5 and not seen:
            seen.append(True)
    ended, finished = of(events, TrainingEnded)[0], of(events, Finished)[0]
    assert ended.reason == finished.reason == "stopped"
    asked = next(event.step for event in of(events, Progress) if event.step > 5)
    assert ended.step == asked
    assert len(finished.results) == 2


def test_stopping_before_the_data_is_there_ends_without_results():
    events = list(loop.train(job(CNN), should_stop=lambda: True))
    assert [event.kind for event in events] == ["training_ended", "finished"]
    assert of(events, Finished)[0].results == ()


def test_stopping_while_validating_leaves_the_validation_out(monkeypatch: pytest.MonkeyPatch):
    stop: list[bool] = []
    validate = session.evaluate

    def slow_validation(*args, **options):
        stop.append(True)
        return validate(*args, **options)

    monkeypatch.setattr(session, "evaluate", slow_validation)
    events = run(job(LINEAR, epochs=5), should_stop=lambda: bool(stop))
    (epoch,) = of(events, EpochEnd)
    assert epoch.validation is None
    assert of(events, Finished)[0].reason == "stopped"


def test_a_diverging_loss_fails_with_step_reason_and_remedy():
    events = run(job(CNN, BASELINE, learning_rate=10, epochs=3))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert "CNN" in failed.what or "Baseline" in failed.what
    assert "at step" in failed.what and "learning_rate 10" in failed.why
    assert "learning_rate of 0.01, which is usual" in failed.remedy
    assert "Find a learning rate" in failed.remedy
    assert not of(events, TrainingEnded)
    for event in of(events, Progress):
        assert all(math.isfinite(one.loss) for one in event.contenders)


@pytest.mark.parametrize(
    ("optimizer", "rate", "better"),
    [
        ("sgd", 10, "0.01, "),
        ("adamw", 1, "0.001, "),
        ("sgd", 0.02, "0.002, "),
        ("adam", 3e-4, "3e-05, "),
    ],
)
def test_the_learning_rate_to_try_is_usual_or_far_lower(optimizer: str, rate: float, better: str):
    error = measure.DivergedError(0, 7, math.inf)
    failed = explain_divergence(error, job(CNN, optimizer=optimizer, learning_rate=rate))
    assert f"learning_rate of {better}" in failed.remedy


def test_the_step_that_diverged_is_named():
    tally = measure.Tally(2)
    labels, logits = torch.tensor([0, 1]), torch.zeros(2, 10)
    fine, broken = (torch.tensor(1.0), logits), (torch.tensor(math.nan), logits)
    for step in (11, 12):
        tally.add(step, [fine, fine], labels)
    tally.add_up()
    for step, second in ((13, fine), (14, broken), (15, broken)):
        tally.add(step, [fine, second], labels)
    with pytest.raises(measure.DivergedError) as caught:
        tally.add_up()
    assert (caught.value.contender, caught.value.step) == (1, 14)


def test_absent_data_fails_in_words():
    chosen = job(CNN).model_copy(
        update={"dataset": DatasetRef(source="folder", archive="a" * 32 + ".zip", name="pets")}
    )
    failed = list(loop.train(chosen))[-1]
    assert isinstance(failed, Failed)
    assert "no longer on this server" in failed.what
