"""Ideas to mend a layer by other values of its own parameters."""

from collections.abc import Iterator
from itertools import chain
from math import gcd
from typing import Any

from explorer.network import edit
from explorer.network.base import LARGEST_COUNT, LARGEST_SIZE
from explorer.network.kinds import SpatialLayer
from explorer.network.layers import Flatten, Softmax, Unflatten, Upsample
from explorer.network.nodes import INFERRED, with_fields
from explorer.network.repair_ideas import Broken, Idea, Rank
from explorer.network.shapes import trace


def ideas(broken: Broken) -> Iterator[Idea]:
    """Every idea, roughly those first that change little."""
    if broken.is_refused_for_size:
        yield from _smaller(broken)
    yield from chain(
        _declared(broken),
        _groups(broken),
        _windows(broken),
        _dimensions(broken),
        _upsampling(broken),
    )


def _declared(broken: Broken) -> Iterator[Idea]:
    """What arrives is not what was set by hand, or has no spread of its own."""
    if getattr(broken.node, "track_running_stats", None) is False:
        yield from broken.own(0.1, track_running_stats=True)
    for field in sorted(INFERRED & set(broken.node.parameter_fields())):
        if getattr(broken.node, field) is None:
            continue
        right = broken.arrives if field == "normalized_shape" else broken.arrives[0]
        yield from broken.own(0.1, **{field: right})
        changed = with_fields(broken.node, {field: None})
        if changed is not None and broken.accepts(changed):
            yield from broken.changed(Rank.INFERRED, 0.1, broken.path, {field: None})
        for other in ("groups", "num_groups"):  # both may be wrong
            if getattr(broken.node, other, 1) > 1:
                for size, groups in _near_divisors(broken, getattr(broken.node, other)):
                    yield from broken.own(0.5 + size, **{field: right, other: groups})


def _groups(broken: Broken) -> Iterator[Idea]:
    for field in ("groups", "num_groups"):
        groups = getattr(broken.node, field, None)
        if groups is None:
            continue
        for size, near in _near_divisors(broken, groups):
            yield from broken.own(0.1 + size, **{field: near})
        out = getattr(broken.node, "out_channels", None)
        if out is not None and groups > 1:
            for near in {max(groups, out // groups * groups), -(-out // groups) * groups}:
                if near != out and near <= LARGEST_COUNT:
                    distance = min(0.5, abs(near - out) / (2 * out))
                    yield from broken.own(0.15 + distance, out_channels=near)


def _near_divisors(broken: Broken, groups: int) -> list[tuple[float, int]]:
    """Numbers of groups that divide the channels, the nearest first, with how far they are."""
    out = getattr(broken.node, "out_channels", 0)
    channels = gcd(broken.arrives[0], out)
    found = [number for number in range(1, min(channels, 4096) + 1) if channels % number == 0]
    nearest = sorted(found, key=lambda number: abs(number - groups))[:3]
    return [(0.05 * place, number) for place, number in enumerate(nearest) if number != groups]


_MOST_HALVINGS = 6

_WINDOW_FIELDS = ("kernel_size", "padding", "stride", "dilation", "output_padding")


def _windows(broken: Broken) -> Iterator[Idea]:
    node = broken.node
    if not isinstance(node, SpatialLayer) or len(broken.arrives) != node.dimensions + 1:
        return
    if node.kind.startswith("Adaptive"):
        yield from broken.own(0.2, output_size=broken.arrives[1:])
        return
    if getattr(node, "padding", None) == "same":
        halves = tuple(window.reach // 2 for window in node.windows() or ())
        yield from broken.own(0.1, padding=halves)
        # Modes other than zeros take at most as many cells as the picture has beside its edge.
        sizes = broken.arrives[1:]
        inside = tuple(min(half, size - 1) for half, size in zip(halves, sizes, strict=True))
        yield from broken.own(0.15, padding=inside)
        yield from broken.own(0.2, stride=1)
    if isinstance(getattr(node, "padding_mode", None), str):
        for place, mode in enumerate(("replicate", "zeros")):
            yield from broken.own(0.3 + 0.05 * place, padding_mode=mode)
    alone = False
    for field in _WINDOW_FIELDS:
        for larger in (False, True):
            for idea in _nearest(broken, field, larger):
                alone = alone or field in ("kernel_size", "padding")
                yield idea
    if getattr(node, "ceil_mode", None) is False:
        yield from broken.own(0.6, ceil_mode=True)
    if not alone:
        yield from _both_less(broken, node)


def _nearest(broken: Broken, field: str, larger: bool) -> Iterator[Idea]:
    """The nearest value of a size that the layer takes: along all axes alike, or else along one."""
    node = broken.node
    value = getattr(node, field, None)
    if not isinstance(value, tuple):
        return
    lowest = 0 if "padding" in field else 1
    start = min(value) if larger else max(value)
    for axes in (tuple(range(len(value))), *((axis,) for axis in range(len(value)))):
        for size in _candidates(broken, field, start, lowest, larger):
            bound = max if larger else min
            near = tuple(
                bound(old, size) if axis in axes else old for axis, old in enumerate(value)
            )
            changed = with_fields(node, {field: near}) if near != value else None
            if changed is not None and broken.accepts(changed):
                far = abs(sum(near) - sum(value)) / (len(value) * 16)
                odd = 0.0 if field in ("padding", "kernel_size", "output_padding") else 0.2
                yield from broken.own(min(0.9, 0.1 + odd + far), **{field: near})
                return


def _candidates(
    broken: Broken, field: str, start: int, lowest: int, larger: bool
) -> tuple[int, ...]:
    """Sizes to try, the nearest first: all that are near, and those that could just fit."""
    highest = 31 if field in ("stride", "dilation") else LARGEST_SIZE
    sizes = broken.arrives[1:]
    windows = broken.node.windows() or ()
    found = {start + (step if larger else -step) for step in range(1, 10)}
    for window, size in zip(windows, sizes, strict=False):
        room = size + window.before + window.after
        found |= {room, (room - 1) // window.dilation + 1, window.kernel_size // 2, size, size - 1}
        found |= {-(-(window.reach - size) // 2), 2 * window.before}
    if not windows:  # a transposed convolution: its padding must leave something of the stamps
        for field_of in ("kernel_size", "stride", "padding", "dilation"):
            found |= {size - 1 for size in getattr(broken.node, field_of, ())}
        largest = max(getattr(broken.node, "padding", (0,)))
        found |= {2 * largest + step for step in range(3)} | set(range(start, lowest, -8))
    found |= {lowest, *(2**power for power in range(9))}
    ordered = sorted(size for size in found if lowest <= size <= highest)
    if larger:
        return tuple(size for size in ordered if size > start)
    return tuple(size for size in reversed(ordered) if size < start)


def _both_less(broken: Broken, node: SpatialLayer) -> Iterator[Idea]:
    """A smaller kernel, and as much less padding as it asks for."""
    kernel, padding = getattr(node, "kernel_size", None), getattr(node, "padding", None)
    if not isinstance(kernel, tuple) or not isinstance(padding, tuple):
        return
    for size in _candidates(broken, "kernel_size", max(kernel), 1, larger=False):
        less = tuple(min(old, size) for old in kernel)
        fields = {
            "kernel_size": less,
            "padding": tuple(min(pad, half // 2) for pad, half in zip(padding, less, strict=True)),
        }
        changed = with_fields(node, fields)
        if fields["padding"] != padding and changed is not None and broken.accepts(changed):
            yield from broken.own(0.8, **fields)
            return
    if max(getattr(node, "output_padding", (0,))) > 0:
        yield from broken.own(0.8, padding=0, output_padding=0)


def _dimensions(broken: Broken) -> Iterator[Idea]:
    """Dimensions counted as PyTorch does, of layers that work on any shape."""
    node = broken.node
    if isinstance(node, Flatten):
        for size, fields in ((0.1, {"start_dim": 1}), (0.1, {"end_dim": -1})):
            yield from broken.own(size, **fields)
        yield from broken.own(0.3, start_dim=1, end_dim=-1)
    elif isinstance(node, Softmax):
        for size, dim in ((0.1, 1), (0.2, -1)):
            yield from broken.own(size, dim=dim)
    elif isinstance(node, Unflatten):
        yield from broken.own(0.1, dim=1)
        row = broken.last_picture
        sizes = [row.input_shape] if row else []
        left = tuple(max(1, size) for size in node.unflattened_size[1:])
        sizes += [(-1, *left), (-1, 1, 1), (broken.arrives[0],)]
        for place, asked in enumerate(sizes):
            yield from broken.own(0.2 + 0.1 * place, unflattened_size=asked)
            yield from broken.own(0.6 + 0.1 * place, dim=1, unflattened_size=asked)


_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _upsampling(broken: Broken) -> Iterator[Idea]:
    node, dimensions = broken.node, len(broken.arrives) - 1
    if not isinstance(node, Upsample) or dimensions not in _MODES:
        return
    smallest = -(-100 // min(broken.arrives[1:])) / 100
    size = node.size[0] if isinstance(node.size, tuple) else node.size
    factor = node.scale_factor[0] if isinstance(node.scale_factor, tuple) else node.scale_factor
    larger = max(smallest, 0.01)
    modes = ({}, {"align_corners": None}, {"mode": _MODES[dimensions]})
    modes += ({"mode": "nearest", "align_corners": None},)
    sizes: tuple[dict[str, Any], ...] = (
        {},
        {"scale_factor": larger if factor is not None else 2.0, "size": None},
        {"scale_factor": factor or 2.0, "size": None},
        {"scale_factor": None, "size": size or broken.arrives[1:]},
        {"scale_factor": None, "size": broken.arrives[1:]},
        {"scale_factor": 1.0, "size": None},
    )
    again = ({}, {"recompute_scale_factor": None})
    found = [{**mode, **given, **also} for mode in modes for given in sizes for also in again]
    needed = [_needed(node, fields) for fields in found]
    offered = 0
    for fields in sorted((fields for fields in needed if fields), key=len):
        changed = with_fields(node, fields)
        if changed is not None and broken.accepts(changed) and offered < 4:
            offered += 1
            yield from broken.own(0.1 + 0.2 * len(fields), **fields)


def _needed(node: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Those of the fields that are not so already."""
    return {field: value for field, value in fields.items() if getattr(node, field) != value}


def _smaller(broken: Broken) -> Iterator[Idea]:
    """The network would be too large: halve what the layer puts out until it is not."""
    node = broken.node
    for field in ("out_features", "out_channels"):
        value = getattr(node, field, None)
        while value and value > 1:
            value //= 2
            changed = with_fields(node, {field: value})
            if changed is not None and broken.works(changed):
                value = _with_room_behind(broken, field, value)
                for power in (0, 3, 6):
                    fewer = max(1, value >> power)
                    yield from broken.own(0.1 + 0.1 * power, **{field: fewer})
                break
    for field, smallest in (("size", 1), ("output_size", 1), ("scale_factor", 0.5)):
        value = getattr(node, field, None)
        largest: Any = max((part or 0) for part in value) if isinstance(value, tuple) else value
        while largest and largest > smallest:
            largest = largest / 2 if field == "scale_factor" else largest // 2
            changed = with_fields(node, {field: largest})
            if changed is not None and broken.works(changed):
                yield from broken.own(0.2, **{field: largest})
                break
    for field in ("stride", "kernel_size"):
        value = getattr(node, field, None)
        if isinstance(value, tuple):
            shrinks = field == "stride" and not node.kind.startswith("ConvTranspose")
            for power in range(1, 6):
                other = tuple(
                    min(LARGEST_SIZE, part << power) if shrinks else max(1, part >> power)
                    for part in value
                )
                changed = with_fields(node, {field: other})
                if changed is not None and broken.accepts(changed) and broken.works(changed):
                    yield from broken.own(0.3, **{field: other})
                    break


def _with_room_behind(broken: Broken, field: str, value: int) -> int:
    """The number, halved as long as layers behind it would be too large; as it is if never."""
    for power in range(_MOST_HALVINGS if broken.has_short_rest else 0):
        spec = edit.change(broken.spec, broken.path, **{field: max(1, value >> power)})
        if trace(spec).failure is None:
            return max(1, value >> power)
    return value
