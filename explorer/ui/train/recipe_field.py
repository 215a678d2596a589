"""One field of a recipe as a control, made from the field's declaration."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from explorer.training.augmentation import Augmentation
from explorer.training.device import choose_device
from explorer.training.recipe import Recipe

WORDS: dict[str, dict[str, str]] = {
    "optimizer": {
        "sgd": "SGD",
        "adam": "Adam",
        "adamw": "AdamW",
        "rmsprop": "RMSprop",
        "muon": "Muon",
    },
    "schedule": {
        "none": "none: it stays",
        "step": "in steps",
        "cosine": "cosine",
        "one_cycle": "one-cycle",
        "plateau": "when validation stands still",
    },
    "loss": {
        "auto": "as the labels need it",
        "cross_entropy": "cross-entropy",
        "bce_with_logits": "yes or no for each class",
    },
    "purpose": {
        "training": "training",
        "candidate": "one of a series, not tested",
        "range_test": "test of learning rates",
    },
    "class_weights": {"none": "every picture the same", "balanced": "balanced"},
    "normalisation": {
        "network": "as the network says",
        "none": "none: pixels from 0 to 1",
        "half": "0.5 / 0.5: pixels from −1 to 1",
        "dataset": "the data set’s own mean and deviation",
    },
    "tested_weights": {"last": "of the last step", "best": "of the best epoch"},
    "monitor": {"loss": "loss", "accuracy": "accuracy"},
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """JSON schema of every field, by name; those of the augmentation as "augmentation.rotation"."""
    own = Recipe.model_json_schema()["properties"]
    changes = Augmentation.model_json_schema()["properties"]
    return {name: own[name] for name in own if name != "augmentation"} | {
        f"augmentation.{name}": schema for name, schema in changes.items()
    }


def has_words(name: str) -> bool:
    """Whether a field is a choice among words."""
    return "enum" in schemas()[name]


def shown_value(name: str, value: Any) -> str:
    """A value as the form shows it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return WORDS.get(name, {}).get(value, str(value))


def field_control(name: str, value: Any, changed: Callable[[str, Any], None]) -> None:
    """Draw the control of a field that has this value; `changed` is told name and new value."""
    schema = schemas()[name]
    key = f"recipe_{name.replace('.', '_')}"
    st.session_state[key] = value
    bound: dict[str, Any] = {
        "key": key,
        "help": f"`{name.rpartition('.')[2]}` · {schema['description']}",
        "on_change": lambda: changed(name, st.session_state[key]),
    }
    label = schema["label"]
    if options := schema.get("enum"):
        st.selectbox(
            label, _possible(name, options), format_func=lambda it: shown_value(name, it), **bound
        )
    elif schema["type"] == "boolean":
        st.toggle(label, **bound)
    elif schema["type"] == "integer":
        st.number_input(label, schema["minimum"], schema["maximum"], step=1, **bound)
    else:
        lowest, highest = bounds(schema)
        st.number_input(label, lowest, highest, step=float(schema["step"]), format="%g", **bound)


def _possible(name: str, options: list[str]) -> list[str]:
    """What this machine can do: fp16 is for GPUs."""
    if name == "precision" and choose_device().type != "cuda":
        return [option for option in options if option != "fp16"]
    return options


def possible(name: str, value: Any) -> Any:
    """The value, or the nearest to it that can be chosen here; recipes come from elsewhere too."""
    schema = schemas()[name]
    if options := schema.get("enum"):
        return value if value in _possible(name, options) else schema["default"]
    if isinstance(value, float):
        lowest, highest = bounds(schema)
        return min(max(value, lowest), highest)
    return value


def bounds(schema: dict[str, Any]) -> tuple[float, float]:
    """Bounds that may be entered; those that a value must not reach are declared apart."""
    lowest = ("lowest", "minimum", "exclusiveMinimum")
    highest = ("highest", "maximum", "exclusiveMaximum")
    return _first(schema, lowest), _first(schema, highest)


def _first(schema: dict[str, Any], names: tuple[str, ...]) -> float:
    return float(next(schema[name] for name in names if name in schema))
