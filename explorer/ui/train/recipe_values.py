"""A recipe as one value for each field, as the form shows it, and as the words of an address."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from explorer.datasets.reference import Source
from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe
from explorer.training.recipes import PRESETS

AUGMENTATION = tuple(f"augmentation.{name}" for name in Augmentation.model_fields)
"""The fields of a recipe's augmentation, as if they were the recipe's own."""

Values = dict[str, Any]
_LONGEST = 40  # characters of a value; no field needs as many


def flat(recipe: Recipe) -> Values:
    """Every field's value, those of the augmentation as "augmentation.rotation"."""
    values = recipe.model_dump()
    changes = values.pop("augmentation")
    return values | {f"augmentation.{name}": value for name, value in changes.items()}


def recipe_of(values: Mapping[str, Any]) -> Recipe:
    """The recipe with these values; fields that are not among them have their defaults.

    Raises:
        ValidationError: If a value cannot be used.
    """
    own = {name: value for name, value in values.items() if name not in AUGMENTATION}
    changes = {
        name.removeprefix("augmentation."): value
        for name, value in values.items()
        if name in AUGMENTATION
    }
    return Recipe.model_validate({**own, "augmentation": changes})


def of_preset(preset: str, source: Source) -> Values:
    """What a preset fills in for data of this source."""
    return flat(PRESETS[preset].recipe(source))


def nearest_preset(values: Values, source: Source) -> str:
    """The preset from which these values differ in the fewest fields; of several the first."""
    return min(
        PRESETS,
        key=lambda name: sum(
            value != values[field] for field, value in of_preset(name, source).items()
        ),
    )


def words(preset: str, values: Values, source: Source) -> dict[str, str]:
    """What was changed since the preset filled everything in, as text by field."""
    before = of_preset(preset, source)
    return {name: _text(value) for name, value in values.items() if value != before[name]}


def read_words(
    preset: str, said: Mapping[str, str], source: Source
) -> tuple[Recipe, dict[str, str]]:
    """The preset with fields changed as text says, whoever wrote it.

    Returns:
        The recipe, and for each field whose text cannot be used why not; it stays as the preset
        has it.
    """
    values, problems = of_preset(preset, source), {}
    for name in values:  # in the order of their declaration: some need those before
        if name not in said:
            continue
        text = said[name]
        if len(text) > _LONGEST:
            problems[name] = f"at most {_LONGEST} characters are read"
            continue
        try:
            values = flat(recipe_of({**values, name: text}))
        except ValidationError as error:
            problems[name] = error.errors()[0]["msg"]
    return recipe_of(values), problems


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
