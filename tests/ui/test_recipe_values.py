"""A recipe as words for an address: they bring it back, and no text can break the reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe
from explorer.training.recipes import CIFAR_TUTORIAL, PRESETS
from explorer.ui.train.recipe_values import (
    flat,
    nearest_preset,
    of_preset,
    read_words,
    recipe_of,
    words,
)

RECIPES = st.builds(
    Recipe,
    optimizer=st.sampled_from(["sgd", "adam", "muon"]),
    learning_rate=st.floats(1e-6, 10),
    momentum=st.floats(0.01, 0.999),
    nesterov=st.booleans(),
    batch_size=st.integers(1, 8192),
    schedule=st.sampled_from(["none", "step", "one_cycle", "plateau"]),
    seed=st.integers(0, 2**32 - 1),
    deterministic=st.booleans(),
    augmentation=st.builds(
        Augmentation, horizontal_flip=st.floats(0, 1), rotation=st.floats(0, 180)
    ),
)


@given(recipe=RECIPES, preset=st.sampled_from(list(PRESETS)))
def test_words_bring_a_recipe_back_to_the_last_digit(recipe: Recipe, preset: str) -> None:
    said = words(preset, flat(recipe), "mnist")
    assert read_words(preset, said, "mnist") == (recipe, {})
    assert recipe_of(flat(recipe)) == recipe


def test_only_what_was_changed_takes_words() -> None:
    changed = of_preset("fast", "mnist") | {"epochs": 7, "augmentation.rotation": 10.0}
    said = words("fast", changed, "mnist")
    assert said == {"epochs": "7", "augmentation.rotation": "10.0"}


@given(
    st.dictionaries(
        st.sampled_from([*of_preset("plain", "digits"), "", "augmentation", "__class__"]),
        st.text(max_size=60) | st.sampled_from(["nan", "inf", "-1", "1e999", "9" * 5000, "on"]),
    )
)
def test_no_text_breaks_the_reading(said: dict[str, str]) -> None:
    recipe, problems = read_words("accurate", said, "cifar10")
    assert Recipe.model_validate(recipe.model_dump()) == recipe
    kept = flat(recipe)
    for name in problems:
        assert kept[name] == of_preset("accurate", "cifar10")[name]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "11", "x", "", "0.1.2"])
def test_a_learning_rate_that_cannot_be_used_is_told(text: str) -> None:
    recipe, problems = read_words("plain", {"learning_rate": text, "epochs": "4"}, "digits")
    assert list(problems) == ["learning_rate"]
    assert (recipe.learning_rate, recipe.epochs) == (0.01, 4)


def test_a_recipe_is_told_from_the_preset_that_is_most_like_it() -> None:
    values = flat(CIFAR_TUTORIAL.model_copy(update={"epochs": 3}))
    assert nearest_preset(values, "cifar10") == "cifar"
    assert nearest_preset(flat(Recipe(epochs=30)), "digits") == "plain"
