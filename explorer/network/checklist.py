"""The checklist of whoever builds a network, ticked from its spec and trace."""

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.network import edit
from explorer.network.base import LayerSpec, shape_text
from explorer.network.checks import counted
from explorer.network.layers import Conv, ConvTranspose, Linear
from explorer.network.linear_maps import chains
from explorer.network.nodes import INFERRED
from explorer.network.shapes import Trace
from explorer.network.spec import NetworkSpec


@dataclass(frozen=True)
class Check:
    """One point of the list."""

    label: str
    """What should be so."""
    ticked: bool | None
    """Whether it is; None if it cannot be told yet, or does not arise."""
    detail: str
    """What is so here, with numbers."""


def checklist(spec: NetworkSpec, traced: Trace, classes: int | None = None) -> tuple[Check, ...]:
    """The points in the order in which one builds.

    Args:
        spec: The network.
        traced: Its trace, also of a network that fails.
        classes: How many classes there are to tell apart; None if that is open.
    """
    return (
        _first_channels(spec, traced),
        _matching(spec, traced),
        _windows(traced),
        _flattened(spec, traced),
        _bends(spec, traced),
        _output(traced, classes),
    )


def _met(
    spec: NetworkSpec, traced: Trace
) -> Iterator[tuple[str, LayerSpec, tuple[int, ...], bool]]:
    """Name, node, what arrives, and whether it works: of layers that are traced or fail."""
    for row in traced.leaves:
        if not row.is_shortcut:
            yield row.name, edit.at(spec, row.path), row.input_shape, True
    failure = traced.failure
    if failure and failure.arrives and min(failure.path) >= 0:
        yield failure.name, edit.at(spec, failure.path), failure.arrives, False


def _declared(node: LayerSpec) -> dict[str, int | tuple[int, ...]]:
    """The inferred fields of a layer that are set by hand."""
    fields = sorted(INFERRED & set(node.parameter_fields()))
    return {field: getattr(node, field) for field in fields if getattr(node, field) is not None}


def _agrees(value: int | tuple[int, ...], arrives: tuple[int, ...]) -> bool:
    return value == arrives[0] if isinstance(value, int) else arrives[-len(value) :] == value


def _first_channels(spec: NetworkSpec, traced: Trace) -> Check:
    label = "The first layer takes the input's channels"
    for name, node, arrives, _ in _met(spec, traced):
        if not isinstance(node, Conv | ConvTranspose | Linear):
            continue
        given, what = next(iter(_declared(node).values()), None), "channel"
        if isinstance(node, Linear):
            what = "value"
        if given is None:
            return Check(label, True, f"{name} follows what arrives: {counted(arrives[0], what)}")
        takes = f"{name} takes {counted(int(str(given)), what)}, {arrives[0]:,} arrive"
        return Check(label, given == arrives[0], takes)
    return Check(label, None, "no layer learns yet")


def _matching(spec: NetworkSpec, traced: Trace) -> Check:
    label = "Channels and features match from layer to layer"
    checked = 0
    for name, node, arrives, works in _met(spec, traced):
        for field, value in _declared(node).items():
            if not works and not _agrees(value, arrives):
                return Check(label, False, f"{field} of {name} is {value}, not {arrives[0]:,}")
            checked += 1
        groups = getattr(node, "groups", getattr(node, "num_groups", 1))
        if not works and arrives[0] % groups:
            return Check(label, False, f"{arrives[0]} channels of {name}, {groups} groups")
    return Check(label, True, f"{checked} set by hand, the others follow")


def _windows(traced: Trace) -> Check:
    label = "Every layer works on what arrives"
    if traced.failure:
        return Check(label, False, f"{traced.failure.name} does not")
    return Check(label, True, f"all {len(traced.leaves)}")


def _flattened(spec: NetworkSpec, traced: Trace) -> Check:
    label = "Flatten before Linear"
    linear = [
        (name, arrives) for name, node, arrives, _ in _met(spec, traced) if isinstance(node, Linear)
    ]
    for name, arrives in linear:
        if len(arrives) > 1:
            return Check(label, False, f"{shape_text(arrives)} arrive at {name}")
    if not linear:
        return Check(label, None, "no Linear layer is reached")
    name, arrives = linear[0]
    return Check(label, True, f"{counted(arrives[0], 'value')} arrive at {name}")


def _bends(spec: NetworkSpec, traced: Trace) -> Check:
    label = "A non-linearity between layers that learn"
    straight = chains(spec.layers)
    if straight:
        number = sum(len(chain) for chain in straight)
        return Check(label, False, f"{number} layers follow one another without")
    learning = sum(row.parameters > 0 for row in traced.leaves)
    return Check(label, True if learning else None, f"{counted(learning, 'layer')} with parameters")


def _output(traced: Trace, classes: int | None) -> Check:
    label = "One output for each class"
    if traced.failure:
        return Check(label, None, f"{traced.failure.name} does not work yet")
    shape = traced.output_shape
    if len(shape) != 1:
        return Check(label, False, f"the network puts out {shape_text(shape)}, not a row of values")
    if classes is None:
        return Check(label, None, f"{counted(shape[0], 'output')}; no data set is chosen yet")
    found = f"{counted(shape[0], 'output')}, {classes} classes"
    return Check(label, shape[0] == classes, found)
