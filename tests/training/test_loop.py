"""train(job): fair, repeatable, honest, and quick to stop. On real digits."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from pydantic import TypeAdapter
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from torch.nn.functional import cross_entropy

from explorer.datasets.dataset import Split
from explorer.datasets.reference import Fold
from explorer.network.build import build
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.spec import Normalisation
from explorer.training import checkpoint, loop, measure
from explorer.training.events import (
    EpochEnd,
    Event,
    EventAdapter,
    Failed,
    Finished,
    Preparing,
    Progress,
    Saved,
    Started,
    TrainingEnded,
)
from explorer.training.pictures import epoch_order, steps
from explorer.training.probe import Plan
from tests.training import jobs
from tests.training.jobs import BASELINE, CNN, DROPOUT, LINEAR, job, of, run

# Another order of batches, weights or dropout shows in the second digit; where a tensor happens to
# lie in memory may show in the seventh.
ROUNDING = 1e-5


def losses(events: list[Event], contender: int = 0) -> list[float]:
    """What does not depend on time: the losses of each epoch and of the test."""
    epochs = of(events, EpochEnd)
    return [
        *(event.train[contender].loss for event in epochs),
        *(event.validation[contender].loss for event in epochs),
        of(events, Finished)[0].results[contender].test_loss,
    ]


def test_it_computes_as_an_earlier_run_did(monkeypatch: pytest.MonkeyPatch):
    """Without trying which way is fastest here, which may be another."""
    monkeypatch.setattr(loop, "plan", lambda *_: pytest.fail("it was tried"))
    [started] = of(run(job(LINEAR, precision="auto"), how=Plan("bf16", 1, 0.25)), Started)
    assert (started.precision, started.device) == ("bf16", "CPU, 1 thread")
    assert TypeAdapter(Plan).validate_python(started.plan) == Plan("bf16", 1, 0.25)


def test_events_come_in_order_and_survive_json(tmp_path: Path):
    events = list(loop.train(job(CNN, BASELINE, epochs=2), directory=tmp_path))
    order = [event.kind for event in events]
    first = order.index("started")
    assert set(order[:first]) <= {"preparing"}
    assert order[-3:] == ["training_ended", "saved", "finished"]
    assert order.count("epoch_end") == 2
    assert set(order[first + 1 : -3]) == {"progress", "snapshot", "epoch_end"}
    for event in events:
        assert EventAdapter.validate_json(EventAdapter.dump_json(event)) == event
    started, ended = of(events, Started)[0], of(events, TrainingEnded)[0]
    assert len(started.dataset.hash) == 64 and started.machine
    assert started.machine.versions["torch"] == torch.__version__.partition("+")[0]
    assert started.steps_per_epoch == steps(started.dataset.train, 64)
    assert ended.step == 2 * started.steps_per_epoch
    assert (started.dataset.name, started.dataset.test) == ("Digits", 359)
    assert [(it.name, it.parameters, it.mult_adds) for it in started.contenders] == [
        ("CNN", 13_686, 934_760),
        ("Baseline", 12_730, 12_704),
    ]
    timed = of(events, (Progress, EpochEnd, TrainingEnded))
    for number in ("seconds", "step"):
        values = [getattr(event, number) for event in timed]
        assert values == sorted(values)
    assert of(events, Progress)[-1].step == ended.step
    assert sum(result.seconds for result in of(events, Finished)[0].results) <= ended.seconds


def test_progress_is_the_mean_since_the_previous_one():
    """Weighted by their pictures, all of them together are the mean of the epoch."""
    events = run(job(CNN, BASELINE))
    train, batch = len(jobs.digits(TUTORIAL_CNN.input).train), 64
    last, totals = 0, [[0.0, 0.0], [0.0, 0.0]]
    for event in of(events, Progress):
        count = min(event.step * batch, train) - last
        last += count
        for total, one in zip(totals, event.contenders, strict=True):
            total[0] += count * one.loss
            total[1] += count * one.accuracy
    assert last == train
    for total, one in zip(totals, of(events, EpochEnd)[0].train, strict=True):
        assert [total[0] / train, total[1] / train] == pytest.approx([one.loss, one.accuracy])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_two_epochs_equal_a_loop_written_by_hand(optimizer: str, tmp_path: Path):
    chosen = job(CNN, optimizer=optimizer, epochs=2, learning_rate=0.01, weight_decay=0.001, seed=5)
    dataset = jobs.few(300, TUTORIAL_CNN.input)
    events = run(chosen, dataset=dataset, directory=tmp_path)

    torch.manual_seed(5)
    network = build(TUTORIAL_CNN)
    if optimizer == "sgd":
        by_hand = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, weight_decay=0.001)
    else:
        by_hand = torch.optim.Adam(network.parameters(), 0.01, weight_decay=0.001)
    inputs, labels = jobs.pixels(dataset.train), dataset.train.labels
    means = []
    for epoch in (1, 2):
        total, correct = 0.0, 0
        for indices in epoch_order(300, 5, epoch).split(64):
            by_hand.zero_grad()
            logits = network(inputs[indices])
            loss = cross_entropy(logits, labels[indices])
            loss.backward()
            by_hand.step()
            total += loss.item() * len(indices)
            correct += int((logits.argmax(1) == labels[indices]).sum())
        means.append((total / 300, correct / 300))
    for event, expected in zip(of(events, EpochEnd), means, strict=True):
        assert _pair(event.train[0]) == pytest.approx(expected, rel=1e-3)
    _, trained = checkpoint.load(tmp_path / of(events, Saved)[0].files["CNN"])
    for found, expected in zip(trained.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=0.01, atol=1e-3)


def test_every_picture_is_seen_once_an_epoch_in_an_order_of_its_own():
    first, second = epoch_order(1000, 3, 1), epoch_order(1000, 3, 2)
    for order in (first, second, epoch_order(1000, 4, 1)):
        assert torch.equal(order.sort().values, torch.arange(1000))
    assert not torch.equal(first, second)
    assert not torch.equal(first, epoch_order(1000, 4, 1))
    assert torch.equal(first, epoch_order(1000, 3, 1))


@pytest.mark.parametrize("network", [TUTORIAL_CNN, DROPOUT])
def test_the_same_job_gives_the_same_losses(network):
    torch.manual_seed(123)
    first = run(job(network, epochs=2))
    torch.manual_seed(321)
    torch.rand(100)
    second = run(job(network, epochs=2))
    assert losses(first) == pytest.approx(losses(second), rel=ROUNDING)
    assert losses(run(job(network, epochs=2, seed=1))) != losses(first)


def test_precision_auto_gives_the_same_losses_too():
    chosen = job(CNN, BASELINE, precision="auto")
    assert losses(run(chosen)) == pytest.approx(losses(run(chosen)), rel=ROUNDING)


def test_training_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    run(job(DROPOUT))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_the_planned_number_of_threads_is_used_and_given_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loop, "plan", lambda *_: Plan("fp32", 1, 0.001))
    torch.set_num_threads(2)  # given back by the fixture
    events = loop.train(job(LINEAR), dataset=jobs.digits())
    assert next(events).kind == "started"
    assert torch.get_num_threads() == 1
    list(events)
    assert torch.get_num_threads() == 2


def test_a_contender_learns_the_same_alone_or_beside_another():
    both = run(job(LINEAR, DROPOUT))
    swapped = run(job(DROPOUT, LINEAR))
    for contender, alone in enumerate((LINEAR, DROPOUT)):
        expected = pytest.approx(losses(run(job(alone))), rel=ROUNDING)
        assert losses(both, contender) == expected
        assert losses(swapped, 1 - contender) == expected


@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 0.05), ("adam", 0.005)])
def test_it_learns(optimizer: str, rate: float):
    events = run(job(CNN, BASELINE, epochs=8, optimizer=optimizer, learning_rate=rate))
    epochs = of(events, EpochEnd)
    for index, result in enumerate(of(events, Finished)[0].results):
        assert epochs[-1].train[index].loss < 0.3 * epochs[0].train[index].loss
        assert result.test_accuracy > 0.88


def test_results_equal_those_recomputed_from_the_saved_weights(tmp_path: Path):
    chosen = job(CNN, BASELINE, epochs=2, learning_rate=0.03, normalisation="dataset")
    events = run(chosen, directory=tmp_path)
    dataset = jobs.digits(TUTORIAL_CNN.input)
    saved, finished = of(events, Saved)[0], of(events, Finished)[0]
    predictions = []
    for index, result in enumerate(finished.results):
        spec, network = checkpoint.load(tmp_path / saved.files[result.name])
        assert spec.normalisation == Normalisation(mean=dataset.mean, std=dataset.std)
        for split, found in (
            (dataset.test, (result.test_loss, result.test_accuracy)),
            (dataset.validation, _pair(of(events, EpochEnd)[-1].validation[index])),
        ):
            with torch.inference_mode():
                probabilities = network(jobs.pixels(split)).softmax(1).numpy()
            accuracy = accuracy_score(split.labels, probabilities.argmax(1))
            loss = log_loss(split.labels, probabilities, labels=range(10))
            assert found == pytest.approx((loss, accuracy), rel=1e-4)
            if split is dataset.test:
                predictions.append(probabilities)
    differing = (predictions[0].argmax(1) != predictions[1].argmax(1)).nonzero()[0]
    assert finished.disagreement_count == len(differing) > 0
    assert len(finished.disagreements) == min(24, len(differing))
    for shown in finished.disagreements:
        assert shown.index in differing
        assert shown.label == dataset.test.labels[shown.index]
        for said, probabilities in zip(shown.predictions, predictions, strict=True):
            assert said.label == probabilities[shown.index].argmax()
            assert said.probability == pytest.approx(probabilities[shown.index].max(), rel=1e-4)
    right = [one.argmax(1) == dataset.test.labels.numpy() for one in predictions]
    tables = confusion_matrix(*right)  # of the first being right and of the second
    (paired,) = finished.paired
    assert paired.contenders == (0, 1)
    assert paired.right_alone == (tables[1, 0], tables[0, 1])


def _pair(one: measure.Measure) -> tuple[float, float]:
    return one.loss, one.accuracy


def test_disagreements_show_the_picture_as_the_networks_saw_it():
    import base64
    import io

    import numpy as np
    from PIL import Image

    events = run(job(CNN, BASELINE))
    test = jobs.digits(TUTORIAL_CNN.input).test
    for shown in of(events, Finished)[0].disagreements:
        image = Image.open(io.BytesIO(base64.b64decode(shown.png)))
        assert np.array_equal(np.asarray(image), test.images[shown.index, 0].numpy())


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (2, 1), (64, 1), (65, 1), (66, 2)])
@pytest.mark.parametrize("network", [LINEAR, DROPOUT])
def test_odd_numbers_of_pictures(count: int, expected: int, network):
    """A last batch of one picture is left out, for batch normalisation could not work on it."""
    events = run(job(network, epochs=2), dataset=jobs.few(count))
    if (network, count) == (DROPOUT, 1):
        assert "needs more than 1 picture" in of(events, Failed)[0].what
        return
    assert of(events, Started)[0].steps_per_epoch == expected
    assert of(events, TrainingEnded)[0].step == 2 * expected


def test_without_validation_pictures_there_is_no_validation():
    whole = jobs.digits()
    none = Split(whole.validation.images[:0], whole.validation.labels[:0])
    events = run(job(LINEAR), dataset=replace(whole, validation=none))
    assert of(events, EpochEnd)[0].validation is None


def test_no_pace_no_progress_and_the_same_result():
    quiet, loud = run(job(LINEAR, epochs=3), pace=None), run(job(LINEAR, epochs=3))
    assert not of(quiet, Progress) and of(loud, Progress)
    assert losses(quiet) == pytest.approx(losses(loud), rel=ROUNDING)


def test_progress_is_paced_by_time():
    events = run(job(CNN, epochs=8))
    seconds = [event.seconds for event in of(events, Progress)]
    for earlier, later in pairwise(seconds[:-1]):
        assert later - earlier >= min(loop.PACE, max(0.01, earlier / 20)) * 0.99
    assert of(events, Progress)[0].step == 1


def test_preparing_is_told():
    events = list(loop.train(job(CNN)))
    told = of(events, Preparing)
    assert told and told[0].message == "Resizing the digits"


def test_bf16_reaches_about_the_same_loss():
    few = jobs.few(400, TUTORIAL_CNN.input)  # without processor instructions for it, bf16 is slow
    exact, rough = (
        run(job(CNN, learning_rate=0.02, precision=precision), dataset=few)
        for precision in ("fp32", "bf16")
    )
    assert of(rough, Started)[0].precision == "bf16"
    assert losses(rough) != losses(exact)
    assert losses(rough)[-1] == pytest.approx(losses(exact)[-1], rel=0.1)


def test_a_fold_of_the_job_is_what_validates() -> None:
    turn = job(LINEAR).model_copy(update={"fold": Fold(number=2, of=4)})
    started = of(list(loop.train(turn)), Started)[0]
    assert started.dataset.notes[0].startswith("Fold 2 of 4:")
    assert started.dataset.validation == pytest.approx(
        (started.dataset.train + started.dataset.validation) / 4, abs=1
    )
