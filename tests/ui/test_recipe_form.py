"""The form of a recipe: a preset fills it, what does not apply is hidden, changes are told."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.datasets.reference import Source
from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe
from explorer.training.recipes import CIFAR_TUTORIAL, MNIST_TUTORIAL, PRESETS
from explorer.ui.train.recipe_field import bounds, schemas
from explorer.ui.train.recipe_form import GROUP, MORE


def script() -> None:
    import streamlit as st

    from explorer.network.spec import InputShape
    from explorer.ui.train.recipe_form import recipe_form

    channels = st.session_state.get("channels", 3)
    shape = InputShape(channels=channels, height=8, width=8)
    st.session_state["made"] = recipe_form(st.session_state.get("source", "cifar10"), shape)


def form(source: Source = "cifar10", channels: int = 3) -> AppTest:
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["source"] = source
    app.session_state["channels"] = channels
    return shown(app)


def shown(what: Any) -> AppTest:
    app: AppTest = what.run()
    assert not app.exception, [each.value for each in app.exception]
    return app


def recipe(app: AppTest) -> Recipe:
    return app.session_state["made"]


def opened(app: AppTest, field: str) -> AppTest:
    """With the group of a field under "More" open, if it belongs to one."""
    for group, names in MORE.items():
        if field in [name.replace(".", "_") for name in names]:
            app.session_state[GROUP] = group
            return shown(app)
    return app


def choose(app: AppTest, field: str, value: Any) -> AppTest:
    app = opened(app, field)
    kinds = (app.number_input, app.selectbox, app.toggle)
    (control,) = [one for kind in kinds for one in kind if one.key == f"recipe_{field}"]
    return shown(control.set_value(value))


def fields(app: AppTest) -> set[str]:
    """All that can be set now, in whichever group."""
    found: set[str] = set()
    for group in MORE:
        app.session_state[GROUP] = group
        found |= fields_in_view(shown(app))
    return found


def fields_in_view(app: AppTest) -> set[str]:
    keys = {
        control.key for kind in (app.number_input, app.selectbox, app.toggle) for control in kind
    }
    names = {f"recipe_{name.replace('.', '_')}": name for name in schemas()}
    return {names[key] for key in keys if key in names}


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_whatever_can_be_entered_makes_a_recipe() -> None:
    """Also at the ends of a control, where a bound must not be reached itself."""
    numbers = {name: schema for name, schema in schemas().items() if schema["type"] == "number"}
    assert "learning_rate" in numbers
    for name, schema in numbers.items():
        group, _, field = name.rpartition(".")
        for end in bounds(schema):
            Recipe.model_validate({group: {field: end}} if group else {field: end})


def test_it_opens_small_on_plain_sgd() -> None:
    app = form()
    assert recipe(app) == PRESETS["plain"].recipe("cifar10")
    inside = {control.key for control in app.expander[0].number_input}
    outside = {control.key for control in app.number_input} - inside
    assert outside == {"recipe_epochs", "recipe_learning_rate", "recipe_batch_size"}
    assert "Changed from" not in captions(app)


def test_every_field_of_a_recipe_can_be_set_somewhere() -> None:
    seen: set[str] = set()
    app = choose(form(), "patience", 3)
    for schedule in ("step", "one_cycle", "plateau"):
        app = choose(app, "schedule", schedule)
        seen |= fields(app)
    assert seen == set(schemas())
    assert {name for name in schemas() if "." not in name} == (
        set(Recipe.model_fields) - {"augmentation"}
    )


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("source", ["digits", "mnist", "cifar10", "folder"])
def test_one_choice_fills_everything(preset: str, source: Source) -> None:
    app = choose(form(source), "preset_choice", preset)
    assert recipe(app) == PRESETS[preset].recipe(source)
    assert "Changed from" not in captions(app)


def test_changes_are_told_and_undone() -> None:
    app = choose(form("mnist", 1), "preset_choice", "mnist")
    app = choose(app, "epochs", 7)
    app = choose(app, "nesterov", True)
    assert recipe(app) == MNIST_TUTORIAL.model_copy(update={"epochs": 7, "nesterov": True})
    told = captions(app)
    assert "Changed from MNIST tutorial: " in told
    assert "Epochs 7 (was 2)" in told
    assert "Nesterov momentum on (was off)" in told
    app = shown(app.button(key="recipe_reset").click())
    assert recipe(app) == MNIST_TUTORIAL
    assert "Changed from" not in captions(app)


@pytest.mark.parametrize(
    ("field", "value", "appear", "disappear"),
    [
        ("optimizer", "adam", set(), {"momentum", "nesterov"}),
        ("optimizer", "muon", set(), {"nesterov"}),
        ("momentum", 0.0, set(), {"nesterov"}),
        ("schedule", "step", {"step_size", "gamma"}, set()),
        ("schedule", "one_cycle", {"pct_start"}, {"warmup_epochs"}),
        ("schedule", "plateau", {"factor", "plateau_patience", "monitor"}, set()),
        ("patience", 2, {"monitor"}, set()),
        ("tested_weights", "best", {"monitor"}, set()),
    ],
)
def test_what_does_not_apply_is_not_shown(
    field: str, value: Any, appear: set[str], disappear: set[str]
) -> None:
    app = form()
    before = fields(app)
    after = fields(choose(app, field, value))
    assert after == (before | appear) - disappear


def test_a_field_that_is_hidden_changes_nothing() -> None:
    app = choose(form(), "nesterov", True)
    assert recipe(app).nesterov
    app = choose(app, "momentum", 0.0)
    assert not recipe(app).nesterov
    app = choose(app, "momentum", 0.5)
    assert recipe(app).nesterov  # as it was


def test_colours_change_only_where_there_are_some() -> None:
    app = choose(form("cifar10", 3), "augmentation_hue", 0.1)
    assert recipe(app).augmentation == Augmentation(hue=0.1)
    app.session_state["channels"] = 1
    app = shown(app)
    assert not {"augmentation.hue", "augmentation.saturation"} & fields(app)
    assert not recipe(app).augmentation.is_on


def test_mirrored_handwriting_is_warned_of() -> None:
    assert "Mirrored handwriting" in captions(choose(form("mnist", 1), "preset_choice", "cifar"))
    assert "Mirrored" not in captions(choose(form("cifar10"), "preset_choice", "cifar"))


def test_another_optimizer_brings_its_usual_rate_unless_it_was_changed() -> None:
    app = choose(form(), "optimizer", "adamw")
    assert recipe(app).learning_rate == 0.001
    app = choose(app, "learning_rate", 0.02)
    app = choose(app, "optimizer", "sgd")
    assert recipe(app).learning_rate == 0.02
    app = choose(app, "optimizer", "rmsprop")
    assert recipe(app).momentum == 0


def test_another_data_set_changes_what_was_left_to_the_preset() -> None:
    app = choose(form("digits", 1), "preset_choice", "accurate")
    app = choose(app, "seed", 5)
    app.session_state["source"], app.session_state["channels"] = "cifar10", 3
    app = shown(app)
    expected = PRESETS["accurate"].recipe("cifar10").model_copy(update={"seed": 5})
    assert recipe(app) == expected
    assert recipe(app).augmentation != PRESETS["accurate"].recipe("digits").augmentation


def test_half_precision_is_offered_where_there_is_a_gpu_only() -> None:
    import torch

    app = opened(form(), "precision")
    precision = app.selectbox(key="recipe_precision")
    assert ("fp16" in precision.options) == torch.cuda.is_available()


def test_presets_are_those_of_the_tutorials() -> None:
    assert (CIFAR_TUTORIAL.learning_rate, CIFAR_TUTORIAL.weight_decay) == (0.001, 0.0001)
    assert (CIFAR_TUTORIAL.batch_size, CIFAR_TUTORIAL.epochs) == (128, 50)
    for preset in PRESETS.values():
        for source in ("digits", "mnist", "cifar10", "cifar100", "folder"):
            made = preset.recipe(source)
            assert Recipe.model_validate_json(made.model_dump_json()) == made
