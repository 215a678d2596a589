"""Optimizers behind one face: the short way through a step gives PyTorch's own bits."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from explorer.training.optimizers import Optimizers
from explorer.training.recipe import Recipe


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 3))


def _gradients(network: nn.Module, step: int, *, but: int | None = None) -> None:
    generator = torch.Generator().manual_seed(step)
    for place, weight in enumerate(network.parameters()):
        if place != but:
            weight.grad = torch.randn(weight.shape, generator=generator)


RECIPES: list[tuple[dict[str, Any], Callable[[Any], Optimizer]]] = [
    (
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        lambda weights: SGD(weights, 0.1, 0.9, weight_decay=0.01, nesterov=True, fused=True),
    ),
    ({"optimizer": "sgd", "momentum": 0.0}, lambda weights: SGD(weights, 0.1, fused=True)),
    (
        {"optimizer": "adam", "weight_decay": 0.1},
        lambda weights: Adam(weights, 0.1, weight_decay=0.1, fused=True),
    ),
    (
        {"optimizer": "adamw", "weight_decay": 0.1},
        lambda weights: AdamW(weights, 0.1, weight_decay=0.1, fused=True),
    ),
]


@pytest.mark.parametrize(("recipe", "usual"), RECIPES)
def test_the_short_way_gives_the_bits_of_the_usual_step(
    recipe: dict[str, Any], usual: Callable[[Any], Optimizer]
) -> None:
    ours, theirs = _network(), _network()
    optimizers = Optimizers(ours, Recipe(learning_rate=0.1, **recipe))
    reference = usual(theirs.parameters())
    for step in range(6):
        rate = 0.1 / (step + 1)
        # a weight may be without a gradient now and then, and stays as it is
        without = 1 if step == 3 else None
        for group in reference.param_groups:
            group["lr"] = rate
        _gradients(theirs, step, but=without)
        reference.step()
        reference.zero_grad()
        _gradients(ours, step, but=without)
        optimizers.set_learning_rate(rate)
        optimizers.step(0, None)
        assert all(weight.grad is None for weight in ours.parameters())
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("recipe", [recipe for recipe, _ in RECIPES])
def test_only_the_first_step_is_a_usual_one(recipe: dict[str, Any]) -> None:
    network = _network()
    optimizers = Optimizers(network, Recipe(**recipe))
    usual = []
    # A hook of all optimizers: classes may have got a wrapped step() of their own by then.
    hook = register_optimizer_step_post_hook(lambda optimizer, *_: usual.append(optimizer))
    try:
        for step in range(4):
            before = [weight.clone() for weight in network.parameters()]
            _gradients(network, step)
            optimizers.step(0, None)
            for weight, old in zip(network.parameters(), before, strict=True):
                assert not torch.equal(weight, old)
    finally:
        hook.remove()
    assert len(usual) == 1
