"""Replayed steps: when they are chosen, and that they change nothing but the time.

On the processor there are no graphs, so stand-ins that really run take their place.
"""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.training import learner as learning
from explorer.training import loop, probe
from explorer.training.events import EpochEnd, Finished, Started
from explorer.training.graphs import Forward, Trial, record, why_not
from explorer.training.pictures import Pictures
from explorer.training.probe import Plan
from explorer.training.recipe import Job
from explorer.training.resume import load_run
from tests.training.jobs import DROPOUT, LINEAR, digits, job, of, run
from tests.training.learners import CPU, DEEP, NETWORK, batches, learner

pytestmark = pytest.mark.usefixtures("one_thread")


def compiled(network: nn.Module, _sample: Tensor) -> Forward:
    """Forward and backward taken down by PyTorch's compiler, and run as they were taken down."""
    return torch.compile(network, backend="aot_eager")  # type: ignore[return-value]


class _Written(torch.autograd.Function):
    """Writes a result where all results go, as a graph does."""

    @staticmethod
    def forward(ctx: Any, result: Tensor, place: Tensor) -> Tensor:
        place.copy_(result)
        return place.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0], None


def one_place(network: nn.Module, sample: Tensor) -> Forward:
    """Results that lie in the same memory at every step; recording runs the network three times."""
    for _ in range(3):
        place = network(sample).detach().clone()
        network(sample).sum().backward()
    return lambda images: _Written.apply(network(images), place)  # type: ignore[no-any-return]


def broken(_network: nn.Module, _sample: Tensor) -> Forward:
    raise RuntimeError("operation not permitted when stream is capturing\nmore lines")


def doubled(network: nn.Module, _sample: Tensor) -> Forward:
    return lambda images: 2 * network(images)


@pytest.mark.parametrize(
    ("plain", "other", "steps", "words"),
    [
        (Trial(1.0, (2.3, 2.2)), Trial(0.5, (2.3, 2.2), preparing=4), 20, ""),
        (Trial(1.0, (2.3, 2.2)), Trial(0.5, (2.3, 2.2), preparing=6), 20, "too short"),
        (Trial(1.0, (2.3, 2.2)), Trial(0.96, (2.3, 2.2)), 1000, "not faster"),
        (Trial(1.0, (2.3, 2.2)), Trial(0.5, (2.3, 2.21)), 1000, "other ones"),
        (Trial(1.0, (2.3, 2.2)), Trial(0.5, (2.3, math.nan)), 1000, "other ones"),
        (Trial(1.0, (2.3, 2.2)), Trial(0.5, ()), 1000, "other ones"),
        (Trial(1.0, (2.3,)), Trial(0.5, (2.3001, 2.2)), 1000, ""),
        (Trial(1.0, (2.3,)), Trial(math.inf, problem="no memory"), 1000, "no memory"),
    ],
)
def test_it_is_chosen_if_it_is_faster_the_same_and_soon_worth_it(
    plain: Trial, other: Trial, steps: int, words: str
):
    found = why_not(plain, other, steps)
    assert words in found and bool(found) is bool(words)


@pytest.mark.parametrize("recorder", [compiled, one_place])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_replayed_steps_are_the_steps(recorder: Any, precision: Any):
    plain, replayed = (learner(NETWORK, precision=precision) for _ in range(2))
    taken = batches(4)
    assert replayed.record(taken[0][0], recorder) == ""
    taken.append((taken[0][0][:7], taken[0][1][:7]))  # the last of an epoch is smaller
    answers = []
    for number, (images, labels) in enumerate(taken, 1):
        expected, came = (one.step(images, labels, number) for one in (plain, replayed))
        answers.append((expected, came))
    for expected, came in answers:  # those of the first step are still its own
        torch.testing.assert_close(came, expected)
    for name, weight in plain.network.state_dict().items():
        torch.testing.assert_close(replayed.network.state_dict()[name], weight)


def test_recording_leaves_no_trace_in_the_network():
    network = learner(DEEP).network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    record(network, batches(1)[0][0], one_place)
    assert any("running_mean" in name for name in before)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(parameter.grad is None for parameter in network.parameters())


def test_what_cannot_be_recorded_goes_on_as_before_and_says_why():
    images, labels = batches(1)[0]
    assert "dropout" in learner(DEEP).record(images, compiled)
    assert learner().record(images) == "there is no GPU"
    plain, tried = learner(), learner()
    problem = tried.record(images, broken)
    assert problem == (
        "the network could not be recorded (operation not permitted when stream is capturing)"
    )
    torch.testing.assert_close(tried.step(images, labels, 1), plain.step(images, labels, 1))


@pytest.mark.parametrize(
    ("recorder", "chosen", "words"),
    [
        (doubled, job(NETWORK), "its losses were other ones"),
        (broken, job(NETWORK), "could not be recorded"),
        (compiled, job(NETWORK, DROPOUT), "dropout"),
    ],
)
def test_the_probe_stays_with_plain_steps_and_notes_why(recorder: Any, chosen: Job, words: str):
    best = Plan("fp32", 1, 0.5)
    found = probe._with_graphs(chosen, Pictures(digits().train, CPU), CPU, best, recorder)
    assert found == best and not found.graphs
    assert found.note.startswith("Without CUDA graphs: ") and words in found.note


@pytest.mark.parametrize(("seconds", "expected"), [(0.4, True), (0.99, False)])
def test_the_probe_takes_what_is_faster(
    seconds: float, expected: bool, monkeypatch: pytest.MonkeyPatch
):
    """With real steps and real losses; only the clock's result is given."""
    trial = probe._trial

    def timed(*arguments: Any) -> Trial:
        real = trial(*arguments)
        recorded = len(arguments) > 5
        return Trial(seconds if recorded else 1.0, real.losses, real.problem, 0.1)

    monkeypatch.setattr(probe, "_trial", timed)
    best = Plan("fp32", 1, 1.0)
    found = probe._with_graphs(job(LINEAR), Pictures(digits().train, CPU), CPU, best, compiled)
    assert found.graphs is expected
    assert found.step_seconds == (0.4 if expected else 1.0)
    assert found.note == ("" if expected else "Without CUDA graphs: it was not faster.")


def test_a_run_keeps_to_its_plan_and_tells_what_does_not_work_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    chosen, how = job(LINEAR, epochs=2), Plan("fp32", 1, 0.001, graphs=True)
    plain = run(chosen, how=Plan("fp32", 1, 0.001))
    without = run(chosen, how=how, directory=tmp_path)
    (started,) = of(without, Started)
    assert started.contenders[0].notes == (
        "Its steps are not replayed from CUDA graphs: there is no GPU.",
    )
    assert started.plan["graphs"] is True
    stored = load_run(tmp_path, chosen, started.dataset.hash)
    assert stored is not None
    assert loop._plan_of(stored[0], CPU) == how, "another process does as this one did"

    record_as = learning.Learner.record
    monkeypatch.setattr(
        learning.Learner, "record", lambda self, images: record_as(self, images, compiled)
    )
    replayed = run(chosen, how=how)
    assert of(replayed, Started)[0].contenders[0].notes == ()
    assert isinstance(replayed[-1], Finished)
    for one, other, third in zip(
        of(plain, EpochEnd), of(without, EpochEnd), of(replayed, EpochEnd), strict=True
    ):
        assert one.train == other.train
        assert third.train[0].loss == pytest.approx(one.train[0].loss, rel=1e-5)
