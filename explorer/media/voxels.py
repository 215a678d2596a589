"""What every kind of volume has in common: which slices are kept, their size, their values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.errors import ExplorerError
from explorer.settings import settings

MOST_SLICES_IN_A_FILE = 2_000
# Decoding is what takes time: a quarter of a second for 10 million pixels on a slow machine.
MOST_DECODED_PIXELS = 400_000_000
MOST_BYTES = 400_000_000  # of an array that has to be in memory as a whole

Voxels = NDArray[np.uint8 | np.float32]


@dataclass(frozen=True)
class Bounds:
    """What the caller wants: cells along a slice's longer side, and slices, at most."""

    longest_side: int
    most_slices: int

    def __post_init__(self) -> None:
        if self.longest_side < 1 or self.most_slices < 1:
            raise ExplorerError(
                f"A volume of {self.most_slices} slices of {self.longest_side} cells cannot be "
                "made.",
                "Use at least 1 of each.",
            )


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices as a format gives them: (depth, height, width, channels), and what depth is."""

    voxels: Voxels
    depth: str


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of `count` indices in equal steps, with the first and the last."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]


def check_count(count: int, things: str, more: bool = False) -> None:
    """Refuse files of more slices than are taken; `more` where the count went no further."""
    if count > MOST_SLICES_IN_A_FILE:
        raise ExplorerError(
            f"The file has {'more than ' if more else ''}{count:,} {things}; "
            f"at most {MOST_SLICES_IN_A_FILE:,} are taken.",
            "Cut it to the part that matters.",
        )


def check_pixels(width: int, height: int, decoded: int, things: str) -> None:
    """Refuse slices too large to decode, alone or all together, before any is decoded."""
    limit = settings().max_picture_pixels
    if width * height > limit:
        raise ExplorerError(
            f"The {things} have {width:,} × {height:,} = {width * height:,} pixels; "
            f"at most {limit:,} are taken.",
            "Make them smaller.",
        )
    if width * height * decoded > MOST_DECODED_PIXELS:
        fitting = MOST_DECODED_PIXELS // (width * height)
        raise ExplorerError(
            f"{decoded:,} {things} of {width:,} × {height:,} pixels would have to be decoded: "
            f"{width * height * decoded:,} pixels; at most {MOST_DECODED_PIXELS:,} are.",
            f"Use smaller ones, or at most {fitting:,} of this size.",
        )


def kept_text(kept: int, count: int, things: str) -> str:
    """`all 4 frames` or `16 of 120 frames, in equal steps`."""
    if count == 1:
        return f"a single {things.removesuffix('s')}"
    return (
        f"all {count} {things}"
        if kept == count
        else f"{kept} of {count:,} {things}, in equal steps"
    )


def shrunk(plane: NDArray, longest_side: int) -> Voxels:
    """A slice (height, width, channels) made smaller, never larger, as pictures are.

    uint8 stays uint8; everything else comes out as float32 with its values unscaled.
    """
    height, width, channels = plane.shape
    if plane.dtype != np.uint8:
        plane = plane.astype(np.float32)
    if max(height, width) <= longest_side:
        return plane
    if plane.dtype == np.uint8 and channels == 3:
        return _thumbnail(plane, longest_side)
    return np.stack(
        [_thumbnail(plane[:, :, channel], longest_side) for channel in range(channels)], axis=2
    )


def _thumbnail(plane: NDArray, longest_side: int) -> NDArray:
    image = Image.fromarray(np.ascontiguousarray(plane))
    image.thumbnail((longest_side, longest_side))
    return np.array(image)


def stacked(planes: Sequence[Voxels], names: Sequence[str]) -> Voxels:
    """Slices of one size as one array; grey slices among coloured ones become coloured.

    Raises:
        ExplorerError: Slices of different sizes, the first two of them by name.
    """
    channels = max(plane.shape[2] for plane in planes)
    first = planes[0].shape
    for name, plane in zip(names, planes, strict=True):
        if plane.shape[:2] != first[:2]:
            raise ExplorerError(
                f"{names[0]} has {first[1]} × {first[0]} pixels and {name} has "
                f"{plane.shape[1]} × {plane.shape[0]} (width × height, after making them smaller).",
                "The slices of a volume are all of one size.",
            )
    return np.stack(
        [
            np.repeat(plane, channels, axis=2) if plane.shape[2] < channels else plane
            for plane in planes
        ]
    )


def scaled(values: NDArray, integers: bool) -> tuple[NDArray[np.float32], str]:
    """Values of any range as float32 in 0..1, and what was done to them.

    Whole numbers from 0 are divided by the largest number of as many bits as they need (8, 10, 12,
    14, 16), so that a 12-bit camera is not shown nearly black; what is between 0 and 1 stays; all
    else is stretched from its smallest to its largest value.
    """
    values = values.astype(np.float32)
    finite = np.isfinite(values)
    if not finite.any():
        raise ExplorerError("None of the values is a number.", "Replace NaN and infinity first.")
    low, high = float(values[finite].min()), float(values[finite].max())
    told = ""
    if not finite.all():
        values = np.where(finite, values, np.float32(low))
        told = f" {int((~finite).sum()):,} values that are no numbers count as {low:g}."
    if integers and low >= 0 and high < 2**16:
        bits = next(bits for bits in (1, 8, 10, 12, 14, 16) if high < 2**bits)
        return (values / (2**bits - 1)).astype(
            np.float32
        ), f"Values are divided by {2**bits - 1:,}.{told}"
    if low >= 0 and high <= 1:
        return values, f"Values are taken as they are.{told}"
    if low == high:
        return np.full_like(values, 0.5), f"All values are {low:g}, shown as 0.5.{told}"
    # In float64: the span of values near float32's largest would overflow.
    stretched = (values.astype(np.float64) - low) / (high - low)
    return stretched.astype(np.float32), f"Values from {low:g} to {high:g} become 0 to 1.{told}"
