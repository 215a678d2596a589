"""Advice on a network that works: what is not an error, but seldom meant; and a checklist."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from explorer.network import edit
from explorer.network.advice_basis import Advice, Layer, Network, listed, percent
from explorer.network.advice_pretrained import on_pretrained
from explorer.network.base import shape_text
from explorer.network.blocks import Path, is_inside, read_only_paths
from explorer.network.checklist import Check, checklist
from explorer.network.layers import (
    BatchNorm,
    Conv,
    Linear,
    MaxPool,
    ReLU,
    Softmax,
)
from explorer.network.linear_maps import chains
from explorer.network.nodes import in_axes
from explorer.network.shapes import LayerRow, Trace, trace
from explorer.network.spec import NetworkSpec

__all__ = ["Advice", "Check", "advice", "checklist"]

_MOST_PARAMETERS = 0.5
_MANY_PARAMETERS = 20_000


def advice(spec: NetworkSpec, traced: Trace) -> tuple[Advice, ...]:
    """What to think about in a network that works, in the order of its layers.

    Args:
        spec: The network.
        traced: Its trace; of a network that fails nothing is said.
    """
    if traced.failure or not traced.leaves:
        return ()
    layers = [
        Layer(row, edit.at(spec, row.path))
        for row in traced.leaves
        if not row.is_shortcut and not row.is_repeated
    ]
    network = Network(spec, traced, layers)
    found = [
        given
        for advise in (
            _linear_maps,
            _receptive_field,
            _large_linear,
            _after_the_last,
            _bias_before_norm,
            _single_cells,
            _padding_alone,
            on_pretrained,
        )
        for given in advise(network)
    ]
    return tuple(sorted(found, key=lambda given: given.path))


def _can_change(spec: NetworkSpec) -> Callable[[Path], bool]:
    """Whether a layer can be edited: those of Pretrained blocks cannot."""
    fixed = read_only_paths(spec.layers)
    return lambda path: not any(is_inside(path, block) for block in fixed)


def _linear_maps(network: Network) -> Iterator[Advice]:
    for chain in chains(network.spec.layers):
        names = [row.name for path in chain if (row := network.traced.row(path))]
        after = [path for path in chain[:-1] if path != chain[-1]] or list(chain[:1])

        def bend(spec: NetworkSpec, after: list[Path] = after) -> NetworkSpec:
            for path in sorted(set(after), reverse=True):
                spec = edit.insert(spec, (*path[:-1], path[-1] + 1), ReLU())
            return spec

        title = f"Insert ReLU after {listed(names[: len(after)])}"
        one = "itself" if len(set(chain)) == 1 else "each other"
        yield Advice(
            "Linear maps in a row",
            f"{listed(names)} follow {one} without a non-linearity between them, so together they "
            f"can do no more than one linear map: {len(chain)} layers that learn like 1.",
            chain[0],
            network.repair(title, bend, chain[-1]),
        )


def _receptive_field(network: Network) -> Iterator[Advice]:
    """The last layer with a window: what a unit of it sees of the picture."""
    sliding = [row for row in network.traced.rows if row.receptive_field is not None]
    outermost = [row for row in sliding if row.depth == 0]
    if not outermost or not any("Conv" in row.kind for row in sliding):
        return
    row, field = outermost[-1], outermost[-1].receptive_field or ()
    sizes = network.traced.input_shape[1:]
    if all(axis.size >= size for axis, size in zip(field, sizes, strict=True)):
        return
    seen = "×".join(f"{axis.size:.4g}" for axis in field)
    share = prod(min(1, axis.size / size) for axis, size in zip(field, sizes, strict=True))
    yield Advice(
        "The receptive field is smaller than the picture",
        f"At the end of the convolutions a unit of {row.name} sees {seen} of the "
        f"{shape_text(sizes)} cells, {percent(share)} of them: a larger object is only "
        "put together by what follows. More layers, larger kernels, strides, pooling or dilation "
        "widen it.",
        row.path,
    )


def _large_linear(network: Network) -> Iterator[Advice]:
    linear = [layer for layer in network.layers if isinstance(layer.node, Linear)]
    if not linear or not any(isinstance(layer.node, Conv) for layer in network.layers):
        return
    largest = max(linear, key=lambda layer: layer.row.parameters)
    row, whole = largest.row, network.traced.parameters
    if row.parameters < max(_MANY_PARAMETERS, _MOST_PARAMETERS * whole):
        return
    flat = next(
        (
            layer.row
            for layer in network.layers
            if layer.row.output_shape == row.input_shape
            and layer.row.index < row.index
            and len(layer.row.input_shape) > 1
            and prod(layer.row.input_shape[1:]) > 1
        ),
        None,
    )
    repair, ways = None, "Fewer out_features make it smaller."
    if flat is not None:
        channels, *sizes = flat.input_shape
        ways = (
            f"Each of its {channels}·{'·'.join(map(str, sizes))} = {prod(flat.input_shape):,} "
            "inputs has a weight to every output. Ways out: max or adaptive pooling before the "
            "Flatten, fewer channels (a 1×1 convolution), a larger kernel and stride, or more "
            "convolutions without padding."
        )
        pool = next(in_axes("AdaptiveAvgPool", len(sizes), output_size=1))
        title = f"Insert {pool.kind}(output_size=1) before {flat.name}"
        repair = network.repair(title, lambda spec: edit.insert(spec, flat.path, pool), row.path)
    elif row.path != linear[-1].row.path:
        half = max(1, row.output_shape[0] // 2)
        title = f"Set out_features to {half} in {row.name}"
        repair = network.repair(
            title, lambda spec: edit.change(spec, row.path, out_features=half), row.path
        )
    if repair:
        ways += f" With “{repair.title}” the network has {trace(repair.spec).parameters:,}."
    yield Advice(
        "Most parameters are in one Linear layer",
        f"{row.name} has {row.parameters:,} of {whole:,} parameters, "
        f"{percent(row.parameters / whole)}. {ways}",
        row.path,
        repair,
    )


_BENDS = ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Tanh", "Sigmoid")


def _after_the_last(network: Network) -> Iterator[Advice]:
    """What follows the last layer that learns and gives one value per class."""
    learning = [place for place, layer in enumerate(network.layers) if layer.learns]
    if not learning or len(network.traced.output_shape) != 1:
        return
    last, classes = network.layers[learning[-1]].row, network.traced.output_shape[0]
    for layer in network.layers[learning[-1] + 1 :]:
        told = _about_tail(layer, last, classes)
        if told is None:
            continue
        path = layer.row.path
        repair = network.repair(
            f"Remove {layer.row.name}", lambda spec, path=path: edit.remove(spec, path), last.path
        )
        yield Advice(*told, path, repair)


def _about_tail(layer: Layer, last: LayerRow, classes: int) -> tuple[str, str] | None:
    name = layer.row.name
    if isinstance(layer.node, Softmax):
        return (
            "Softmax before the cross-entropy",
            f"The cross-entropy loss applies softmax itself. After {name} it would see "
            f"{classes} shares between 0 and 1, and its own softmax makes them nearly equal: "
            "learning gets slow.",
        )
    if layer.node.kind in _BENDS:
        lost = "sets negative scores to 0, which then learn nothing"
        if layer.node.kind != "ReLU":
            lost = "bends or bounds the scores"
        return (
            f"{layer.node.kind} on the scores",
            f"{name} comes after {last.name}, which gives the {classes} scores of the classes, "
            f"and {lost}. The loss takes any numbers.",
        )
    if isinstance(layer.node, BatchNorm):
        return (
            "BatchNorm after the last layer",
            f"{name} brings the {classes} scores that {last.name} gives to a spread of its own: "
            "how sure the network is then depends on the other pictures of the batch.",
        )
    return None


def _bias_before_norm(network: Network) -> Iterator[Advice]:
    found: list[Layer] = []
    free = _can_change(network.spec)
    for layer, following in zip(network.layers, network.layers[1:], strict=False):
        behind = (*layer.row.path[:-1], layer.row.path[-1] + 1)
        biased = free(layer.row.path) and layer.learns and getattr(layer.node, "bias", False)
        if biased and isinstance(following.node, BatchNorm) and following.row.path == behind:
            found.append(layer)
    if not found:
        return

    def without(spec: NetworkSpec) -> NetworkSpec:
        return edit.change_each(spec, [layer.row.path for layer in found], bias=False)

    names = listed([layer.row.name for layer in found])
    repair = network.repair(f"Set bias to False in {names}", without, found[0].row.path)
    saved = network.traced.parameters - trace(repair.spec).parameters if repair else 0
    yield Advice(
        "Bias before BatchNorm",
        f"BatchNorm subtracts the mean, and with it the bias of {names}: {saved:,} parameters that "
        "do nothing, as BatchNorm has a shift of its own.",
        found[0].row.path,
        repair,
    )


def _single_cells(network: Network) -> Iterator[Advice]:
    """A picture of one cell that windows still slide over."""
    free = _can_change(network.spec)
    for place, layer in enumerate(network.layers):
        row = layer.row
        if not free(row.path):
            continue  # what is in it belongs together, on small pictures too
        if set(row.output_shape[1:]) != {1} or set(row.input_shape[1:]) <= {1}:
            continue
        idle = [
            other.row.name
            for other in network.layers[place + 1 :]
            if set(other.row.input_shape[1:]) == {1}
            and any(window.kernel_size > 1 for window in other.node.windows() or ())
        ]
        if idle:
            yield Advice(
                f"Only {shape_text(row.output_shape[1:])} is left early",
                f"After {row.name} the picture is {shape_text(row.output_shape[1:])}, so the "
                f"windows of {listed(idle)} see one cell, and padding. Shrink it later: fewer "
                "or smaller strides and pooling windows, or more padding, before it.",
                row.path,
            )
        return


def _padding_alone(network: Network) -> Iterator[Advice]:
    for layer in network.layers:
        if not isinstance(layer.node, MaxPool):
            continue
        sizes, path = layer.row.input_shape[1:], layer.row.path
        axes: Any = zip(layer.node.windows(), sizes, layer.row.output_shape[1:], strict=True)
        alone = [
            unit
            for window, size, units in axes
            for unit in range(units)
            if not any(
                0 <= unit * window.stride - window.before + step * window.dilation < size
                for step in range(window.kernel_size)
            )
        ]
        if alone:
            repair = network.repair(
                f"Set dilation to 1 in {layer.row.name}",
                lambda spec, path=path: edit.change(spec, path, dilation=1),
                path,
            )
            yield Advice(
                "A pooling window lies in the padding alone",
                f"On {shape_text(sizes)}, window {alone[0]} of {layer.row.name} reads nothing but "
                "padding, so its maximum is −∞, and the loss becomes nan. A smaller dilation or "
                "padding keeps every window on the picture.",
                path,
                repair,
            )
