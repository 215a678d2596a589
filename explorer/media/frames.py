"""Animated GIFs and multi-page TIFFs as stacks, read by Pillow."""

import io
import struct
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media.voxels import (
    Bounds,
    Stack,
    check_count,
    check_pixels,
    evenly,
    kept_text,
    scaled,
    shrunk,
    stacked,
)

_MOST_COUNTED = 100_000  # beyond it the exact number of frames tells nobody anything


def gif_stack(data: bytes, bounds: Bounds) -> Stack:
    """The frames of a GIF: (frames, height, width, 3) uint8, on white where transparent.

    A frame is drawn over the ones before it, so all up to the last one kept are decoded, one at a
    time; only those kept stay in memory.
    """
    count = gif_frames(data)
    check_count(count, "frames", more=count > _MOST_COUNTED)
    check_pixels(*struct.unpack_from("<HH", data, 6), 1, "frames")
    with Image.open(io.BytesIO(data), formats=("GIF",)) as image:
        kept = evenly(count, bounds.most_slices)
        check_pixels(*image.size, kept[-1] + 1, "frames")
        planes = []
        for index in kept:
            image.seek(index)
            planes.append(shrunk(_on_white(image), bounds.longest_side))
    names = [f"Frame {index + 1}" for index in kept]
    told = kept_text(len(kept), count, "frames")
    return Stack(stacked(planes, names), f"Depth is time: {told}, the earliest first.")


def gif_frames(data: bytes) -> int:
    """How many frames a GIF has, counted without decoding any; stops soon after 100,000.

    Blocks as in the GIF89a specification: an extension is 0x21 and a label, an image 0x2C, nine
    bytes and perhaps a colour table and a code size; both end in data blocks of a length byte each.
    """
    at = 13 + _colour_table(data[10])
    frames = 0
    while at < len(data) and frames <= _MOST_COUNTED:
        if data[at] == 0x21:
            at += 2
        elif data[at] == 0x2C:
            frames += 1
            at += 11 + _colour_table(data[at + 9])
        else:
            break  # 0x3B ends the file
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return frames


def _colour_table(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _on_white(image: Image.Image) -> NDArray[np.uint8]:
    if not image.has_transparency_data:
        return np.array(image.convert("RGB"))
    colours = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours)
    return np.array(white)


def tiff_stack(data: bytes, bounds: Bounds) -> Stack:
    """The pages of a TIFF: uint8, or float32 in 0..1 where a page has more than 8 bits."""
    count = sum(1 for _ in islice(_tiff_pages(data), _MOST_COUNTED + 1))
    check_count(count, "pages", more=count > _MOST_COUNTED)
    with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
        kept = evenly(count, bounds.most_slices)
        planes, whole = [], True
        for index in kept:
            image.seek(index)
            check_pixels(*image.size, len(kept), "pages")
            pixels, integers = _page(image)
            whole &= integers
            planes.append(shrunk(pixels, bounds.longest_side))
    if len({plane.dtype for plane in planes}) > 1:
        raise ExplorerError(
            "Some pages have 8 bits a pixel and others more.", "The pages of a volume are alike."
        )
    voxels = stacked(planes, [f"Page {index + 1}" for index in kept])
    told = f"Depth goes through the file: {kept_text(len(kept), count, 'pages')}, the first first."
    if voxels.dtype == np.uint8:
        return Stack(voxels, told)
    voxels, scale = scaled(voxels, whole)
    return Stack(voxels, f"{told} {scale}")


def _page(image: Image.Image) -> tuple[NDArray, bool]:
    """A page (height, width, channels) in its own values, and whether they are whole numbers.

    Pillow would clip 16 bits to 255 when converting, so those values are taken as they are.
    """
    if image.mode.startswith(("I", "F")):
        return np.array(image)[:, :, None], image.mode.startswith("I")
    if image.mode in ("1", "L"):
        return np.array(image.convert("L"))[:, :, None], True
    return _on_white(image), True


def _tiff_pages(data: bytes) -> Iterator[int]:
    """Where each page's directory lies: a list linked through the file, which may be a ring.

    Raises:
        struct.error: A link leads out of the file: it is cut off.
    """
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")  # BigTIFF counts in 8 bytes
    counter, entry, pointer = (
        (f"{order}Q", 20, f"{order}Q") if big else (f"{order}H", 12, f"{order}I")
    )
    (at,) = struct.unpack_from(pointer, data, 8 if big else 4)
    seen = set()
    while at and at not in seen:
        seen.add(at)
        (entries,) = struct.unpack_from(counter, data, at)
        yield at
        link = at + struct.calcsize(counter) + entries * entry
        (at,) = struct.unpack_from(pointer, data, link)
