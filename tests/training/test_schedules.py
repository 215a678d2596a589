"""Learning-rate schedules, step for step beside PyTorch's own."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

from explorer.training.recipe import Recipe
from explorer.training.schedules import Best, Plateau, factor


def optimizer() -> SGD:
    return SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def rates(scheduler: LRScheduler, count: int) -> Iterator[float]:
    """The learning rate of every step of PyTorch's scheduler."""
    for _ in range(count):
        yield scheduler.optimizer.param_groups[0]["lr"]
        scheduler.optimizer.step()
        scheduler.step()


def ours(steps_per_epoch: int, count: int, **chosen: Any) -> list[float]:
    recipe = Recipe(**chosen)
    return [factor(recipe, index, steps_per_epoch) for index in range(count)]


@pytest.mark.parametrize(("step_size", "gamma"), [(1, 0.5), (3, 0.1), (40, 0.1)])
def test_steps_as_step_lr_once_an_epoch(step_size: int, gamma: float) -> None:
    expected = list(rates(StepLR(optimizer(), step_size, gamma), 8))
    found = ours(5, 40, schedule="step", step_size=step_size, gamma=gamma, epochs=8)
    assert found[::5] == pytest.approx(expected)
    assert found[4::5] == pytest.approx(expected)


@pytest.mark.parametrize("total", [1, 2, 60])
def test_cosine_as_cosine_annealing_lr_once_a_step(total: int) -> None:
    expected = list(rates(CosineAnnealingLR(optimizer(), total), total))
    assert ours(total, total, schedule="cosine", epochs=1) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("total", "pct_start"), [(10, 0.3), (100, 0.3), (97, 0.11), (50, 0.9)])
def test_one_cycle_as_one_cycle_lr(total: int, pct_start: float) -> None:
    scheduler = OneCycleLR(
        optimizer(), max_lr=1.0, total_steps=total, pct_start=pct_start, cycle_momentum=False
    )
    expected = [*rates(scheduler, total - 1), scheduler.optimizer.param_groups[0]["lr"]]
    found = ours(total, total, schedule="one_cycle", pct_start=pct_start, epochs=1)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("total", "pct_start"), [(1, 0.3), (2, 0.3), (3, 0.3), (10, 0.1)])
def test_one_cycle_without_a_step_to_rise_in_only_falls(total: int, pct_start: float) -> None:
    found = ours(total, total, schedule="one_cycle", pct_start=pct_start, epochs=1)
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0


def test_warm_up_as_linear_lr() -> None:
    warm = LinearLR(optimizer(), start_factor=1 / 6, total_iters=5)
    found = ours(4, 12, warmup_epochs=1.5, epochs=3)
    assert found == pytest.approx(list(rates(warm, 12)))


def test_a_cosine_begins_after_the_warm_up() -> None:
    found = ours(10, 50, schedule="cosine", warmup_epochs=1, epochs=5)
    assert found[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    expected = list(rates(CosineAnnealingLR(optimizer(), 40), 40))
    assert found[10:] == pytest.approx(expected, abs=1e-12)


def test_warm_up_that_outlasts_training_is_all_there_is() -> None:
    assert ours(5, 5, schedule="cosine", warmup_epochs=9, epochs=1)[-1] == 1


@pytest.mark.parametrize("monitor", ["loss", "accuracy"])
@pytest.mark.parametrize("patience", [0, 2, 5])
def test_a_plateau_as_reduce_lr_on_plateau(monitor: str, patience: int) -> None:
    chosen = {"factor": 0.5, "plateau_patience": patience, "monitor": monitor}
    plateau = Plateau(Recipe(schedule="plateau", learning_rate=1, **chosen))
    watched = optimizer()
    mode = "min" if monitor == "loss" else "max"
    expected = ReduceLROnPlateau(watched, mode, factor=0.5, patience=patience)
    generator = torch.Generator().manual_seed(patience)
    reductions = set()
    for epoch in range(60):
        value = 0.5 + float(torch.rand((), generator=generator)) / (10 + epoch)
        plateau.take(value)
        expected.step(value)
        assert plateau.factor == pytest.approx(watched.param_groups[0]["lr"], rel=1e-12)
        reductions.add(plateau.factor)
    assert len(reductions) > 3


@pytest.mark.parametrize(
    ("monitor", "values", "best", "waited"),
    [
        ("loss", [0.5, 0.4, 0.41, 0.4], 0.4, 2),
        ("accuracy", [0.5, 0.4, 0.6, 0.6, 0.59], 0.6, 2),
        ("loss", [0.5, 0.4999999], 0.4999999, 0),
    ],
)
def test_the_best_is_the_first_of_its_kind(monitor, values, best, waited) -> None:
    watched = Best(monitor)
    for value in values:
        watched.take(value)
    assert (watched.value, watched.waited) == (best, waited)
