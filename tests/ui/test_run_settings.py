"""Settings side by side: every field is there, in words, and differences are marked."""

from explorer.network.layers import ReLU
from explorer.training.recipe import Contender, Recipe
from explorer.ui.runs.settings import NOT_USED, _cell, settings_of
from tests.runs.told import two_networks


def test_every_field_of_a_recipe_is_shown_by_its_label_and_in_words() -> None:
    found = settings_of(two_networks(optimizer="adam", learning_rate=0.002, deterministic=True))
    for field in Recipe.model_fields.values():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "label" in extra:
            assert str(extra["label"]) in found
    assert (found["Optimizer"], found["Learning rate"]) == ("Adam", "0.002")
    assert found["Momentum"] == NOT_USED, "Adam has none"
    assert (found["Deterministic"], found["Rotation"], found["Data set"]) == ("on", "0", "digits")
    assert found["Network 1"] == "Tutorial CNN"
    assert found["Network 1: layers"].startswith("Conv2d(")
    assert found["Network 1: input"] == "1×28×28"


def test_a_changed_layer_is_one_marked_line() -> None:
    job = two_networks()
    network = job.contenders[0].network
    layers = (*network.layers[:1], ReLU(), *network.layers[1:])
    changed = job.model_copy(
        update={"contenders": (Contender(name="CNN", network=network.with_layers(layers)),)}
    )
    name = "Network 1: layers"
    cell = _cell(settings_of(changed)[name], settings_of(job)[name])
    assert cell.count("<mark>") == 1 and "<mark>ReLU</mark>" in cell
    assert cell.count("<span>") == len(network.layers)
    removed = _cell(settings_of(job)[name], settings_of(changed)[name])
    assert "<mark>" not in removed and removed.count("<del>ReLU</del>") == 1


def test_words_of_people_are_never_markup() -> None:
    assert _cell("<script>", "<b>") == "<td><mark>&lt;script&gt;</mark></td>"
    assert "<b>" not in _cell("<b>\n<i>", "<b>\n<u>")
    assert _cell("<b>", "<b>") == "<td><div><span>&lt;b&gt;</span></div></td>"


def test_what_a_run_was_for_is_told_in_words() -> None:
    job = two_networks()
    found = settings_of(job.model_copy(update={"purpose": "range_test"}))
    assert (settings_of(job)["Purpose"], found["Purpose"]) == ("training", "test of learning rates")
