"""An uploaded file becomes a picture: upright, opaque, 8 bits a channel, of a bounded size."""

import io
import math
import struct
import threading
import zlib
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from explorer.errors import ExplorerError
from explorer.settings import settings

Mode = Literal["grayscale", "rgb"]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")  # Pillow's names
FORMATS_TEXT = "JPEG, PNG, WebP, GIF or BMP"

# A picture of the largest size allowed takes up to 1 GB while it is decoded, so a room full of
# people uploading large ones at once takes turns.
_decoding = threading.Lock()
_LARGE_PIXELS = 4_000_000

# What Pillow's decoders raise on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    OverflowError,
    struct.error,
    zlib.error,
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        name: What to call it; user text where it was uploaded.
        pixels: (height, width, channels) uint8, read-only; 1 channel (grayscale) or 3 (RGB).
    """

    name: str
    pixels: NDArray[np.uint8]

    def tensor(self, mode: Mode, size: int | tuple[int, int] | None = None) -> torch.Tensor:
        """The picture as (channels, height, width) float32, exactly `bytes_tensor` / 255."""
        return self.bytes_tensor(mode, size) / 255

    def bytes_tensor(self, mode: Mode, size: int | tuple[int, int] | None = None) -> torch.Tensor:
        """The picture as (channels, height, width) uint8.

        Args:
            mode: "grayscale" gives 1 channel (luma of ITU-R 601, as Pillow computes it),
                "rgb" gives 3.
            size: The longest side, which only ever makes the picture smaller; or exactly
                (height, width), for which the middle of the picture is scaled and the rest cut
                off, so that nothing is stretched. None keeps the picture's own size.

        Raises:
            ExplorerError: A size below 1 or beyond `settings().max_picture_pixels`.
        """
        _check_wanted(size)
        image = Image.fromarray(
            self.pixels.squeeze(2) if self.pixels.shape[2] == 1 else self.pixels
        )
        image = image.convert("L" if mode == "grayscale" else "RGB")
        if isinstance(size, int):
            image.thumbnail((size, size))
        elif size is not None:
            height, width = size
            image = ImageOps.fit(image, (width, height))
        return torch.from_numpy(_array(image)).permute(2, 0, 1).contiguous()


def open_picture(data: bytes, *, longest_side: int | None, name: str = "Your picture") -> Picture:
    """Decodes an uploaded file, the first frame where there are several.

    The format and the size in pixels are checked before anything is decoded. EXIF turns are
    applied, transparency is laid on white, 16 bits are scaled to 8, CMYK and palettes become
    RGB, and the picture is made smaller, never larger, until its longest side is at most
    `longest_side`; a large JPEG is then decoded at a fraction of its size.

    Raises:
        ExplorerError: Not a picture of these formats, too many pixels, or damaged.
    """
    _check_wanted(longest_side)
    if not data:
        raise ExplorerError("The file is empty (0 bytes).", f"Upload a {FORMATS_TEXT} picture.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            with _decoding if image.width * image.height > _LARGE_PIXELS else nullcontext():
                return Picture(name, _decoded(image, longest_side))
    except Image.UnidentifiedImageError:
        raise ExplorerError(
            f"This file is {_kind(data)}.", f"Upload a {FORMATS_TEXT} picture."
        ) from None
    except Image.DecompressionBombError:
        raise ExplorerError(
            f"The picture has more than the {settings().max_picture_pixels:,} pixels that "
            "are taken.",
            "Make it smaller.",
        ) from None
    except _DAMAGED as error:
        raise ExplorerError(
            "The picture cannot be decoded: the file is cut off or damaged.",
            "Save or download it anew and upload that file.",
        ) from error


def _check_wanted(size: int | tuple[int, int] | None) -> None:
    sides = size if isinstance(size, tuple) else (size or 0,)
    limit = settings().max_picture_pixels
    if size is not None and (min(sides) < 1 or math.prod(sides) > limit):
        raise ExplorerError(
            f"A picture of size {size} cannot be made.",
            f"Use at least 1 on each side, and at most {limit:,} pixels.",
        )


def _check_size(image: Image.Image) -> None:
    limit = settings().max_picture_pixels
    width, height = image.size
    if width * height > limit:
        scale = (limit / (width * height)) ** 0.5
        raise ExplorerError(
            f"The picture has {width:,} × {height:,} = {width * height:,} pixels; "
            f"at most {limit:,} are taken.",
            f"Make it smaller, for example {int(width * scale):,} × {int(height * scale):,}.",
        )


def _decoded(image: Image.Image, longest_side: int | None) -> NDArray[np.uint8]:
    if longest_side is not None:
        # JPEG only: decode at 1/2, 1/4 or 1/8, still twice the wanted size for good resampling
        image.draft(None, (2 * longest_side, 2 * longest_side))
    image.load()
    turn = _turn(image)
    flat = _opaque(_eight_bits(image))
    if longest_side is not None:
        flat.thumbnail((longest_side, longest_side))
    pixels = _array(flat.transpose(turn) if turn is not None else flat)
    pixels.setflags(write=False)
    return pixels


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What brings the picture upright, after its EXIF block."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGED:
        return None  # a damaged block cannot say which way is up, and the pixels are fine


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grayscale scaled to 8 bits; Pillow's own conversion would clip it to white."""
    if not image.mode.startswith("I"):
        return image
    values = np.array(image, np.uint32)
    if "transparency" in image.info:
        values[values == image.info["transparency"]] = 65535
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in L or RGB, on white where it is transparent."""
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
    if not image.has_transparency_data:
        return _converted(image, mode)
    colours = _converted(image, "RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(colours, mask=colours)
    return _converted(white, mode)


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)  # convert() always copies


def _array(image: Image.Image) -> NDArray[np.uint8]:
    """(height, width, channels) of an L or RGB image, as a copy of its own."""
    pixels = np.array(image)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _kind(data: bytes) -> str:
    if b"<svg" in data[:1000].lower():
        return "an SVG drawing, made of lines, not of pixels"
    if data[4:8] == b"ftyp":
        return "a HEIC or AVIF picture, or a video"
    if data.startswith((b"II*\0", b"MM\0*")):
        return "a TIFF picture"
    if data.startswith(b"%PDF"):
        return "a PDF document"
    return "none of the kinds of picture that can be shown, or its beginning is damaged"
