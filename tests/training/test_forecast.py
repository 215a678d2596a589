"""Forecasts: measured with the real loop, remembered, and honest about memory."""

import os
import time

import pytest
import torch

from explorer.datasets.reference import DatasetRef, Fold
from explorer.datasets.sizes import sizes
from explorer.network.layers import Flatten, Linear
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.spec import NetworkSpec
from explorer.training import forecast as module
from explorer.training import probe
from explorer.training.events import Finished, Started
from explorer.training.forecast import (
    FRESH_SECONDS,
    Forecast,
    fitting_batch,
    forecast,
    forecast_key,
    recall,
)
from explorer.training.memory import PeakMemory
from explorer.training.recipe import Contender
from tests.training.jobs import CNN, LINEAR, SMALL_INPUT, digits, job, of, run


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MEASURED_SECONDS", 0.02)
    monkeypatch.setattr(probe, "_SECONDS_PER_CHOICE", 0.02)


def test_a_run_is_told_what_was_measured_and_needs_about_that_much():
    chosen = job(LINEAR, epochs=3)
    assert of(run(chosen), Started)[0].predicted_memory is None
    measured = forecast(chosen)
    assert measured.steps_per_epoch == -(-len(digits().train) // 64)
    assert 0 < measured.step_seconds < 1 and 0 < measured.validation_seconds < 1
    assert measured.fitting is None and measured.memory
    events = run(chosen)
    started, finished = of(events, Started)[0], of(events, Finished)[0]
    assert started.predicted_seconds == pytest.approx(3 * measured.epoch_seconds)
    assert started.predicted_memory == measured.memory
    assert finished.peak_memory == pytest.approx(measured.memory, rel=0.3)


def test_what_costs_the_same_is_measured_once(monkeypatch: pytest.MonkeyPatch):
    chosen = job(LINEAR)
    first = forecast(chosen)
    same = job(LINEAR, epochs=9, learning_rate=0.5, schedule="cosine", seed=3)
    assert forecast_key(same) == forecast_key(chosen)
    monkeypatch.setattr(module, "_measure", None)
    assert forecast(same) == first
    for other in (job(LINEAR, batch_size=8), job(CNN), job(LINEAR, optimizer="adam")):
        assert forecast_key(other) != forecast_key(chosen)
        assert recall(other) is None


def test_an_old_forecast_is_forgotten():
    chosen = job(LINEAR)
    forecast(chosen)
    path = module._path(chosen)
    old = time.time() - FRESH_SECONDS - 1
    os.utime(path, (old, old))
    assert recall(chosen) is None
    path.write_text('{"steps_per_epoch": ')
    assert recall(chosen) is None


def test_a_step_that_is_too_long_to_try_is_measured_with_fewer_pictures(
    monkeypatch: pytest.MonkeyPatch,
):
    whole = forecast(job(CNN, batch_size=512))
    monkeypatch.setattr(module, "recall", lambda _job: None)
    work = 3 * 934_760  # the tutorial network's mult-adds, forward and backward
    monkeypatch.setitem(module._MULT_ADDS_PER_SECOND, "cpu", 128 * work)
    tried: list[int] = []
    train = module._train

    def watched(short, dataset):
        tried.append(short.recipe.batch_size)
        return train(short, dataset)

    monkeypatch.setattr(module, "_train", watched)
    part = forecast(job(CNN, batch_size=512))
    assert tried == [128]
    assert part.steps_per_epoch == whole.steps_per_epoch
    assert part.memory == pytest.approx(whole.memory, rel=0.3)


def test_what_does_not_fit_says_what_would(monkeypatch: pytest.MonkeyPatch):
    assert fitting_batch(1000, 1000, 200, 8) is None
    assert fitting_batch(1000, 999, 200, 8) == 99
    assert fitting_batch(1000, 100, 200, 8) == 0
    assert fitting_batch(None, 100, 200, 8) is None
    monkeypatch.setattr(module, "available_memory", lambda _device: 1_000_000)
    assert forecast(job(LINEAR)).fitting == 0


def test_pretrained_weights_are_not_downloaded_for_it():
    from explorer.network.blocks import Pretrained

    network = NetworkSpec(
        name="Pre",
        input=TUTORIAL_CNN.input.model_copy(update={"channels": 3}),
        layers=(Pretrained(model="resnet18"), Flatten(), Linear(out_features=10)),
    )
    (contender,) = module._offline(job(Contender(name="P", network=network))).contenders
    assert contender.network.layers[0].weights == "random"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ref", "fold"),
    [(DatasetRef(source="digits"), None), (DatasetRef(source="digits"), Fold(number=1, of=5))],
)
def test_sizes_are_those_of_the_split(ref: DatasetRef, fold: Fold | None):
    from explorer.datasets.catalog import prepare

    real = prepare(ref, SMALL_INPUT, fold=fold)
    said = sizes(ref, 0.1, fold)
    for expected, split in zip(said, (real.train, real.validation, real.test), strict=False):
        assert abs(expected - len(split)) <= 12  # every class is rounded for itself
    assert said.classes == 10


def test_the_peak_of_memory_is_seen_after_it_is_over():
    peak = PeakMemory(torch.device("cpu"))
    before = peak.bytes()
    if before is None:
        pytest.skip("the system does not say")
    large = torch.ones(50_000_000, dtype=torch.uint8)
    del large
    after = peak.bytes()
    assert after is not None and 45e6 < after - before < 80e6


def test_a_forecast_counts_validation_too():
    known = Forecast(10, 0.5, 2.0, None, None, None, "CPU", "fp32")
    assert known.epoch_seconds == 7
