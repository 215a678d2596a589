"""A recipe's choices in whole runs: each does what it says, and old recipes are still read."""

import os
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from explorer.network.layers import Flatten, Linear, ReLU
from explorer.network.spec import NetworkSpec
from explorer.training.augmentation import Augmentation
from explorer.training.device import deterministic, require_precision
from explorer.training.events import EpochEnd, Event, Failed, Finished, Started, TrainingEnded
from explorer.training.failures import explain_indeterminism
from explorer.training.measure import Sums, Tally
from explorer.training.recipe import OptimizerName, Recipe
from explorer.training.recipes import PRESETS, USUAL
from tests.training import jobs
from tests.training.jobs import DROPOUT, LINEAR, SMALL_INPUT, job, of, run

WIDE = NetworkSpec(
    name="Wide",
    input=SMALL_INPUT,
    layers=(Flatten(), Linear(out_features=128), ReLU(), Linear(out_features=10)),
)
STORED_BY_THE_FIRST_RELEASE = (
    '{"optimizer":"adam","learning_rate":0.001,"momentum":0.9,"weight_decay":0.0,"batch_size":64,'
    '"epochs":2,"seed":3,"precision":"bf16","validation_fraction":0.1,"normalisation":"half"}'
)


def losses(events: list[Event], contender: int = 0) -> list[float]:
    epochs = of(events, EpochEnd)
    return [
        *(event.train[contender].loss for event in epochs),
        of(events, Finished)[0].results[contender].test_loss,
    ]


def test_a_recipe_of_the_first_release_means_what_it_meant() -> None:
    found = Recipe.model_validate_json(STORED_BY_THE_FIRST_RELEASE)
    assert (found.optimizer, found.seed, found.precision) == ("adam", 3, "bf16")
    new = Recipe.model_fields.keys() - found.model_fields_set
    defaults = Recipe()
    assert {name: getattr(found, name) for name in new} == {
        name: getattr(defaults, name) for name in new
    }
    assert defaults.schedule == "none"
    assert not defaults.max_norm
    assert not defaults.patience
    assert not defaults.augmentation.is_on
    assert defaults.tested_weights == "last"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nesterov": True, "momentum": 0},
        {"label_smoothing": 1},
        {"pct_start": 0},
        {"max_norm": -1},
        {"augmentation": {"erasing": 1.1}},
        {"augmentation": {"vertical_flip": 0.5}},
        {"optimizer": "lion"},
    ],
)
def test_senseless_recipes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(wrong)


def test_every_field_is_explained_and_named() -> None:
    for model in (Recipe, Augmentation):
        for name, field in model.model_fields.items():
            if name == "augmentation":
                continue
            assert field.description, name
            assert isinstance(field.json_schema_extra, dict), name
            assert field.json_schema_extra["label"], name


@pytest.mark.parametrize("optimizer", USUAL)
def test_every_optimizer_learns_with_its_usual_rate(optimizer: OptimizerName) -> None:
    rate, momentum = USUAL[optimizer]
    chosen = job(WIDE, optimizer=optimizer, learning_rate=rate, momentum=momentum, epochs=10)
    assert of(run(chosen), Finished)[0].results[0].test_accuracy > 0.85


@pytest.mark.parametrize("preset", ["fast", "accurate"])
def test_our_presets_learn_the_digits(preset: str) -> None:
    recipe = PRESETS[preset].recipe("digits").model_copy(update={"epochs": 8, "precision": "fp32"})
    chosen = job(WIDE).model_copy(update={"recipe": recipe})
    assert of(run(chosen), Finished)[0].results[0].test_accuracy > 0.9


def test_augmented_batches_change_training_and_nothing_else() -> None:
    plain = run(job(LINEAR, epochs=2))
    changes = Augmentation(crop_padding=1)
    changed, again = (run(job(LINEAR, epochs=2, augmentation=changes)) for _ in range(2))
    assert losses(changed) == losses(again)
    assert losses(changed)[0] > losses(plain)[0] * 1.02  # shifted digits are harder


def test_contenders_rest_one_by_one_and_training_ends_when_all_do() -> None:
    """The result of each is that of the same network alone: neither waits for the other."""
    recipe: dict[str, Any] = {
        "epochs": 60,
        "learning_rate": 0.05,
        "patience": 2,
        "tested_weights": "best",
        "monitor": "accuracy",
    }
    both = run(job(LINEAR, DROPOUT, **recipe))
    ends = []
    for contender, network in enumerate((LINEAR, DROPOUT)):
        alone = run(job(network, **recipe))
        ends.append(of(alone, TrainingEnded)[0].step)
        expected = of(alone, Finished)[0].results[0]
        found = of(both, Finished)[0].results[contender]
        assert found.test_loss == pytest.approx(expected.test_loss, rel=1e-5)
        assert found.best_epoch == expected.best_epoch
        measured = [event.validation[0].accuracy for event in of(alone, EpochEnd)]
        assert expected.best_epoch == 1 + measured.index(max(measured))
        assert len(measured) == expected.best_epoch + 2
    assert ends[0] != ends[1]
    assert of(both, TrainingEnded)[0].step == max(ends) < 60 * of(both, Started)[0].steps_per_epoch
    assert of(both, Finished)[0].reason == "completed"


def test_who_rests_repeats_its_last_measure() -> None:
    tally = Tally(2)
    labels, logits = torch.tensor([0, 1]), torch.tensor([[1.0, 0], [1.0, 0]])
    for loss in (3.0, 1.0):
        tally.add(1, [(torch.tensor(loss), logits), (torch.tensor(2.0), logits)], labels)
    tally.add_up()
    assert tally.recent_count == 4
    first = tally.take_recent()
    assert (first[0].loss, first[1].loss, first[0].accuracy) == (2, 2, 0.5)
    tally.add(3, [None, (torch.tensor(5.0), logits)], labels)
    tally.add_up()
    assert tally.recent_count == 2
    kept = tally.state()
    second = tally.take_recent()
    assert second[0] == first[0]
    assert second[1].loss == 5
    other = Tally(2)
    other.load_state(kept)
    assert other.recent == [Sums(), Sums(10.0, 1, 2)]
    assert other.take_recent() == second
    assert other.take_epoch() == tally.take_epoch()


def test_half_precision_is_refused_on_a_processor() -> None:
    failed = run(job(LINEAR, precision="fp16"))[-1]
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert isinstance(failed, Failed)
    assert "fp16 needs a GPU" in failed.what
    assert "bf16" in failed.remedy
    require_precision("fp16", torch.device("cuda"))


def test_deterministic_runs_are_the_same_to_the_last_bit_and_auto_is_exact() -> None:
    first, second = (run(job(DROPOUT, deterministic=True, precision="auto")) for _ in range(2))
    assert losses(first) == losses(second)
    assert of(first, Started)[0].precision == "fp32"


def test_determinism_is_asked_of_pytorch_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    filling: Any = torch.utils.deterministic
    for on in (False, True):
        with deterministic(on):
            assert torch.are_deterministic_algorithms_enabled() is on
            assert ("CUBLAS_WORKSPACE_CONFIG" in os.environ) is on
        assert not torch.are_deterministic_algorithms_enabled()
        assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
        assert filling.fill_uninitialized_memory is True


def test_what_cannot_be_deterministic_is_named() -> None:
    error = RuntimeError(
        "max_pool3d_with_indices_backward_cuda does not have a deterministic implementation, but "
        "you set 'torch.use_deterministic_algorithms(True)'."
    )
    failed = explain_indeterminism(error)
    assert failed is not None
    assert "max_pool3d_with_indices_backward_cuda" in failed.what
    assert explain_indeterminism(RuntimeError("something else")) is None


def test_a_cosine_ends_lower_than_a_rate_that_stays() -> None:
    """On noisy little batches, the end of a cosine settles what a constant rate keeps stirring."""
    kept: dict[str, Any] = {"epochs": 6, "learning_rate": 0.2, "batch_size": 16}
    stays, falls = (run(job(WIDE, schedule=each, **kept)) for each in ("none", "cosine"))
    assert of(falls, EpochEnd)[-1].train[0].loss < of(stays, EpochEnd)[-1].train[0].loss


def test_balanced_classes_are_found_more_often_when_they_are_rare() -> None:
    whole = jobs.digits()
    images, labels = whole.train.images, whole.train.labels
    rare = (labels != 8) | (torch.cumsum(labels == 8, 0) <= 8)
    from dataclasses import replace

    from explorer.datasets.dataset import Split

    unbalanced = replace(whole, train=Split(images[rare], labels[rare]))
    eights = whole.test.labels == 8
    only_eights = replace(
        unbalanced, test=Split(whole.test.images[eights], whole.test.labels[eights])
    )
    plain, balanced = (
        of(run(job(LINEAR, epochs=4, class_weights=each), dataset=only_eights), Finished)[0]
        for each in ("none", "balanced")
    )
    assert balanced.results[0].test_accuracy > plain.results[0].test_accuracy + 0.1
