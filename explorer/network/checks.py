"""Why a layer cannot work on what arrives, in numbers, and what would work."""

from math import gcd, prod

from explorer.errors import ExplorerError
from explorer.network.base import AXES, Shape, shape_text

MOST_VALUES = 10**15
"""More values than any limit on a network's size lets through, and few enough for PyTorch to count.

Layers that can make a picture larger without bound are held to it before PyTorch sees them.
"""


def counted(number: int, what: str) -> str:
    """A number of things: "1 channel", "3 channels"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def axes_text(dimensions: int) -> str:
    """What sizes mean, with 2 axes after the channels: "channels × height × width"."""
    return " × ".join(("channels", *AXES[dimensions]))


def arriving(shape: Shape) -> str:
    """A shape in words: "a plain row of 36 values", "channels × length (3×28)"."""
    if len(shape) == 1:
        return f"a plain row of {counted(shape[0], 'value')}"
    if len(shape) - 1 in AXES:
        return f"{axes_text(len(shape) - 1)} ({shape_text(shape)})"
    return f"{len(shape)} sizes ({shape_text(shape)})"


def axes(kind: str, dimensions: int, on_rows: str, shape: Shape, source: str) -> None:
    """Raise an ExplorerError unless `shape` is the channels and `dimensions` axes after them.

    `on_rows` is the kind that does the same to a plain row of values, "" if there is none.
    """
    if len(shape) == dimensions + 1:
        return
    if len(shape) == 1 and on_rows:
        remedy = f"Take {on_rows} here, or move it before the Flatten layer."
    elif len(shape) == 1:
        remedy = "Move it before the Flatten layer."
    elif len(shape) - 1 in AXES:
        remedy = f"Take {kind[:-2]}{len(shape) - 1}d here."
    else:
        remedy = "Change the layers before it."
    raise ExplorerError(
        f"{kind} works on {axes_text(dimensions)}, but {source} gives {arriving(shape)}.", remedy
    )


def declared(
    field: str, value: int | None, arrives: int, what: str, shape: Shape, source: str
) -> None:
    """Raise an ExplorerError if a number set by hand is not the one that arrives."""
    if value not in (None, arrives):
        whole = f" ({shape_text(shape)})" if len(shape) > 1 else ""
        raise ExplorerError(
            f"{field} is {value}, but {source} gives {counted(arrives, what)}{whole}.",
            f"Set {field} to {arrives}, or leave it empty so that it follows.",
        )


def groups_divide(groups: int, in_channels: int, out_channels: int, source: str) -> None:
    """Raise an ExplorerError unless the channels on both sides fall into `groups` equal parts."""
    for field, channels, origin in (
        ("in_channels", in_channels, f", from {source}"),
        ("out_channels", out_channels, ""),
    ):
        if channels % groups:
            raise ExplorerError(
                f"groups is {groups}, but {field} is {channels}{origin}: "
                f"{_remainder(channels, groups)}, so the channels cannot be shared out evenly.",
                f"Take groups that divide {in_channels} and {out_channels}: "
                f"{_divisors(gcd(in_channels, out_channels))}.",
            )


def groups_of_channels(num_groups: int, channels: int, origin: str) -> None:
    """Raise an ExplorerError unless the channels fall into `num_groups` equal parts."""
    if channels % num_groups:
        raise ExplorerError(
            f"num_groups is {num_groups}, but {origin} {counted(channels, 'channel')}: "
            f"{_remainder(channels, num_groups)}, so the groups would not be equal.",
            f"Take a num_groups that divides {channels}: {_divisors(channels)}.",
        )


def _remainder(number: int, divisor: int) -> str:
    return f"{number} = {number // divisor}·{divisor} + {number % divisor}"


def _divisors(number: int, most: int = 8) -> str:
    """The smallest divisors and the number itself, as text."""
    found = [divisor for divisor in range(1, min(number, 1000) + 1) if number % divisor == 0]
    if len(found) <= most and number <= 1000:
        return ", ".join(map(str, found))
    return f"{', '.join(map(str, found[:most]))} … {number}"


def dimension(field: str, number: int, shape: Shape, source: str) -> int:
    """Which size of `shape` PyTorch's dimension `number` is; there, the batch is dimension 0.

    Raises:
        ExplorerError: If there is no such dimension, or if it is the batch: the layer would then
            mix different pictures, which PyTorch allows.
    """
    sizes = len(shape)
    place = number if number >= 0 else sizes + 1 + number
    remedy = f"Set {field} to {f'1 to {sizes}' if sizes > 1 else '1'}, or to −1 for the last."
    if not 0 <= place <= sizes:
        raise ExplorerError(
            f"{field} is {signed(number)}, but {source} gives {arriving(shape)}: with the batch in "
            f"front these are the dimensions 0 to {sizes}.",
            remedy,
        )
    if place == 0:
        raise ExplorerError(
            f"{field} is {signed(number)}, which is the batch: what {source} gives "
            f"({shape_text(shape)}) comes after it, and different pictures would be mixed.",
            remedy,
        )
    return place - 1


def signed(number: int) -> str:
    """A whole number with a minus sign, not a hyphen."""
    return f"−{-number}" if number < 0 else str(number)


def countable(shape: Shape) -> None:
    """Raise an ExplorerError if what a layer puts out is too large to be counted by PyTorch."""
    if prod(shape) > MOST_VALUES:
        raise ExplorerError(
            f"It would put out {shape_text(shape)} = {prod(shape):,} values for each picture.",
            "Take smaller sizes, a smaller stride or fewer channels.",
        )
