"""Nodes seen from outside: with other values, in words, and whether their windows fit."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from explorer.network.base import LayerSpec, Shape, short
from explorer.network.layers import KINDS
from explorer.network.window_rules import WindowRules

INFERRED = frozenset(
    ("in_channels", "in_features", "num_features", "num_channels", "normalized_shape")
)
"""Fields that follow what arrives when they are empty."""


def windows_fit(node: Any, arrives: Shape) -> bool:
    """Whether PyTorch takes the window of a layer on what arrives; True for those without.

    Tells what the layer's own check would, without the time that explaining it takes.
    """
    windows = node.windows()
    if windows is None or len(windows) != len(arrives) - 1:
        return True
    if node.group == "Pooling":
        rules = node.rules()
    else:
        rules = WindowRules(padding_mode=node.padding_mode)
    return all(rules.allow(*pair) for pair in zip(windows, arrives[1:], strict=True))


def with_fields(node: LayerSpec, fields: dict[str, Any]) -> LayerSpec | None:
    """The node with other values, or None if they are no values for it."""
    try:
        return type(node).model_validate({**dict(node), **fields})
    except ValidationError:
        return None


def set_to(fields: dict[str, Any]) -> str:
    """What is done, as a sentence without its end: "Set padding to 1 and stride to (1, 2)"."""
    if set(fields) <= INFERRED and set(fields.values()) == {None}:
        return f"Leave {' and '.join(fields)} empty, so that it follows"
    return "Set " + " and ".join(f"{field} to {_value(value)}" for field, value in fields.items())


def _value(value: Any) -> str:
    value = short(value)
    if isinstance(value, tuple):  # a comma parts the sizes here
        return f"({', '.join(map(str, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace("-", "−")
    return "empty" if value is None else str(value)


def described(node: LayerSpec) -> str:
    """A layer as people write it: "AdaptiveAvgPool2d(output_size=1)", "Flatten"."""
    summary = node.summary()
    return f"{node.kind}({summary})" if summary else node.kind


def in_axes(family: str, dimensions: int, **fields: Any) -> Iterator[LayerSpec]:
    """The kind of a family with so many axes, if there is one."""
    kind = KINDS.get(f"{family}{dimensions}d")
    if kind is not None:
        try:
            yield kind.model_validate(fields)
        except ValidationError:
            return


def family_of(node: LayerSpec) -> str:
    """The name of a kind without its number of axes: "Conv"."""
    return re.sub(r"[123]d$", "", node.kind)
