"""Ideas to mend a block whose ways do not meet: their shapes cannot be added or concatenated."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from explorer.errors import ExplorerError
from explorer.network import edit
from explorer.network.base import LayerSpec, Shape, shape_text
from explorer.network.baseline import output_field
from explorer.network.blocks import Block, Branches, Path, Residual
from explorer.network.layers import Flatten, Linear, Unflatten, Upsample
from explorer.network.nodes import described, in_axes
from explorer.network.repair_ideas import Broken, Idea, Rank
from explorer.network.repair_sizes import Way, resizings
from explorer.network.spec import NetworkSpec


def ideas(broken: Broken) -> Iterator[Idea]:
    """Every idea, roughly those first that change little."""
    block = broken.node
    if not isinstance(block, Block):
        return
    ways = _ways(broken, block)
    if isinstance(block, Residual):
        yield from broken.changed(Rank.PARAMETER, 0.1, broken.path, {"shortcut": "projection"})
        yield from broken.changed(Rank.PARAMETER, 0.2, broken.path, {"shortcut": "identity"})
        yield from _meeting(broken, ways, broken.arrives, concatenated=False)
    elif isinstance(block, Branches):
        concatenated = block.join == "concatenate"
        if not concatenated:
            yield from broken.changed(Rank.PARAMETER, 0.1, broken.path, {"join": "concatenate"})
        ends = [way.ends for way in ways]
        for target in sorted(set(ends), key=lambda shape: (-ends.count(shape), ends.index(shape))):
            yield from _meeting(broken, ways, target, concatenated=concatenated)
    yield from _around(broken, block, ways)


def _ways(broken: Broken, block: Block) -> list[Way]:
    found = []
    for number, nodes in enumerate(block.lists):
        path = (*broken.path, number) if isinstance(block, Branches) else broken.path
        inside = [
            row
            for row in broken.traced.rows
            if row.path[: len(path)] == path and len(row.path) > len(path) and not row.is_shortcut
        ]
        direct = [row for row in inside if len(row.path) == len(path) + 1]
        ends = direct[-1].output_shape if direct else broken.arrives
        layers = tuple(other for other in broken.earlier if other.path[: len(path)] == path)
        found.append(Way(path, nodes, ends, layers))
    return found


def _fits(shape: Shape, target: Shape, concatenated: bool) -> bool:
    if concatenated:
        return len(shape) == len(target) and shape[1:] == target[1:]
    return shape == target


_Change = tuple[str, Any]
"""What is done, and the edit of a spec that does it."""


def _meeting(
    broken: Broken, ways: list[Way], target: Shape, *, concatenated: bool
) -> Iterator[Idea]:
    """Let every way end in `target`: by parameters of their layers, or by layers at their ends."""
    others = [way for way in ways if not _fits(way.ends, target, concatenated)]
    if not others:  # they meet, so it is something else: the network gets too large
        for way in ways:
            for other in way.layers[:3]:
                field = output_field(other.node)
                if field:
                    fewer = max(1, getattr(other.node, field) // 2)
                    yield from broken.changed(Rank.EARLIER, 0.3, other.path, {field: fewer})
        return
    mended = [_parameters(broken, way, target, concatenated) for way in others]
    if all(mended):
        for places in range(3):
            changes = [options[min(places, len(options) - 1)] for options in mended]
            yield from _together(broken, Rank.EARLIER, 0.2 + 0.1 * places, changes)
    added = [_appended(way, target, concatenated) for way in others]
    if all(added):
        for place in range(max(len(options) for options in added)):
            nodes = [options[min(place, len(options) - 1)] for options in added]
            yield from _together(
                broken,
                Rank.INSERT,
                0.2 + 0.1 * place,
                [_append(broken, way, *new) for way, new in zip(others, nodes, strict=True)],
            )


def _together(broken: Broken, rank: Rank, size: float, changes: list[_Change]) -> Iterator[Idea]:
    def change(spec: NetworkSpec) -> NetworkSpec:
        for _, part in changes:
            spec = part(spec)
        return spec

    title = "; ".join(text for text, _ in changes)
    size += 0.1 * (len(changes) - 1 + title.count(" and "))
    yield from broken.edited(
        rank, size, title[0].upper() + title[1:], change, broken.path, broken.path
    )


def _parameters(broken: Broken, way: Way, target: Shape, concatenated: bool) -> list[_Change]:
    """Changes of the layers of a way after which it ends in `target`, small ones first.

    They are tried by what is known of them, so not all of them do.
    """
    if len(way.ends) != len(target):
        return []
    channels: list[tuple[Path, dict[str, Any]]] = []
    if way.ends[0] != target[0] and not concatenated:
        last = next((other for other in way.layers if output_field(other.node)), None)
        if last is None:
            return []
        channels = [(last.path, {output_field(last.node) or "": target[0]})]
    sizes: list[list[tuple[Path, dict[str, Any]]]] = [[]]
    if way.ends[1:] != target[1:]:
        sizes = list(islice(resizings(way, target), 3))
        if not sizes:
            return []
    return [
        _set(broken, _merged([*channels, *changes])) for changes in sizes if channels or changes
    ]


def _merged(changes: list[tuple[Path, dict[str, Any]]]) -> dict[Path, dict[str, Any]]:
    merged: dict[Path, dict[str, Any]] = {}
    for path, fields in changes:
        merged.setdefault(path, {}).update(fields)
    return merged


def _set(broken: Broken, changes: dict[Path, dict[str, Any]]) -> _Change:
    def change(spec: NetworkSpec) -> NetworkSpec:
        for path, fields in changes.items():
            spec = edit.change(spec, path, **fields)
        return spec

    parts = [
        next(iter(broken.changed(Rank.EARLIER, 0, path, fields)), None)
        for path, fields in changes.items()
    ]
    title = " and ".join(part.title[0].lower() + part.title[1:] for part in parts if part)
    return title or "change nothing", change


def _appended(way: Way, target: Shape, concatenated: bool) -> list[tuple[LayerSpec, ...]]:
    """Layers that make `target` of what a way ends in, at its end."""
    ends = way.ends
    if len(target) == 1:
        if len(ends) == 1:
            return [(Linear(out_features=target[0]),)]
        rows = (Flatten(),)
        return [rows if concatenated else (*rows, Linear(out_features=target[0]))]
    dimensions = len(target) - 1
    if len(ends) == 1:
        mixed = (Unflatten(unflattened_size=(-1, *(1,) * dimensions)),)
        ends = (ends[0], *(1,) * dimensions)
    else:
        mixed = ()
    if len(ends) != len(target):
        return []
    if not concatenated and ends[0] != target[0]:
        mixed += tuple(in_axes("Conv", dimensions, out_channels=target[0], kernel_size=1))
    if ends[1:] == target[1:]:
        return [mixed]
    sized: list[LayerSpec] = []
    if all(size <= wanted for size, wanted in zip(ends[1:], target[1:], strict=True)):
        sized.append(Upsample(size=target[1:], scale_factor=None))
    else:
        for family in ("AdaptiveMaxPool", "AdaptiveAvgPool"):
            sized += in_axes(family, dimensions, output_size=target[1:])
    return [(*mixed, layer) for layer in sized]


def _append(broken: Broken, way: Way, *nodes: LayerSpec) -> _Change:
    def change(spec: NetworkSpec) -> NetworkSpec:
        for place, node in enumerate(nodes):
            spec = edit.insert(spec, (*way.path, len(way.nodes) + place), node)
        return spec

    made = " and ".join(described(node) for node in nodes)
    names = broken.node.list_names() if isinstance(broken.node, Block) else ()
    number = way.path[-1] if isinstance(broken.node, Branches) else 0
    return f"insert {made} at the end of {broken.name}.{names[number]}", change


def _around(broken: Broken, block: Block, ways: list[Way]) -> Iterator[Idea]:
    """Layers in the way left out, the join left out, and the block itself."""
    for way in ways:
        for other in way.layers[:4]:
            if other.row.output_shape != other.row.input_shape:
                title = f"Remove {broken.name_of(other.path)} ({other.node.kind})"

                def without(spec: NetworkSpec, path: Path = other.path) -> NetworkSpec:
                    return edit.remove(spec, path)

                yield from broken.edited(Rank.REMOVE, 0.4, title, without, broken.path, broken.path)
    if isinstance(block, Residual) and block.body:
        kept = f"Keep only the body of {broken.name}"

        def opened(spec: NetworkSpec) -> NetworkSpec:
            return edit.unwrap(spec, broken.path)

        yield from broken.edited(
            Rank.REMOVE, 0.2, kept, opened, broken.path, broken.path, removes=True
        )
    for number, way in enumerate(ways):
        if isinstance(block, Branches) and len(ways) > 2:
            title = f"Remove {broken.name}.branch{number + 1} ({shape_text(way.ends)})"

            def fewer(spec: NetworkSpec, number: int = number) -> NetworkSpec:
                return edit.remove_branch(spec, broken.path, number)

            yield from broken.edited(Rank.REMOVE, 0.3, title, fewer, broken.path, broken.path)
    try:
        edit.remove(broken.spec, broken.path)
    except ExplorerError:
        return
    yield from broken.edited(
        Rank.REMOVE,
        0.9,
        f"Remove {broken.name} ({block.kind})",
        lambda spec: edit.remove(spec, broken.path),
        broken.path,
        broken.path,
        removes=True,
    )
