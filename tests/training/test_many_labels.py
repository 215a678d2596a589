"""Pictures with several labels: what is learned, measured and said is what PyTorch and
scikit-learn say."""

from pathlib import Path
from typing import Any

import pytest
import torch
from sklearn.metrics import average_precision_score, hamming_loss, roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits

from explorer.datasets.dataset import Split
from explorer.training import checkpoint
from explorer.training.control import Control
from explorer.training.events import EpochEnd, Failed, Finished, Progress, Started, Suspended
from explorer.training.losses import TrainingLoss, plain_loss, positive_weights
from explorer.training.measure import Tally
from explorer.training.recipe import Job, Recipe
from explorer.training.results import disagreements
from explorer.training.told import told_by
from tests.training.jobs import DIGITS, LINEAR, job, of, pixels, run
from tests.training.many_labels import contender, numbers

PAIR = (contender("Plain"), contender("Hidden", 16))


def labelled(**recipe: Any) -> Job:
    return job(*PAIR, **{"learning_rate": 0.1, "epochs": 2} | recipe)


def learned(**recipe: Any) -> list[Any]:
    return run(labelled(**recipe), dataset=numbers())


def test_the_results_are_those_of_scikit_learn(tmp_path: Path) -> None:
    events = run(labelled(), dataset=numbers(), directory=tmp_path)
    (finished,) = of(events, Finished)
    assert of(events, Started)[0].dataset.multi_label
    test = numbers().test
    for number, result in enumerate(finished.results, 1):
        network = checkpoint.load(tmp_path / f"contender-{number}.safetensors")[1]
        with torch.inference_mode():
            logits = network(pixels(test))
        truth, scores = test.labels.numpy(), logits.numpy()
        expected = binary_cross_entropy_with_logits(logits, test.labels.float())
        assert result.test_loss == pytest.approx(float(expected), rel=1e-5)
        assert result.test_accuracy == pytest.approx(1 - hamming_loss(truth, scores > 0))
        precisions = [average_precision_score(truth[:, k], scores[:, k]) for k in range(3)]
        areas = [roc_auc_score(truth[:, k], scores[:, k]) for k in range(3)]
        found = [one.average_precision for one in result.classes]
        assert found == [*map(pytest.approx, precisions), None], "no picture shows a ten"
        assert [one.auroc for one in result.classes] == [*map(pytest.approx, areas), None]
        assert result.mean_average_precision == pytest.approx(sum(precisions) / 3)
        assert result.mean_auroc == pytest.approx(sum(areas) / 3)
        assert result.mean_auroc > 0.8, "and something was learned"
    assert list(finished.positives) == test.labels.sum(dim=0).tolist()
    precisions = [result.mean_average_precision or 0 for result in finished.results]
    for pair in finished.paired:
        first, second = pair.contenders
        assert pair.lead is not None and pair.right_alone is None
        assert pair.lead[0] <= precisions[first] - precisions[second] <= pair.lead[1]


def test_epochs_tell_the_means_and_steps_do_not() -> None:
    events = learned()
    for epoch in of(events, EpochEnd):
        assert all(0.5 < one.mean_auroc < 1 for one in epoch.validation)
        assert all(0.5 < one.mean_average_precision < 1 for one in epoch.validation)
        assert all(one.mean_auroc is None and 0.5 < one.accuracy < 1 for one in epoch.train)
    assert of(events, Progress)
    assert not any("auroc" in event.model_dump_json() for event in of(events, Progress))


def test_the_best_epoch_is_that_of_the_best_ranking() -> None:
    events = learned(tested_weights="best", monitor="accuracy", epochs=5, learning_rate=0.5)
    (finished,) = of(events, Finished)
    measures = [epoch.validation[1] for epoch in of(events, EpochEnd)]
    ranked = [one.mean_average_precision for one in measures]
    shares = [one.accuracy for one in measures]
    assert finished.results[1].best_epoch == 1 + ranked.index(max(ranked))
    assert ranked.index(max(ranked)) != shares.index(max(shares)), "else this proves nothing"


def test_taken_up_again_it_goes_on_with_the_same_losses(tmp_path: Path) -> None:
    chosen = labelled(class_weights="balanced", label_smoothing=0.1, schedule="cosine")
    whole = run(chosen, dataset=numbers(), pace=0)
    control, before = Control(), []
    for event in run_slowly(chosen, tmp_path, control):
        before.append(event)
        if isinstance(event, Progress) and event.step == 30:
            control.suspend()
    assert isinstance(before[-1], Suspended)
    after = run(chosen, dataset=numbers(), pace=0, directory=tmp_path, told=told_by(before))

    def said(events: list[Any]) -> list[Any]:
        curve = [(one.step, one.contenders) for one in of(events, Progress)]
        epochs = [(one.epoch, one.train, one.validation) for one in of(events, EpochEnd)]
        return [*curve, *epochs, [one.classes for one in of(events, Finished)[0].results]]

    assert said(before + after) == said(whole)


def run_slowly(chosen: Job, directory: Path, control: Control) -> Any:
    from explorer.training.loop import train

    return train(chosen, dataset=numbers(), pace=0, directory=directory, control=control)


def test_the_loss_is_pytorchs_with_weights_and_smoothing() -> None:
    labels = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 0, 0]], dtype=torch.uint8)
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))
    counts = labels.sum(dim=0, dtype=torch.int64)
    assert positive_weights(counts, 4).tolist() == pytest.approx([1 / 3, 3, 1])
    recipe = Recipe(class_weights="balanced", label_smoothing=0.2)
    loss = TrainingLoss(recipe, counts, 4, torch.device("cpu"))
    followed = loss(logits, labels)
    weights = torch.tensor([1 / 3, 3, 1])
    targets = labels * 0.8 + 0.1
    chances = logits.sigmoid()
    terms = weights * targets * chances.log() + (1 - targets) * (1 - chances).log()
    torch.testing.assert_close(followed, -terms.mean())
    plain = binary_cross_entropy_with_logits(logits, labels.float())
    torch.testing.assert_close(loss.shown(followed, logits, labels), plain)


def test_a_single_label_can_be_learned_as_ten_questions() -> None:
    logits, labels = torch.randn(5, 10), torch.tensor([3, 1, 4, 1, 5])
    expected = binary_cross_entropy_with_logits(logits, torch.eye(10)[labels])
    torch.testing.assert_close(plain_loss("bce_with_logits", logits, labels), expected)
    events = run(job(LINEAR, loss="bce_with_logits", learning_rate=0.5, epochs=3))
    (result,) = of(events, Finished)[0].results
    assert result.test_accuracy > 0.8
    assert result.test_loss < 0.3, "of ten questions, each of about 0.69 at first"


def test_cross_entropy_is_refused_in_words() -> None:
    failed = learned(loss="cross_entropy")[-1]
    assert isinstance(failed, Failed)
    assert "several labels" in failed.what and "bce_with_logits" in failed.remedy


def test_disagreements_are_about_the_class_of_which_both_are_surest() -> None:
    truth = torch.tensor([[1, 0], [0, 1], [1, 1]], dtype=torch.uint8)
    split = Split(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), truth)
    one = torch.tensor([[0.9, 0.1], [0.6, 0.8], [0.7, 0.9]])
    other = torch.tensor([[0.8, 0.2], [0.4, 0.1], [0.3, 0.1]])
    count, shown = disagreements([one, other], split)
    assert count == 2
    assert [(found.index, found.label, found.labels) for found in shown] == [
        (2, 1, (0, 1)),
        (1, 1, (1,)),
    ]
    assert [one.probability for one in shown[0].predictions] == pytest.approx([0.9, 0.1])


def test_accuracy_is_the_share_of_right_answers_however_often_it_is_asked_for() -> None:
    logits = torch.tensor([[2.0, -1.0, 3.0], [-1.0, -1.0, 2.0]])
    labels = torch.tensor([[1, 0, 0], [0, 1, 1]], dtype=torch.uint8)
    tally = Tally(1, answers=3)
    for step in (1, 2):
        tally.add(step, [(torch.tensor(1.0), logits)], labels)
    tally.add_up()
    assert tally.take_epoch()[0].accuracy == pytest.approx(4 / 6)


def test_old_jobs_know_no_loss() -> None:
    stored = Job(contenders=PAIR, dataset=DIGITS).model_dump()
    stored["recipe"].pop("loss")
    assert Job.model_validate(stored).recipe.loss == "auto"
