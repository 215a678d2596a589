"""Where a block's ways come together again: which shapes can be added or concatenated.

Shapes are those of one picture, (C, …) or (features,). Everything refused is refused in numbers.
"""

from collections.abc import Sequence

from explorer.errors import ExplorerError
from explorer.network.base import LARGEST_SIZE, LayerSpec, Shape, shape_text
from explorer.network.layers import KINDS

_AXES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def added_to_input(arrives: Shape, body: Shape, source: str) -> Shape:
    """body(x) + x: the shape of both.

    Raises:
        ExplorerError: If they differ.
    """
    if body == arrives:
        return body
    try:
        projection(arrives, body)
        remedy = (
            "Set shortcut to projection, whose 1×1 convolution gives the input the body's shape, "
            f"or let the body put out {shape_text(arrives)}."
        )
    except ExplorerError:
        remedy = f"Let the body put out {shape_text(arrives)}."
    raise ExplorerError(
        f"The body makes {shape_text(body)} of the {shape_text(arrives)} that {source} gives; "
        "only equal shapes can be added.",
        remedy,
    )


def projection(arrives: Shape, body: Shape) -> tuple[LayerSpec, ...]:
    """The layers of a projection shortcut: a 1×1 convolution and batch normalisation.

    They bring `arrives` to the shape of `body`. The stride is the smallest that does, per axis:
    floor((size − 1) / stride) + 1 has to be the body's size.

    Raises:
        ExplorerError: If no stride does.
    """
    dimensions = len(arrives) - 1
    kinds = [f"{name}{dimensions}d" for name in ("Conv", "BatchNorm")]
    if len(arrives) != len(body) or not all(kind in KINDS for kind in kinds):
        raise ExplorerError(
            f"A 1×1 convolution cannot make {shape_text(body)} of {shape_text(arrives)}.",
            "Set shortcut to identity, and keep Flatten and Linear layers out of the body.",
        )
    strides = []
    for axis, size, wanted in zip(_AXES[dimensions], arrives[1:], body[1:], strict=True):
        stride = _stride(size, wanted)
        if stride is None:
            raise ExplorerError(
                f"The body makes {shape_text(body)} of {shape_text(arrives)}: no stride brings "
                f"{axis} {size} to {wanted} with a 1×1 convolution.",
                "Choose strides and paddings in the body that keep the size or divide it, such as "
                "stride 2 with kernel_size 3 and padding 1.",
            )
        strides.append(stride)
    convolution = KINDS[kinds[0]].model_validate(
        {"out_channels": body[0], "kernel_size": 1, "stride": tuple(strides), "bias": False}
    )
    return (convolution, KINDS[kinds[1]].model_validate({}))


def _stride(size: int, wanted: int) -> int | None:
    """The smallest stride with (size − 1) // stride + 1 == wanted."""
    if wanted == size:
        return 1
    if not 1 <= wanted < size:
        return None
    stride = (size - 1) // wanted + 1
    fits = stride <= LARGEST_SIZE and (size - 1) // stride + 1 == wanted
    return stride if fits else None


def concatenated(shapes: Sequence[Shape]) -> Shape:
    """Channels behind one another: the sum of channels, everything else as it is.

    Raises:
        ExplorerError: If anything but the channels differs.
    """
    first = shapes[0]
    for number, shape in enumerate(shapes[1:], 2):
        if len(shape) != len(first) or shape[1:] != first[1:]:
            raise ExplorerError(
                f"branch1 puts out {shape_text(first)}, but branch{number} {shape_text(shape)}: "
                "only the channels may differ when they are concatenated.",
                "Give the branches the same strides, and paddings that make up for their kernels: "
                "padding = dilation·(kernel_size − 1) / 2 keeps the size.",
            )
    return (sum(shape[0] for shape in shapes), *first[1:])


def added(shapes: Sequence[Shape]) -> Shape:
    """The sum of the branches: the shape of each.

    Raises:
        ExplorerError: If they differ.
    """
    first = shapes[0]
    for number, shape in enumerate(shapes[1:], 2):
        if shape != first:
            raise ExplorerError(
                f"branch1 puts out {shape_text(first)}, but branch{number} {shape_text(shape)}: "
                "only equal shapes can be added.",
                "Give the branches the same out_channels and sizes, or set join to concatenate.",
            )
    return first
