"""Why a sliding window does not fit what arrives, in numbers, and what would fit."""

from collections.abc import Sequence

from explorer.errors import ExplorerError
from explorer.network.base import (
    AXES,
    PICTURES,
    AxisWindow,
    Shape,
    shape_text,
    short,
)
from explorer.network.checks import signed
from explorer.network.window_rules import WindowRules


def window_fits(
    rules: WindowRules, windows: Sequence[AxisWindow], shape: Shape, source: str
) -> None:
    """Raise an ExplorerError if a window is larger than the padded picture on an axis.

    The output has ⌊(size + 2·padding − dilation·(kernel_size − 1) − 1) / stride⌋ + 1 cells along an
    axis, as PyTorch's documentation of convolution and pooling says; that must not be less than 1.
    With ceil_mode it is rounded up instead, which lets windows stand out at the end.

    Args:
        rules: What else holds for the windows.
        windows: One per axis.
        shape: What arrives, channels first.
        source: Where it comes from: "`pool2`", "the input".
    """
    sizes = shape[1:]
    spare = [rules.spare(window, size) for window, size in zip(windows, sizes, strict=True)]
    if min(spare) >= 0:
        return
    worst = spare.index(min(spare))
    window, size = windows[worst], sizes[worst]
    room = size + 2 * window.before - window.reach
    inner = f"{size} + 2·{window.before} − {window.dilation}·({window.kernel_size} − 1) − 1"
    if rules.ceil_mode:
        result = f"⌈({inner})/{window.stride}⌉ + 1 = {signed(-(-room // window.stride) + 1)}"
    else:
        result = f"{inner} = {signed(room)}"
    kernels = tuple(window.kernel_size for window in windows)
    kernel = f"the {shape_text(kernels)} kernel" if len(kernels) > 1 else "the kernel"
    ways = rules.ways(windows, sizes, "smaller kernel", "more padding")
    raise ExplorerError(
        f"{_axis(windows, worst)} {result}: {kernel}"
        f"{' with its gaps' if window.dilation > 1 else ''} is larger than the "
        f"{PICTURES[len(windows)]} that arrives from {source} ({shape_text(sizes)}"
        f"{', without its padding' if window.before else ''}).",
        _take(ways or rules.ways(windows, sizes, "both less"), len(windows)),
    )


def _take(ways: list[str], dimensions: int) -> str:
    return (
        f"Take {' or '.join(ways)} here, or shrink the {PICTURES[dimensions]} less in the layers "
        "before."
    )


def pool_padding(rules: WindowRules, windows: Sequence[AxisWindow], shape: Shape) -> None:
    """Raise an ExplorerError if a pooling layer's padding exceeds half of its kernel."""
    for axis, window in enumerate(windows):
        pad, kernel = window.before, window.kernel_size
        if 2 * pad > kernel:
            ways = rules.ways(windows, shape[1:], "less padding", "larger kernel")
            ways = ways or rules.ways(windows, shape[1:], "both less")
            raise ExplorerError(
                f"{_axis(windows, axis)}: 2·{pad} is more than {kernel}: the padding of a pooling "
                "layer may be at most half of its kernel_size, or windows would lie in the padding "
                "alone.",
                f"Take {', or '.join(ways)}.",
            )


def same_moves_by_one(windows: Sequence[AxisWindow]) -> None:
    """Raise an ExplorerError if a window with padding "same" moves on by more than one cell."""
    strides = tuple(window.stride for window in windows)
    if max(strides) > 1:
        halves = tuple(window.reach // 2 for window in windows)
        raise ExplorerError(
            f"padding 'same' keeps the size, but stride {short(strides)} makes it smaller: PyTorch "
            "refuses both together.",
            f"Take stride 1, or a padding of {short(halves)}.",
        )


def padding_mode_fits(
    rules: WindowRules,
    windows: Sequence[AxisWindow],
    shape: Shape,
    source: str,
    *,
    automatic: bool,
) -> None:
    """Raise an ExplorerError if padding takes more cells from the picture than it has.

    "reflect" mirrors the cells beside the edge, "circular" takes those of the other end.
    `automatic` says that the padding is "same" and cannot be changed by itself.
    """
    mode, sizes = rules.padding_mode, shape[1:]
    for axis, (window, size) in enumerate(zip(windows, sizes, strict=True)):
        pad, there = max(window.before, window.after), rules.most_padding(size)
        if pad > there:
            besides = " besides the edge itself" if mode == "reflect" else ""
            ways = (
                ["a smaller kernel_size or dilation"]
                if automatic
                else rules.ways(windows, sizes, "less padding")
            )
            raise ExplorerError(
                f"{_axis(windows, axis)}: padding of {pad} with padding_mode {mode!r} needs {pad} "
                f"cells{besides}, but the {PICTURES[len(windows)]} that arrives from {source} "
                f"({shape_text(sizes)}) has {there}.",
                f"Take {', or '.join([*ways, _OTHER_MODES])}.",
            )


_OTHER_MODES = "padding_mode 'replicate' or 'zeros'"


def transposed_fits(
    windows: Sequence[AxisWindow], output_padding: Sequence[int], shape: Shape, source: str
) -> Shape:
    """Sizes that a transposed convolution puts out, from PyTorch's formula in its documentation.

    Raises:
        ExplorerError: If output_padding is not smaller than stride or dilation, or if nothing is
            left after taking the padding away.
    """
    most = [max(window.stride, window.dilation) - 1 for window in windows]
    fewer = tuple(min(pair) for pair in zip(output_padding, most, strict=True))
    stamped = [
        (size - 1) * window.stride + window.reach + extra
        for size, window, extra in zip(shape[1:], windows, fewer, strict=True)
    ]
    pads = tuple(window.before for window in windows)
    less = tuple(min(pad, (whole - 1) // 2) for pad, whole in zip(pads, stamped, strict=True))
    for axis, (size, window) in enumerate(zip(shape[1:], windows, strict=True)):
        extra = output_padding[axis]
        if extra > most[axis]:
            also = (
                f", or a stride of at least {extra + 1}"
                if less == pads
                else f" and a padding of at most {short(less)}"
            )
            raise ExplorerError(
                f"{_axis(windows, axis)}: output_padding {extra} must be smaller than stride "
                f"{window.stride} or dilation {window.dilation}; it only settles which of the "
                f"sizes that give {size} back is meant.",
                f"Take an output_padding of at most {short(fewer)}{also}.",
            )
    sizes = tuple(whole - 2 * pad for whole, pad in zip(stamped, pads, strict=True))
    for axis, (size, window) in enumerate(zip(shape[1:], windows, strict=True)):
        if sizes[axis] < 1:
            raise ExplorerError(
                f"{_axis(windows, axis)} ({size} − 1)·{window.stride} − 2·{window.before} + "
                f"{window.dilation}·({window.kernel_size} − 1) + {output_padding[axis]} + 1 = "
                f"{signed(sizes[axis])}: the padding cuts away everything that the layer makes of "
                f"what arrives from {source} ({shape_text(shape[1:])}).",
                f"Take a padding of at most {short(less)}, or a larger kernel_size or stride.",
            )
    return sizes


def no_larger_than_picture(
    rules: WindowRules, windows: Sequence[AxisWindow], shape: Shape, source: str
) -> None:
    """Raise an ExplorerError if a kernel is larger than the picture without its padding.

    PyTorch's AvgPool3d wants that, AvgPool1d and AvgPool2d do not.
    """
    sizes = shape[1:]
    for axis, (window, size) in enumerate(zip(windows, sizes, strict=True)):
        if window.kernel_size > size:
            ways = rules.ways(windows, sizes, "smaller kernel")
            raise ExplorerError(
                f"{_axis(windows, axis)} {size} is less than {window.kernel_size}: AvgPool3d takes "
                f"no kernel larger than the {PICTURES[len(windows)]} that arrives from {source} "
                f"({shape_text(sizes)}), whatever its padding.",
                _take(ways or rules.ways(windows, sizes, "both less"), len(windows)),
            )


def _axis(windows: Sequence[AxisWindow], axis: int) -> str:
    return AXES[len(windows)][axis].capitalize()
