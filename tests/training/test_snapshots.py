"""Snapshots show what is inside the networks, and training does not notice that they are taken."""

import base64
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor

from explorer.datasets.dataset import Dataset, Split
from explorer.network.activations import layer_outputs
from explorer.network.build import build
from explorer.network.layers import Conv2d, Flatten, Linear
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.shapes import Trace
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training import snapshots
from explorer.training.checkpoint import load
from explorer.training.control import Control
from explorer.training.events import EpochEnd, Event, Finished, Progress, Saved, Snapshot
from explorer.training.inside import Planes
from explorer.training.learner import Learner, Lesson, lesson
from explorer.training.loop import train
from explorer.training.ready import ready
from explorer.training.recipe import Job, Recipe
from explorer.training.snapshots import Snapshots, chosen_samples, planned_steps
from explorer.training.told import told_by
from tests.training.jobs import BASELINE, CNN, DIGITS, DROPOUT, LINEAR, digits, job, of, run
from tests.training.many_labels import contender, numbers

CPU = torch.device("cpu")
LARGE = InputShape(channels=3, height=96, width=96)


def values(planes: Planes) -> Tensor:
    """What the bytes stand for."""
    codes = torch.frombuffer(bytearray(base64.b64decode(planes.codes)), dtype=torch.uint8)
    return planes.low + codes.reshape(planes.shape) / 255 * (planes.high - planes.low)


def taking(*networks: NetworkSpec, dataset: Dataset | None = None) -> Snapshots:
    """Snapshots of untrained networks."""
    chosen = job(*networks)
    dataset = dataset or digits()
    prepared = ready(chosen, dataset, CPU)
    facts = lesson(1, dataset.train.labels, len(dataset.classes))
    learners = [Learner(each, chosen.recipe, CPU, "fp32", facts) for each in chosen.contenders]
    return _of(learners, prepared.traces, dataset, chosen)


def _of(
    learners: list[Learner], traces: tuple[Trace, ...], dataset: Dataset, job: Job
) -> Snapshots:
    loss = job.recipe.loss
    return Snapshots(learners, traces, dataset, CPU, loss=loss, total=100, told=None, wanted=True)


@pytest.mark.parametrize("total", [1, 5, 42, 1688, 10**6])
def test_planned_snapshots_are_few_and_closest_at_the_beginning(total: int) -> None:
    steps = planned_steps(total)
    assert (steps[0], steps[-1]) == (0, total)
    assert len(steps) <= 37
    gaps = [after - before for before, after in pairwise(steps)]
    assert all(after >= before - 1 for before, after in pairwise(gaps))


def test_samples_are_the_first_of_each_class_in_turn() -> None:
    assert chosen_samples(torch.tensor([1, 1, 0, 1, 0])) == [2, 0, 4, 1, 3]
    assert len(chosen_samples(digits().validation.labels)) == 12


@pytest.mark.parametrize("aside", [0, 1 << 20])
def test_training_does_not_notice(aside: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropout, batch normalisation and the very same losses, with a snapshot at every step.

    Either of the networks themselves, at once, or of what was put aside, all of it at the end.
    """
    monkeypatch.setattr(snapshots, "_MOST_BYTES_ASIDE", aside)
    monkeypatch.setattr(snapshots, "_SHARE", -1.0 if aside else 1e9)
    chosen = job(DROPOUT, LINEAR, epochs=2)
    state = torch.random.get_rng_state()
    looked_at = run(chosen, pace=0)
    assert torch.equal(torch.random.get_rng_state(), state)
    undisturbed = run(chosen, pace=None)
    assert len(of(looked_at, Snapshot)) == len(planned_steps(42))
    assert not of(undisturbed, Snapshot)
    late = [event.kind for event in looked_at[-20:]].count("snapshot")
    assert late > 10 if aside else late < 10

    def told(events: list[Event]) -> list[object]:
        epochs = [(event.train, event.validation) for event in of(events, EpochEnd)]
        (finished,) = of(events, Finished)
        return [epochs, [(each.test_loss, each.test_accuracy) for each in finished.results]]

    assert told(looked_at) == told(undisturbed)


def test_whoever_leaves_the_rest_to_another_process_tells_what_was_put_aside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(snapshots, "_SHARE", -1.0)
    chosen, control, before = job(LINEAR, epochs=2), Control(), []
    for event in train(chosen, dataset=digits(), directory=tmp_path, pace=0, control=control):
        before.append(event)
        if isinstance(event, Progress) and event.step == 20:
            control.suspend()
    after = run(chosen, directory=tmp_path, pace=0, told=told_by(before))
    steps = [event.step for event in of(before + after, Snapshot)]
    assert steps == planned_steps(42)


def test_the_last_shows_the_networks_that_are_saved(tmp_path: Path) -> None:
    events = run(job(CNN, BASELINE), directory=tmp_path)
    first, *_, last = of(events, Snapshot)
    assert (first.step, last.step) == (0, of(events, Saved)[0].step)
    assert len(first.samples) == 12
    assert not last.samples
    dataset = digits(CNN.network.input)
    pictures = dataset.validation.images[[sample.index for sample in first.samples]].float() / 255
    cnn, baseline = last.contenders
    for inside, name in ((cnn, "CNN"), (baseline, "Baseline")):
        _, network = load(tmp_path / of(events, Saved)[0].files[name])
        network.eval()
        with torch.no_grad():
            expected = network(pictures).softmax(1).topk(3)
        labels = [[label for label, _ in answer] for answer in inside.answers]
        assert labels == expected.indices.tolist()
        chances = torch.tensor([[chance for _, chance in answer] for answer in inside.answers])
        torch.testing.assert_close(chances, expected.values, atol=1e-4, rtol=0)
        assert inside.weights is not None
        weight = network.get_parameter(f"{inside.weights.layer}.weight").detach()
        torch.testing.assert_close(
            values(inside.weights),
            weight.reshape(inside.weights.shape),
            atol=inside.weights.high / 127,
            rtol=0,
        )
        assert inside.weights.low == -inside.weights.high
        names = [planes.layer for planes in inside.outputs]
        outputs = layer_outputs(network, pictures[:1], names)
        for planes in inside.outputs:
            output = outputs[planes.layer][0]
            shown = output[:6, None] if output.dim() == 3 else output[None, None, None]
            step = (planes.high - planes.low) / 255
            torch.testing.assert_close(values(planes), shown, atol=step, rtol=1e-3)
    assert [planes.layer for planes in cnn.outputs] == ["conv1", "pool1", "conv2"]
    assert baseline.weights is not None
    assert baseline.weights.shape == (16, 1, 28, 28)


def test_large_networks_make_no_large_snapshots() -> None:
    """Four contenders on 96×96 colour pictures, with large kernels and many rows."""
    networks = [
        NetworkSpec(
            name=f"{number}",
            input=LARGE,
            layers=(
                Conv2d(out_channels=64, kernel_size=11),
                Conv2d(out_channels=64, kernel_size=5),
                Flatten(),
                Linear(out_features=2),
            )
            if number
            else (Flatten(), Linear(out_features=256), Linear(out_features=2)),
        )
        for number in range(4)
    ]
    noise = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (20, *LARGE.shape), dtype=torch.uint8, generator=noise)
    split = Split(pictures, torch.arange(20) % 2)
    zeros = (0.0,) * 3
    dataset = Dataset("Noise", ("a", "b"), split, split, split, "", zeros, (1.0,) * 3)
    taken = taking(*networks, dataset=dataset)
    (first,) = taken.first()
    (later,) = taken.last(1, 1, 1.0)
    assert len(later.model_dump_json()) < 100_000
    assert len(first.model_dump_json()) < 160_000
    weights = first.contenders[0].weights
    assert weights is not None
    assert weights.shape[1:] == (3, 16, 16)  # averaged 6 by 6
    assert weights.total == 256


def test_numbers_that_are_none_are_shown_as_zero() -> None:
    taken = taking(DROPOUT)
    weight = taken._learners[0].network.get_parameter("conv1.weight")
    with torch.no_grad():
        weight[0] = float("nan")
    (snapshot,) = taken.first()
    weights = snapshot.contenders[0].weights
    assert weights is not None
    assert values(weights)[0].abs().max() < weights.high / 127


def test_of_many_labels_each_class_has_a_chance_of_its_own() -> None:
    dataset = numbers()
    chosen = Job(
        contenders=(contender("A"),), dataset=DIGITS, recipe=Recipe(loss="bce_with_logits")
    )
    (learner,) = [Learner(chosen.contenders[0], chosen.recipe, CPU, "fp32", Lesson(1))]
    traces = ready(chosen, dataset, CPU).traces
    (snapshot,) = _of([learner], traces, dataset, chosen).first()
    for sample, answer in zip(snapshot.samples, snapshot.contenders[0].answers, strict=True):
        shown = dataset.validation.labels[sample.index]
        assert list(sample.labels) == shown.nonzero().flatten().tolist()
        picture = dataset.validation.images[sample.index].unsqueeze(0).float() / 255
        learner.network.eval()
        chances = learner.network(picture).sigmoid()[0].tolist()
        for label, chance in answer:
            assert chance == pytest.approx(chances[label], abs=1e-4)


def test_what_cannot_be_seen_as_pictures_is_left_out() -> None:
    """Rows of weights that are not as long as a picture."""
    network = NetworkSpec(
        name="Pooled first",
        input=TUTORIAL_CNN.input,
        layers=(
            *TUTORIAL_CNN.layers[1:2],
            Flatten(),
            Linear(out_features=10),
        ),
    )
    assert build(network)
    (snapshot,) = taking(network, dataset=digits(network.input)).first()
    (inside,) = snapshot.contenders
    assert inside.weights is None
    assert [planes.kind for planes in inside.outputs] == ["MaxPool2d", "Linear"]
