"""The state of a learner: another goes on from it bit for bit, and a foreign one is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.training.augment import augmenter
from explorer.training.augmentation import Augmentation
from explorer.training.learner import Learner, LearnerState
from explorer.training.recipe import Recipe
from tests.training.jobs import DROPOUT
from tests.training.learners import (
    DEEP,
    OPTIMIZERS,
    STEPS_PER_EPOCH,
    batches,
    chosen,
    learner,
    loss_and_accuracy,
)

RESUMED = [
    *((name, {"schedule": "none"}) for name in OPTIMIZERS),
    ("sgd", {"schedule": "one_cycle", "max_norm": 0.5, "label_smoothing": 0.1}),
    ("adamw", {"schedule": "plateau", "plateau_patience": 0, "factor": 0.3}),
    ("sgd", {"schedule": "plateau", "plateau_patience": 1}),
    ("adam", {"schedule": "step", "step_size": 1, "tested_weights": "best", "patience": 4}),
    ("sgd", {"schedule": "cosine", "warmup_epochs": 1.5, "class_weights": "balanced"}),
]


@pytest.mark.parametrize("stop", [0, 12])
@pytest.mark.parametrize(("optimizer", "more"), RESUMED)
def test_it_goes_on_where_it_was_bit_for_bit(
    optimizer: str, more: dict[str, Any], stop: int
) -> None:
    """With dropout, augmentation, and a rate set by hand; the state goes through JSON."""
    recipe = chosen(optimizer) | more
    recipe["augmentation"] = Augmentation(horizontal_flip=0.5, crop_padding=2, rotation=10)
    augment = augmenter(Recipe(**recipe))
    assert augment is not None

    def train(one: Learner, after: int, until: int) -> list[float]:
        losses = []
        for number, (images, labels) in enumerate(batches(14), 1):
            if not after < number <= until:
                continue
            if number in (3, 9):
                one.set_learning_rate(one.learning_rate * 0.7)
            losses.append(float(one.step(augment(images, number), labels, number)[0]))
            if number % STEPS_PER_EPOCH == 0:
                one.end_epoch(number // STEPS_PER_EPOCH, loss_and_accuracy(2 - 1 / number))
        return losses

    whole, first, second = (learner(DEEP, **recipe) for _ in range(3))
    expected = train(whole, 0, 14)
    assert train(first, 0, stop) == expected[:stop]
    state = first.state()
    numbers = json.loads(json.dumps(state.numbers, allow_nan=False))
    train(first, stop, 14)  # the state is a copy: nobody changes it afterwards
    second.load_state(LearnerState(state.tensors, numbers))
    assert train(second, stop, 14) == expected[stop:]
    assert second.learning_rate == whole.learning_rate
    assert second.state().numbers | {"seconds": 0} == whole.state().numbers | {"seconds": 0}
    assert second.settle() == whole.settle()
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name]), name


def test_a_state_can_be_written_as_safetensors() -> None:
    from safetensors.torch import load, save

    one = learner(DROPOUT, tested_weights="best")
    one.step(*batches(1)[0], 1)
    one.end_epoch(1, loss_and_accuracy(1.0))
    state = one.state()
    again = load(save(state.tensors))
    assert {name.partition(".")[0] for name in again} == {"network", "optimizer", "best"}
    other = learner(DROPOUT, tested_weights="best")
    other.load_state(LearnerState(again, state.numbers))
    for name, tensor in one.state().tensors.items():
        assert torch.equal(tensor, other.state().tensors[name])


def edited(name: str, tensor: Tensor | None) -> Callable[[LearnerState], LearnerState]:
    def edit(state: LearnerState) -> LearnerState:
        tensors = dict(state.tensors)
        tensors.pop(name, None)
        if tensor is not None:
            tensors[name] = tensor
        return LearnerState(tensors, state.numbers)

    return edit


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (edited("network.conv1.weight", None), "other names"),
        (edited("network.conv1.weight", torch.zeros(4, 1, 3, 4)), "another shape"),
        (edited("network.conv9.weight", torch.zeros(1)), "other names"),
        (edited("optimizer.0.momentum_buffer", torch.zeros(7)), "0.momentum_buffer"),
        (edited("optimizer.77.momentum_buffer", torch.zeros(())), "77.momentum_buffer"),
        (edited("optimizer.x.momentum_buffer", torch.zeros(())), "x.momentum_buffer"),
        (edited("best.conv1.weight", torch.zeros(4, 1, 3, 3)), "other names"),
        (edited("elsewhere.weight", torch.zeros(1)), "elsewhere.weight"),
        (lambda it: LearnerState(it.tensors, it.numbers | {"more": 1}), "more"),
        (lambda it: LearnerState(it.tensors, {"steps": 1}), "missing"),
        (lambda it: LearnerState(it.tensors, it.numbers | {"scaler": {}}), "precision"),
    ],
)
def test_a_foreign_state_is_refused(
    edit: Callable[[LearnerState], LearnerState], named: str
) -> None:
    one = learner()
    one.step(*batches(1)[0], 1)
    state = one.state()
    assert "network.conv1.weight" in state.tensors
    assert "optimizer.0.momentum_buffer" in state.tensors
    with pytest.raises(ExplorerError, match=named):
        learner().load_state(edit(state))
