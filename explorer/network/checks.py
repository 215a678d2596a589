"""Why a layer cannot work on what arrives, in numbers, and what would work."""

from explorer.errors import ExplorerError
from explorer.network.base import Shape, per_axis, shape_text, short


def need_picture(kind: str, shape: Shape, source: str) -> None:
    """Raise an ExplorerError unless `shape` is (channels, height, width)."""
    if len(shape) != 3:
        raise ExplorerError(
            f"{kind} works on channels × height × width, but {source} gives a plain row of "
            f"{shape_text(shape)} values.",
            "Move it before the Flatten layer.",
        )


def window_fits(
    shape: Shape,
    source: str,
    kernel_size: int | tuple[int, ...],
    padding: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    *,
    at_most_half: bool = False,
) -> None:
    """Raise an ExplorerError if a window is larger than the padded picture on an axis.

    The condition is that of PyTorch's floor formula for convolution and pooling: size + 2·padding −
    dilation·(kernel_size − 1) − 1 must not be negative. `at_most_half` says that padding cannot
    exceed half of the kernel, as in pooling.
    """
    kernels, paddings, gaps = per_axis(kernel_size), per_axis(padding), per_axis(dilation)
    axes = list(zip(shape[1:], kernels, paddings, gaps, strict=True))
    rooms = [size + 2 * pad - gap * (kernel - 1) - 1 for size, kernel, pad, gap in axes]
    if min(rooms) >= 0:
        return
    worst = rooms.index(min(rooms))
    size, kernel, pad, gap = axes[worst]
    largest = tuple((size + 2 * pad - 1) // gap + 1 for size, _, pad, gap in axes)
    enough = tuple(pad + max(0, 1 - room) // 2 for pad, room in zip(paddings, rooms, strict=True))
    padding_can_help = not at_most_half or all(
        2 * pad <= kernel for pad, kernel in zip(enough, kernels, strict=True)
    )
    raise ExplorerError(
        f"{('Height', 'Width')[worst]} {size} + 2·{pad} − {gap}·({kernel} − 1) − 1 = "
        f"−{-rooms[worst]}: the {shape_text(kernels)} kernel{' with its gaps' if gap > 1 else ''} "
        f"is larger than the picture that arrives from {source} ({shape_text(shape[1:])}"
        f"{', without its padding' if pad else ''}).",
        f"Take a kernel_size of at most {short(largest)}"
        f"{f' or a padding of at least {short(enough)}' if padding_can_help else ''} here, or "
        "shrink the picture less in the layers before.",
    )


def pool_padding(kernel_size: int | tuple[int, ...], padding: int | tuple[int, ...]) -> None:
    """Raise an ExplorerError if a pooling layer's padding exceeds half of its kernel."""
    for pad, kernel in zip(per_axis(padding), per_axis(kernel_size), strict=True):
        if 2 * pad > kernel:
            raise ExplorerError(
                f"2·{pad} is more than {kernel}: the padding of a pooling layer may be at most "
                "half of its kernel_size, or windows would lie in the padding alone.",
                f"Take a padding of at most {kernel // 2}, or a kernel_size of at least {2 * pad}.",
            )
