"""One learner: its steps equal PyTorch's own, it goes on where it was, and rests in time."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from explorer.errors import ExplorerError
from explorer.network.build import build
from explorer.network.layers import Flatten
from explorer.network.spec import NetworkSpec
from explorer.training.learner import lesson
from explorer.training.losses import balanced_weights
from tests.training.jobs import SMALL_INPUT, digits
from tests.training.learners import NETWORK, OPTIMIZERS, batches, chosen, learner, loss_and_accuracy


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_equal_those_of_pytorchs_optimizer(optimizer: str) -> None:
    found = learner(**chosen(optimizer), seed=7)
    torch.manual_seed(7)
    network = build(NETWORK)
    by_hand = OPTIMIZERS[optimizer](list(network.parameters()))
    for number, (images, labels) in enumerate(batches(10), 1):
        loss, logits = found.step(images, labels, number)
        expected = network(images)
        expected_loss = cross_entropy(expected, labels)
        for each in by_hand:
            each.zero_grad()
        expected_loss.backward()
        for each in by_hand:
            each.step()
        torch.testing.assert_close(loss, expected_loss.detach(), rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(logits, expected.detach(), rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_frozen_weights_stay_as_they_are(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def frozen(spec: NetworkSpec) -> nn.Module:
        network = build(spec)
        network.get_submodule("conv1").requires_grad_(False)
        return network

    monkeypatch.setattr("explorer.training.learner.build", frozen)
    one, other = (learner(**chosen(optimizer), max_norm=1.0) for _ in range(2))
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    one.step(*batches(1)[0], 1)
    for name, value in one.network.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("conv1"), name
    other.load_state(one.state())
    losses = [float(each.step(*batches(2)[1], 2)[0]) for each in (one, other)]
    assert losses[0] == losses[1]


def test_a_network_without_weights_is_refused() -> None:
    empty = NetworkSpec(name="Empty", input=SMALL_INPUT, layers=(Flatten(),))
    with pytest.raises(ExplorerError, match="Nothing in the network learns"):
        learner(empty)


def test_smoothing_weights_and_clipping_equal_a_step_by_hand() -> None:
    found = learner(learning_rate=0.1, label_smoothing=0.2, class_weights="balanced", max_norm=0.05)
    torch.manual_seed(0)
    network = build(NETWORK)
    by_hand = SGD(network.parameters(), 0.1, momentum=0.9)
    weights = balanced_weights(torch.bincount(digits().train.labels, minlength=10))
    for number, (images, labels) in enumerate(batches(6), 1):
        loss, _ = found.step(images, labels, number)
        by_hand.zero_grad()
        logits = network(images)
        cross_entropy(logits, labels, weights, label_smoothing=0.2).backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), 0.05)
        assert norm > 0.05  # it is cut every time
        by_hand.step()
        # Reported is the plain loss, as validation reports it.
        torch.testing.assert_close(loss, cross_entropy(logits, labels).detach(), rtol=1e-3, atol=0)
    for weight, expected in zip(found.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, rtol=1e-3, atol=1e-5)


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_class_weight

    labels = torch.tensor([0] * 5 + [1] * 20 + [3] * 2)
    counts = lesson(1, labels, 4).class_counts
    assert counts is not None
    found = balanced_weights(counts)
    classes = labels.unique().numpy()
    expected = compute_class_weight("balanced", classes=classes, y=labels.numpy())
    assert found[[0, 1, 3]].tolist() == pytest.approx(expected.tolist())
    assert found[2] == 0  # a class without pictures


def test_the_schedule_is_followed_step_by_step() -> None:
    one = learner(schedule="one_cycle", learning_rate=0.2)
    rates = []
    for number, (images, labels) in enumerate(batches(8), 1):
        rates.append(one.learning_rate)
        one.step(images, labels, number)
    assert rates[0] == pytest.approx(0.2 / 25)
    assert rates[5] == pytest.approx(0.2)  # 0.3 of 20 steps
    assert rates[7] < 0.2
    assert rates == sorted(rates[:6]) + rates[6:]


def test_a_rate_can_be_set_wherever_a_schedule_has_brought_it() -> None:
    one = learner(schedule="step", step_size=1, gamma=0.001, epochs=1000)
    images, labels = batches(1)[0]
    one.step(images, labels, 5 * 999)
    assert 0 < one.learning_rate < 1e-10
    one.set_learning_rate(0.5)
    assert one.learning_rate == pytest.approx(0.5)


def test_a_rate_set_by_hand_holds_at_once_and_scales_what_follows() -> None:
    plain, changed = (learner(schedule="cosine", learning_rate=0.1) for _ in range(2))
    ratio = 1.0
    for number, (images, labels) in enumerate(batches(10), 1):
        if number == 4:
            changed.set_learning_rate(0.02)
            assert changed.learning_rate == pytest.approx(0.02)
            ratio = 0.02 / plain.learning_rate
        if number == 7:
            changed.scale_learning_rate(0.5)
            ratio *= 0.5
        if number >= 4:
            assert changed.learning_rate == pytest.approx(plain.learning_rate * ratio)
        losses = [float(each.step(images, labels, number)[0]) for each in (plain, changed)]
        assert (losses[0] == losses[1]) == (number <= 4)
    for wrong in (0, -1, float("nan"), 11):
        with pytest.raises(ExplorerError, match="above 0 and at most 10"):
            changed.set_learning_rate(wrong)


def test_it_rests_when_its_patience_is_over_and_offers_its_best_weights() -> None:
    one = learner(patience=2, tested_weights="best")
    weights = []
    for epoch, loss in enumerate((1.0, 0.5, 0.6, 0.5), 1):
        assert not one.resting
        assert one.ending == ""
        one.step(*batches(epoch)[-1], epoch)
        weights.append([weight.detach().clone() for weight in one.network.parameters()])
        one.end_epoch(epoch, loss_and_accuracy(loss))
    assert one.resting
    assert "“Small” stopped learning early" in one.ending
    assert "2 epochs after epoch 2" in one.ending
    one.end_epoch(5, loss_and_accuracy(0.1))
    assert one.best_epoch == 2  # what comes later no longer counts
    assert one.settle() == 2
    for weight, expected in zip(one.network.parameters(), weights[1], strict=True):
        assert torch.equal(weight, expected)


def test_accuracy_decides_if_the_recipe_says_so() -> None:
    one = learner(patience=1, monitor="accuracy", tested_weights="best")
    one.end_epoch(1, loss_and_accuracy(0.5, 0.8))
    one.end_epoch(2, loss_and_accuracy(0.9, 0.9))
    assert not one.resting
    one.end_epoch(3, loss_and_accuracy(0.1, 0.9))
    assert one.resting
    assert one.best_epoch == 2
    assert "no better validation accuracy" in one.ending


def test_the_last_weights_stay_unless_the_best_are_wanted() -> None:
    one = learner()
    one.end_epoch(1, loss_and_accuracy(0.5))
    one.step(*batches(1)[0], 1)
    before = [weight.detach().clone() for weight in one.network.parameters()]
    assert one.settle() is None
    assert one.best_weights() is None
    for weight, expected in zip(one.network.parameters(), before, strict=True):
        assert torch.equal(weight, expected)


def test_without_validation_nothing_follows() -> None:
    one = learner(patience=1, schedule="plateau", plateau_patience=0, tested_weights="best")
    for epoch in range(1, 5):
        one.end_epoch(epoch, None)
    assert not one.resting
    assert one.learning_rate == 0.01
    assert one.settle() is None


def test_fp16_scales_the_loss_and_learns_about_the_same() -> None:
    """On a processor, where training refuses it, the arithmetic can be looked at all the same."""
    exact, half = learner(max_norm=1.0), learner(max_norm=1.0, precision="fp16")
    losses = [0.0, 0.0]
    for number, (images, labels) in enumerate(batches(12), 1):
        losses = [float(each.step(images, labels, number)[0]) for each in (exact, half)]
        assert losses[1] == pytest.approx(losses[0], rel=0.02)
    assert losses[0] != losses[1]
    scaler = half.state().numbers["scaler"]
    assert scaler["scale"] == 65536
    assert scaler["_growth_tracker"] == 12


def test_a_step_whose_gradients_overflow_is_left_out() -> None:
    half = learner(precision="fp16")
    images, labels = batches(1)[0]
    before = [weight.detach().clone() for weight in half.network.parameters()]
    half.step(images * 60000, labels, 1)
    for weight, expected in zip(half.network.parameters(), before, strict=True):
        assert torch.equal(weight, expected)
    assert half.state().numbers["scaler"]["scale"] == 32768
