"""The form of a network's name, input shape and input normalisation."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from pydantic import ValidationError

from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network.spec import explain
from explorer.ui.network import edit as network_edit

# Shown as names; mean and standard deviation per channel, for the numbers of channels they fit.
NORMALISATIONS: dict[str, dict[int, Normalisation | None]] = {
    "none": dict.fromkeys(range(1, 4097)),
    "0.5 / 0.5": {
        channels: Normalisation(mean=(0.5,) * channels, std=(0.5,) * channels)
        for channels in range(1, 5)
    },
    "MNIST": {1: Normalisation(mean=(0.1307,), std=(0.3081,))},
    "CIFAR-10": {3: Normalisation(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))},
}
_OWN = "as it is"


def input_form(spec: NetworkSpec) -> None:
    """Controls that change the network at once."""
    st.text_input(
        "Name of the network",
        max_chars=80,
        **_bound("name", spec.name, lambda spec, typed: {"name": typed.strip()}),
    )
    for field in ("channels", "height", "width", "depth"):
        st.number_input(
            field.capitalize(),
            1,
            4096,
            value=None,
            step=1,
            help=InputShape.model_fields[field].description,
            **_bound(field, getattr(spec.input, field), partial(_side, field)),
        )
    fitting = _fitting(spec)
    now = next((name for name, one in fitting.items() if one == spec.normalisation), _OWN)
    st.selectbox(
        "Normalisation",
        [*fitting, _OWN] if now == _OWN else list(fitting),
        help="What is done to the pixels (0 to 1) before the first layer: subtract a mean, divide "
        "by a standard deviation, channel by channel. It travels with the weights.",
        **_bound("normalisation", now, _normalisation),
    )


def _side(field: str, spec: NetworkSpec, entered: int | None) -> dict[str, Any]:
    if entered is None and field in ("channels", "width"):  # which nothing can be without
        return {}
    return {"input": {**spec.input.model_dump(), field: entered}}


def _normalisation(spec: NetworkSpec, name: str) -> dict[str, Any]:
    return {"normalisation": _fitting(spec).get(name, spec.normalisation)}


def _fitting(spec: NetworkSpec) -> dict[str, Normalisation | None]:
    """The normalisations for the network's number of channels, by name."""
    channels = spec.input.channels
    return {name: fits[channels] for name, fits in NORMALISATIONS.items() if channels in fits}


def with_fields(spec: NetworkSpec, **fields: Any) -> NetworkSpec:
    """The network with other fields; a normalisation for another number of channels goes.

    Raises:
        ExplorerError: If a value cannot be.
    """
    values = {**dict(spec), **fields}
    try:
        values["input"] = InputShape.model_validate(values["input"])
        normalisation = values["normalisation"]
        if normalisation and len(normalisation.mean) != values["input"].channels:
            values["normalisation"] = None
        return NetworkSpec.model_validate(values)
    except ValidationError as error:
        raise explain(error) from error


def _bound(
    name: str, shown: Any, fields: Callable[[NetworkSpec, Any], dict[str, Any]]
) -> dict[str, Any]:
    """Arguments for a widget that shows a value and changes the fields it stands for.

    `fields` gets the network as it is when the value arrives: another edit may have come between.
    """
    key = f"network_input_{name}"
    st.session_state[key] = shown

    def changed() -> None:
        entered = st.session_state[key]
        network_edit.change(lambda spec: with_fields(spec, **fields(spec, entered)))

    return {"key": key, "on_change": changed}
