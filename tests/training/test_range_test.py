"""The learning-rate range test: it ends by itself, suggests a rate, and leaves nothing behind."""

import math
from pathlib import Path

import pytest
import torch

from explorer.training.control import Control
from explorer.training.events import Event, Finished, Progress, RangeTested, Resumed, Started
from explorer.training.loop import train
from explorer.training.range_test import HIGHEST, LOWEST, STEPS, rate_of, smoothed, suggested
from explorer.training.recipe import Job
from explorer.training.told import told_by
from tests.training.jobs import DROPOUT, LINEAR, digits, job, of, run


def range_job(**recipe: object) -> Job:
    chosen = {"learning_rate": 0.5, "schedule": "cosine", "patience": 1} | recipe
    return job(DROPOUT, LINEAR, **chosen).model_copy(update={"purpose": "range_test"})


def test_the_rate_rises_by_the_same_factor_from_step_to_step():
    assert rate_of(1) == LOWEST and rate_of(STEPS) == pytest.approx(HIGHEST)
    ratios = [rate_of(step + 1) / rate_of(step) for step in range(1, STEPS)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-6)


def test_it_tells_a_curve_and_a_rate_for_each_contender(tmp_path: Path):
    events = run(range_job(), pace=0.0, directory=tmp_path / "run")
    (started,), (tested,) = of(events, Started), of(events, RangeTested)
    finished = events[-1]
    assert started.steps_per_epoch == STEPS and started.epochs == 1
    assert [event.kind for event in events[-3:]] == ["range_tested", "training_ended", "finished"]
    assert isinstance(finished, Finished)
    assert finished.reason == "completed" and finished.results == ()
    assert len(of(events, Progress)) == len(tested.learning_rates)
    for curve, name in zip(tested.contenders, ("With dropout", "Linear"), strict=True):
        assert curve.name == name
        assert curve.suggestion == pytest.approx(curve.lowest / 10, rel=0.06)
        # Rates that are known to work on the digits with momentum 0.9.
        assert 0.001 <= curve.suggestion <= 0.3
        assert min(curve.losses) < 0.8 * curve.losses[0]
    assert not (tmp_path / "run").exists()


def test_an_exploding_loss_ends_it_and_is_no_failure():
    chosen = job(LINEAR, momentum=0.99).model_copy(update={"purpose": "range_test"})
    events = run(chosen, pace=0.0)
    assert isinstance(events[-1], Finished)
    (tested,) = of(events, RangeTested)
    (curve,) = tested.contenders
    assert 50 < len(curve.losses) < STEPS
    assert all(map(math.isfinite, curve.losses))


def test_it_does_what_a_training_with_these_rates_does():
    """Its steps are those of a learner whose rate is set by hand."""
    from explorer.training.learner import Learner, lesson
    from explorer.training.pictures import Pictures, epoch_order, steps

    chosen = job(LINEAR, batch_size=128).model_copy(update={"purpose": "range_test"})
    (tested,) = of(run(chosen, pace=None), RangeTested)
    data, cpu = digits(), torch.device("cpu")
    pictures = Pictures(data.train, cpu)
    facts = lesson(steps(len(pictures), 128), data.train.labels, 10)
    learner = Learner(chosen.contenders[0], chosen.recipe, cpu, "fp32", facts)
    losses = []
    for step, (images, labels) in enumerate(
        pictures.epoch(epoch_order(len(pictures), 0, 1), 128), 1
    ):
        learner.set_learning_rate(rate_of(step))
        losses.append(float(learner.step(images, labels, step)[0]))
    # The curve's first point has no neighbours to be smoothed with.
    assert tested.contenders[0].losses[0] == pytest.approx(losses[0], rel=1e-4)
    assert tested.contenders[0].losses[1] == pytest.approx(smoothed(losses)[1], rel=1e-4)


def test_it_is_stopped_and_taken_up_like_a_run():
    control, told = Control(), []
    for event in train(range_job(), dataset=digits(), control=control, pace=0.0):
        told.append(event)
        if isinstance(event, Progress) and event.step == 30:
            control.suspend()
    assert told[-1].kind == "suspended"
    again: list[Event] = list(train(range_job(), dataset=digits(), pace=0.0, told=told_by(told)))
    assert isinstance(again[0], Resumed) and not of(again, Started)
    assert of(again, Progress)[0].step == 31
    assert of(again, RangeTested) == of(run(range_job(), pace=0.0), RangeTested)
    stopping = Control()
    stopping.stop()
    events = run(range_job(), control=stopping)
    assert of(events, Finished)[0].reason == "stopped"


def test_a_curve_is_smoothed_without_being_shifted():
    line = [0.1 * step for step in range(50)]
    assert smoothed(line) == pytest.approx(line)
    assert smoothed([1.0]) == [1.0]
    noisy = [1 + 0.1 * (-1) ** step for step in range(50)]
    assert max(smoothed(noisy)[10:40]) < 1.01


def test_the_suggestion_is_a_tenth_of_the_rate_with_the_lowest_loss():
    bowl = [abs(step - 120) / 120 + 0.1 for step in range(STEPS)]
    lowest, suggestion = suggested(bowl)
    assert lowest == float(f"{rate_of(121):.2g}")
    assert suggestion == float(f"{rate_of(121) / 10:.2g}")
    assert suggested([2.3] * STEPS) == (None, None)
    assert suggested([2.3 + 0.01 * step for step in range(STEPS)]) == (None, None)
    assert suggested([]) == (None, None)
