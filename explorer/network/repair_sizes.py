"""Changes of sliding windows after which layers put out other sizes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Path
from explorer.network.repair_ideas import Earlier


@dataclass(frozen=True)
class Way:
    """One of the lists of a block, with the shape it ends in."""

    path: Path
    """Of the list: that of its first node is (*path, 0)."""
    nodes: tuple[LayerSpec, ...]
    ends: Shape
    layers: tuple[Earlier, ...]
    """The layers in it, the last first."""


def shrinking_less(other: Earlier, *, more: bool = False) -> Iterator[tuple[float, dict[str, Any]]]:
    """Changes of a sliding window after which more of the picture is left, or with `more` less."""
    node: Any = other.node
    windows = node.windows()
    strides = tuple(window.stride for window in windows)
    if more:
        yield 0.2, {"stride": tuple(2 * stride for stride in strides)}
        return
    if max(strides) > 1:
        yield 0.2, {"stride": (1,) * len(strides)}
    halves = tuple(
        (window.kernel_size if node.group == "Pooling" else window.reach) // 2 for window in windows
    )
    if isinstance(node.padding, tuple):
        most = max(half for half in halves)
        for wanted_padding in sorted({1, most} - {0}):
            padding = tuple(
                max(old, min(half, wanted_padding))
                for old, half in zip(node.padding, halves, strict=True)
            )
            if padding != node.padding:
                yield 0.15, {"padding": padding}
    if max(node.kernel_size) > 2:
        yield 0.3, {"kernel_size": tuple(min(2 + size % 2, size) for size in node.kernel_size)}
    if max(node.kernel_size) > 1:
        yield 0.35, {"kernel_size": 1}


def resizings(way: Way, target: Shape) -> Iterator[list[tuple[Path, dict[str, Any]]]]:
    """Changes of windows that could give the sizes of `target`, tried on the way alone."""
    sliding = [other for other in way.layers if other.node.windows()][:6]
    single = [
        [(other.path, fields)]
        for other in sliding
        for fields in _window_changes(other, way.ends, target)
    ]
    keeping = [(other.path, fields) for other in sliding if (fields := _keeping(other))]
    paddings = [
        (path, {"padding": fields["padding"]}) for path, fields in keeping if "padding" in fields
    ]
    for changes in (*single, paddings, keeping):
        if changes and _sizes_after(way, dict(changes)) == target[1:]:
            yield list(changes)


def _window_changes(other: Earlier, ends: Shape, target: Shape) -> Iterator[dict[str, Any]]:
    yield from (fields for _, fields in shrinking_less(other))
    node: Any = other.node
    keeping = _keeping(other)
    if keeping:
        yield keeping
    if all(size > wanted for size, wanted in zip(ends[1:], target[1:], strict=True)):
        strides = [-(-size // wanted) for size, wanted in zip(ends[1:], target[1:], strict=True)]
        yield {"stride": tuple(strides)}
        halves = tuple(size // 2 for size in node.kernel_size)
        yield {"stride": tuple(strides), "padding": halves}
        yield {"padding": 0}
        if isinstance(node.padding, tuple):
            yield {"padding": tuple(max(0, pad - 1) for pad in node.padding)}


def _keeping(other: Earlier) -> dict[str, Any]:
    """What is to change for a window to keep the sizes; nothing if it does or cannot."""
    node: Any = other.node
    windows = node.windows()
    if node.padding == "same":
        return {}
    halves = tuple(window.reach // 2 for window in windows)
    wanted = {"stride": (1,) * len(windows), "padding": halves}
    if any(window.reach % 2 == 0 for window in windows):
        if node.group == "Pooling":
            wanted |= {"kernel_size": 3, "padding": 1}
        else:
            wanted |= {"padding": "same"}
    return {field: value for field, value in wanted.items() if getattr(node, field) != value}


def _sizes_after(way: Way, changes: dict[Path, dict[str, Any]]) -> Shape | None:
    """The sizes that the way ends in after the changes; None if that cannot be told."""
    rows = list(reversed(way.layers))
    if not rows:
        return None
    sizes: Shape = rows[0].row.input_shape[1:]
    for other in rows:
        row = other.row
        if other.path not in changes and row.output_shape[1:] == row.input_shape[1:]:
            continue
        node: Any = other.node
        if other.path in changes:
            try:
                node = type(node).model_validate({**dict(node), **changes[other.path]})
            except ValueError:
                return None
        windows = node.windows()
        if windows is None or len(windows) != len(sizes):
            return None
        if getattr(node, "ceil_mode", False):
            return None
        sizes = tuple(
            (size + window.before + window.after - window.reach) // window.stride + 1
            for size, window in zip(sizes, windows, strict=True)
        )
        if min(sizes) < 1:
            return None
    return sizes
