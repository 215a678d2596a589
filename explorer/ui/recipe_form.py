"""The choices of a training run: few at first, the rest under "More"."""

from typing import Any

import streamlit as st

from explorer.datasets.reference import Source
from explorer.training.recipe import Recipe

# Enough passes to see both curves flatten, in seconds to a few minutes on two processor cores.
EPOCHS: dict[Source, int] = {"digits": 30, "mnist": 3, "cifar10": 5, "folder": 10}
NORMALISATIONS = {
    "network": "as the network says",
    "none": "none: pixels from 0 to 1",
    "half": "0.5 / 0.5: pixels from −1 to 1",
    "dataset": "the data set’s own mean and deviation",
}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam"}
PRECISIONS = ("auto", "fp32", "bf16")


def recipe_form(source: Source) -> Recipe:
    """Draw the choices and return them; they last as long as the session."""
    default = Recipe()
    left, right = st.columns(2)
    epochs = left.number_input(
        "Epochs", 1, 1000, EPOCHS[source], **_about("epochs", f"epochs_{source}")
    )
    learning_rate = right.number_input(
        "Learning rate",
        0.000001,
        10.0,
        default.learning_rate,
        step=0.001,
        format="%g",
        **_about("learning_rate"),
    )
    optimizer = left.selectbox(
        "Optimizer", list(OPTIMIZERS), format_func=OPTIMIZERS.__getitem__, **_about("optimizer")
    )
    batch_size = right.number_input(
        "Batch size", 1, 8192, default.batch_size, **_about("batch_size")
    )
    with st.expander("More"):
        further = _more(default)
    return Recipe(
        epochs=int(epochs),
        learning_rate=learning_rate,
        optimizer=optimizer,
        batch_size=int(batch_size),
        **further,
    )


def _more(default: Recipe) -> dict[str, Any]:
    fraction = {"min_value": 0.0, "format": "%g"}
    return {
        "normalisation": st.selectbox(
            "Input normalisation",
            list(NORMALISATIONS),
            format_func=NORMALISATIONS.__getitem__,
            **_about("normalisation"),
        ),
        "momentum": st.number_input(
            "Momentum",
            max_value=0.999,
            value=default.momentum,
            step=0.05,
            **fraction,
            **_about("momentum"),
        ),
        "weight_decay": st.number_input(
            "Weight decay",
            max_value=1.0,
            value=default.weight_decay,
            step=0.0001,
            **fraction,
            **_about("weight_decay"),
        ),
        "seed": st.number_input("Seed", 0, 2**32 - 1, default.seed, **_about("seed")),
        "precision": st.selectbox("Precision", PRECISIONS, **_about("precision")),
        "validation_fraction": st.slider(
            "Held back for validation", 0.05, 0.5, 0.1, 0.05, **_about("validation_fraction")
        ),
    }


def _about(field: str, key: str | None = None) -> dict[str, Any]:
    """Key, help from the recipe's own description, and how long the value lasts."""
    return {
        "key": f"recipe_{key or field}",
        "help": f"`{field}` · {Recipe.model_fields[field].description}",
        "persist_state": "session",
    }
