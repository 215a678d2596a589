"""The input that a network in a source was written for: its channels, and sizes that fit."""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from pydantic import ValidationError

from explorer.network.base import PICTURES, LayerSpec, shape_text
from explorer.network.blocks import Pretrained
from explorer.network.importing.errors import UnknownShapeError
from explorer.network.importing.network import Imported, followed, import_source, stated_input
from explorer.network.importing.parsing import parse
from explorer.network.importing.passing import Passing
from explorer.network.importing.values import Leaf
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec

SIDES = (28, 32, 64, 90, 96, 224)
"""Heights and widths that data sets and tutorials usually have."""
_LARGEST_SIDE = 1024
_CHANNELS = ("in_channels", "num_features", "num_channels")


def import_fitting(text: str, present: InputShape) -> Imported:
    """As `import_source`, for the input that the source was written for, as far as it tells.

    An export of this program states it. Of other sources the first layer tells the channels; of
    `SIDES`, the first one is taken with which everything works, or else the first Linear layer.
    What nothing decides stays as it is at present.

    Raises:
        ExplorerError: As `import_source`.
    """
    if stated := stated_input(text):
        return _said(import_source(text, stated), present, ["the source states it"])
    tree = parse(text)
    run = Passing(present)
    try:
        imported = followed(tree, text, run)
    except UnknownShapeError:
        imported, run = _first_that_can_be_followed(text, present, run)
    leaves = run.functions.used
    best = _best(imported.spec, present, leaves)
    if best == run.input == present:
        return imported
    return _said(import_source(text, best), present, _reasons(imported.spec, best, present, leaves))


def _first_that_can_be_followed(
    text: str, present: InputShape, run: Passing
) -> tuple[Imported, Passing]:
    """With another input: the source asks for a shape that there is none of with the present."""
    for shape in _candidates(present, run.functions.used):
        other = Passing(shape)
        try:
            return followed(parse(text), text, other), other
        except UnknownShapeError:
            continue
    return followed(parse(text), text, Passing(present)), run  # says what is wrong with this one


def _best(spec: NetworkSpec, present: InputShape, leaves: list[Leaf]) -> InputShape:
    best, most = present, -1.0
    for shape in _candidates(present, leaves):
        reached = _reached(spec, shape)
        if reached > most:
            best, most = shape, reached
        if most == inf:
            break
    return best


def _reached(spec: NetworkSpec, shape: InputShape) -> float:
    """How many Linear layers work with an input; infinite if everything does."""
    try:
        other = NetworkSpec(
            name=spec.name, input=shape, normalisation=spec.normalisation, layers=spec.layers
        )
    except ValidationError:  # the normalisation is for other channels
        return -1
    traced = trace(other)
    linear = sum(row.kind == "Linear" for row in traced.rows)
    return inf if traced.failure is None else linear


def _candidates(present: InputShape, leaves: list[Leaf]) -> Iterator[InputShape]:
    """Inputs that may be meant, the likeliest first: no other side than the present if it works."""
    told = _axes(leaves)
    axes = told or 2
    known = _channels(leaves)
    channels = [known] if known else [present.channels]
    first = _first_linear(leaves)
    if not known and first:
        channels = list(dict.fromkeys((present.channels, 1, 3)))
    if told in (None, len(present.shape) - 1):
        for number in channels:
            yield present.model_copy(update={"channels": number})
    sides = list(SIDES)
    if first and not known:  # pixels come to it as they are, so many as it says
        exact = (round((first / number) ** (1 / axes)) for number in channels)
        sides += [side for side in exact if 1 <= side <= _LARGEST_SIDE]
    for number in channels:
        for side in sides:
            if shape := _cube(number, axes, side):
                yield shape


def _cube(channels: int, axes: int, side: int) -> InputShape | None:
    sides = {"height": side if axes > 1 else None, "depth": side if axes > 2 else None}
    try:
        return InputShape(channels=channels, width=side, **sides)
    except ValidationError:
        return None


def _axes(leaves: list[Leaf]) -> int | None:
    """Along how many axes the first layer works that has so many."""
    for leaf in leaves:
        if isinstance(leaf.node, Pretrained):
            return 2
        if leaf.node.dimensions:
            # BatchNorm1d and its like take rows of values too.
            return leaf.node.dimensions if leaf.node.windows() or leaf.node.dimensions > 1 else None
    return None


def _channels(leaves: list[Leaf]) -> int | None:
    """The channels that the first layer takes that says so, of those that work on the input."""
    found = _telling(leaves)
    if found is None:
        return None
    if isinstance(found.node, Pretrained):
        return 3
    return next((number for field in _CHANNELS if (number := _number(found.node, field))), None)


def _telling(leaves: list[Leaf]) -> Leaf | None:
    for leaf in leaves:
        node = leaf.node
        if isinstance(node, Pretrained) or any(_number(node, field) for field in _CHANNELS):
            return leaf
        if node.group in ("Convolution", "Fully connected") or node.kind.endswith("latten"):
            return None  # behind it there are other channels
    return None


def _first_linear(leaves: list[Leaf]) -> int | None:
    """How many values the first Linear layer takes."""
    found = (_number(leaf.node, "in_features") for leaf in leaves if leaf.node.kind == "Linear")
    return next(found, None)


def _number(node: LayerSpec, field: str) -> int | None:
    number = getattr(node, field, None)
    return number if isinstance(number, int) else None


# What is said about it


def _reasons(
    spec: NetworkSpec, best: InputShape, present: InputShape, leaves: list[Leaf]
) -> list[str]:
    reasons = []
    axes = len(best.shape) - 1
    if axes != len(present.shape) - 1:
        reasons.append(f"the layers work on {PICTURES[axes]}s")
    telling = _telling(leaves)
    if telling and best.channels != present.channels:
        many = f"{best.channels} channel{'s' * (best.channels > 1)}"
        reasons.append(f"the first layer takes {many} (line {telling.line})")
    if best.shape[1:] != present.shape[1:] or not telling:
        reached = _reached(spec, best)
        fits = "everything" if reached == inf else "the first Linear layer"
        if reached > 0:
            reasons.append(f"{fits} works with {shape_text(best.shape[1:])}")
    return reasons


def _said(imported: Imported, present: InputShape, reasons: list[str]) -> Imported:
    now = imported.spec.input
    if now == present:
        return imported
    why = ", ".join(reasons[:-1]) + " and " * (len(reasons) > 1) + "".join(reasons[-1:])
    about = f"The input is now {shape_text(now.shape)}, not {shape_text(present.shape)}: {why}."
    return replace(imported, about_input=about)
