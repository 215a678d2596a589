"""Ideas to mend a single layer that cannot work on what arrives."""

from collections.abc import Iterator
from itertools import chain
from math import prod
from typing import Any

from explorer.errors import ExplorerError
from explorer.network import edit, repair_parameters
from explorer.network.base import LARGEST_COUNT, Shape
from explorer.network.baseline import output_field
from explorer.network.blocks import Path, Pretrained, Sequential
from explorer.network.kinds import SpatialLayer
from explorer.network.layers import (
    KINDS,
    Flatten,
    GroupNorm,
    Linear,
    Unflatten,
    Upsample,
)
from explorer.network.nodes import INFERRED, family_of, in_axes
from explorer.network.repair_ideas import (
    Broken,
    Idea,
    Rank,
)
from explorer.network.repair_sizes import shrinking_less

_NEAR = 4
"""How many layers before the failing one are looked at, of each sort."""


def ideas(broken: Broken) -> Iterator[Idea]:
    """Every idea, roughly those first that change little."""
    yield from chain(
        repair_parameters.ideas(broken),
        _other_kinds(broken),
        _fewer_times(broken),
        _earlier_numbers(broken),
        earlier_windows(broken),
        _inserted(broken),
        moved(broken),
        removed(broken),
    )


# Another kind of layer.


def _other_kinds(broken: Broken) -> Iterator[Idea]:
    node, dimensions = broken.node, len(broken.arrives) - 1
    kind = KINDS.get(f"{family_of(node)}{dimensions}d")
    if dimensions == 0:
        kind = KINDS.get(getattr(node, "on_rows", ""))
    others = [] if kind is None or kind is type(node) else [_as_kind(node, kind)]
    if node.kind.startswith("InstanceNorm"):
        others.append({"kind": GroupNorm, "name": node.name})
    for fields in others:
        kind = fields.pop("kind")
        try:
            other = kind.model_validate(fields)
        except ValueError:
            other = kind.model_validate({})
        if not broken.works(other):
            continue

        def swap(spec: Any, other: Any = other) -> Any:
            return edit.insert(edit.remove(spec, broken.path), broken.path, other)

        title = f"Take {other.kind} instead of {node.kind}"
        yield from broken.edited(Rank.KIND, 0.1, title, swap, broken.path, broken.path)


def _as_kind(node: Any, kind: Any) -> dict[str, Any]:
    """The fields that both kinds have, with as many sizes as the other has axes."""
    fields: dict[str, Any] = {"kind": kind}
    for field in ("name", *kind.parameter_fields()):
        if field in type(node).model_fields and field not in INFERRED:
            value = getattr(node, field)
            if isinstance(value, tuple):
                value = value[-1] if len(set(value)) > 1 else value[0]
            fields[field] = value
    return fields


# Layers before it.


def _fewer_times(broken: Broken) -> Iterator[Idea]:
    """Of a repeated block around it, as many repetitions as worked."""
    for length in range(1, len(broken.path)):
        path = broken.path[:length]
        try:
            block = edit.at(broken.spec, path)
        except ExplorerError:  # a branch number, not a node
            continue
        if isinstance(block, Sequential) and block.repeat > 1:
            inside = [row for row in broken.traced.rows if row.path[:length] == path]
            depth = _repeats_around(broken, path)
            times = max((row.repetition[depth] for row in inside if row.repetition), default=0)
            for fewer in {times, times + 1} - {0, block.repeat}:
                if fewer < block.repeat:
                    yield from broken.changed(Rank.EARLIER, 0.2, path, {"repeat": fewer})


def _repeats_around(broken: Broken, path: Path) -> int:
    found = 0
    for length in range(1, len(path)):
        try:
            around = edit.at(broken.spec, path[:length])
        except ExplorerError:  # a branch number, not a node
            continue
        found += isinstance(around, Sequential) and around.repeat > 1
    return found


def wanted(broken: Broken) -> list[int]:
    """Numbers of channels or values that the failing layer would take."""
    node, arrives = broken.node, broken.arrives[0]
    found = []
    for field in sorted(INFERRED & set(node.parameter_fields())):
        value = getattr(node, field)
        if field == "normalized_shape" and value and len(value) == len(broken.arrives):
            value = value[0]
        if isinstance(value, int):
            found.append(value)
    for field in ("groups", "num_groups"):
        groups = getattr(node, field, 1)
        if groups > 1:
            found += [max(groups, arrives // groups * groups), -(-arrives // groups) * groups]
    if isinstance(node, Unflatten) and -1 not in node.unflattened_size:
        found.append(prod(node.unflattened_size))
    return [number for number in dict.fromkeys(found) if number != arrives]


def _earlier_numbers(broken: Broken) -> Iterator[Idea]:
    """Another number of channels or values from a layer before."""
    learning = [other for other in broken.earlier if output_field(other.node)][:_NEAR]
    row = broken.last_picture if len(broken.arrives) == 1 else None
    cells = prod(row.input_shape[1:]) if row else 1
    for place, other in enumerate(learning):
        field = output_field(other.node) or ""
        for number in wanted(broken):
            if field == "out_channels" and len(broken.arrives) == 1:
                number, left = divmod(number, cells)
                if left or not number:
                    continue
            rank = Rank.PARAMETER if other.path == broken.path else Rank.EARLIER
            yield from broken.changed(rank, 0.1 + 0.1 * place, other.path, {field: number})
    if broken.is_refused_for_size:
        for place, other in enumerate(learning[:3]):
            field = output_field(other.node) or ""
            value = getattr(other.node, field)
            for power in (2, 5, 9):
                fields = {field: max(1, value >> power)}
                yield from broken.changed(Rank.EARLIER, 0.3 + 0.1 * place, other.path, fields)
    if not learning and len(broken.arrives) > 1:
        yield from _input_channels(broken)


def _input_channels(broken: Broken) -> Iterator[Idea]:
    for number in wanted(broken)[:2]:

        def other(spec: Any, number: int = number) -> Any:
            input = spec.input.model_copy(update={"channels": number})
            return type(spec)(name=spec.name, input=input, layers=spec.layers)

        title = f"Set the input's channels to {number}"
        if number <= 4096 and broken.spec.normalisation is None:
            yield from broken.edited(Rank.EARLIER, 0.6, title, other, broken.path, (0,))


def earlier_windows(broken: Broken) -> Iterator[Idea]:
    """Layers before that shrink the picture, made to do so less; or more, if it is too large."""
    sliding = [other for other in broken.earlier if other.node.windows()][: 2 * _NEAR]
    for place, other in enumerate(sliding):
        far = 0.05 * place
        for size, fields in shrinking_less(other, more=broken.is_refused_for_size):
            yield from broken.changed(Rank.EARLIER, size + far, other.path, fields)


# Layers more, elsewhere or less.


def _inserted(broken: Broken) -> Iterator[Idea]:
    node, arrives, path = broken.node, broken.arrives, broken.path
    dimensions = len(arrives) - 1
    if isinstance(node, Linear) and dimensions:
        yield from broken.inserted(0.1, path, Flatten())
        for pool in in_axes("AdaptiveAvgPool", dimensions, output_size=1):
            yield from broken.inserted(0.3, path, pool, Flatten())
    if isinstance(node, SpatialLayer) and not dimensions:
        yield from broken.inserted(0.3, path, Unflatten(unflattened_size=_picture(broken, node)))
    for number in wanted(broken):
        if dimensions:
            for mixing in in_axes("Conv", dimensions, out_channels=number, kernel_size=1):
                yield from broken.inserted(0.3, path, mixing)
        elif number <= LARGEST_COUNT:
            yield from broken.inserted(0.4, path, Linear(out_features=number))
    windows = node.windows()
    if windows and len(windows) == dimensions:
        needed = tuple(
            max(size, window.reach) for size, window in zip(arrives[1:], windows, strict=True)
        )
        if needed != arrives[1:]:
            yield from broken.inserted(0.3, path, Upsample(size=needed, scale_factor=None))
    if dimensions and broken.is_refused_for_size:
        for pool in in_axes("MaxPool", dimensions, kernel_size=2):
            yield from broken.inserted(0.3, path, pool)
    if not dimensions:
        yield from _pooled_before_flatten(broken)


def _picture(broken: Broken, node: SpatialLayer) -> Shape:
    """The picture that the values were before they became a row, or one cell of channels."""
    for other in broken.earlier:
        shape = other.row.input_shape
        if len(shape) == node.dimensions + 1 and prod(shape) == broken.arrives[0]:
            return shape
    return (broken.arrives[0], *(1,) * node.dimensions)


def _pooled_before_flatten(broken: Broken) -> Iterator[Idea]:
    """A smaller picture before it becomes a row: of the size that is declared, or of one cell."""
    row = broken.last_picture
    if row is None or row.is_shortcut or row.is_block:
        return
    channels, *sizes = row.input_shape
    asked = [1] if broken.is_refused_for_size else []
    for number in wanted(broken):
        asked += [side for side in range(1, 65) if channels * side ** len(sizes) == number]
    for side in asked:
        for pool in in_axes("AdaptiveAvgPool", len(sizes), output_size=side):
            yield from broken.inserted(0.2, row.path, pool)


def moved(broken: Broken) -> Iterator[Idea]:
    """A Flatten that comes too early, put behind the layers that work on pictures."""
    row = broken.last_picture
    if not isinstance(broken.node, SpatialLayer | Pretrained) or row is None or row.is_shortcut:
        return
    place = len(row.path) - 1
    if broken.path[:place] != row.path[:place] or broken.path[place] <= row.path[place]:
        return
    if row.kind != "Flatten" or row.is_repeated:
        return
    nodes = edit.siblings(broken.spec, row.path)
    to = broken.path[place]
    while to + 1 < len(nodes) and not isinstance(nodes[to + 1], Linear | Flatten):
        to += 1
    target = (*row.path[:-1], to)
    after = (*broken.path[:place], broken.path[place] - 1, *broken.path[place + 1 :])
    title = f"Move {row.name} to after {broken.name_of(target)}"
    yield from broken.edited(
        Rank.INSERT,
        0.1,
        title,
        lambda spec: edit.move(spec, row.path, target),
        after,
        row.path,
        through=target,
    )


def removed(broken: Broken) -> Iterator[Idea]:
    """The layer gone, or a Flatten or pooling before it."""
    row = broken.last_picture
    if isinstance(broken.node, SpatialLayer | Pretrained) and row and row.kind == "Flatten":
        yield from _without(broken, row.path, 0.3)
    shrinking = [
        other.path
        for other in broken.earlier
        if other.node.group == "Pooling" and other.path != broken.path
    ]
    for place, path in enumerate(shrinking[:2]):
        yield from _without(broken, path, 0.4 + 0.1 * place)
    yield from broken.edited(
        Rank.REMOVE,
        0.2,
        f"Remove {broken.name} ({broken.node.kind})",
        lambda spec: edit.remove(spec, broken.path),
        broken.path,
        broken.path,
        removes=True,
    )


def _without(broken: Broken, path: Path, size: float) -> Iterator[Idea]:
    """An earlier layer gone."""
    place, after = len(path) - 1, broken.path
    if after[:place] == path[:place] and after[place] > path[place]:
        after = (*after[:place], after[place] - 1, *after[place + 1 :])
    title = f"Remove {broken.name_of(path)} ({edit.at(broken.spec, path).kind})"
    yield from broken.edited(
        Rank.REMOVE, size, title, lambda spec: edit.remove(spec, path), after, path
    )
