"""An uploaded file becomes a volume: slices one behind the other, of a bounded size and number.

Animated GIF, multi-page TIFF, NumPy array, zip of pictures, short MP4 or WebM, NIfTI scan. What a
file holds is read from its first bytes, not from its name; how much it holds is looked at before
anything is decoded, and only the slices that are kept are.
"""

import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media.arrays import npy_stack
from explorer.media.frames import gif_stack, tiff_stack
from explorer.media.pictures import Mode
from explorer.media.scans import is_nifti, nifti_stack
from explorer.media.slices import zip_stack
from explorer.media.videos import video_stack
from explorer.media.voxels import Bounds, Stack, Voxels, evenly, shrunk
from explorer.settings import settings

VOLUME_SUFFIXES = ("gif", "tif", "tiff", "npy", "zip", "mp4", "m4v", "mov", "webm", "nii", "gz")
VOLUME_FORMATS_TEXT = (
    "an animated GIF, a multi-page TIFF, a .npy array, a zip of pictures, a short MP4 or WebM, "
    "or a NIfTI scan (.nii, .nii.gz)"
)
ORDER_TEXT = (
    "PyTorch's order is C, D, H, W: channels, depth, height, width; "
    "some texts write C, H, W, D, depth last."
)

# A scan may take 400 MB while it is decoded, and a video seconds: of a room full of people two at a
# time.
_decoding = threading.BoundedSemaphore(2)

# What readers of files raise on damaged ones, beyond what they turn into words themselves.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Volume:
    """A decoded volume.

    Attributes:
        name: What to call it; user text where it was uploaded.
        voxels: (depth, height, width, channels), read-only; uint8 in 0..255 or float32 in 0..1,
            1 channel (grayscale) or 3 (RGB).
        axes: What depth is here, in one or two sentences, and how PyTorch orders the axes.
    """

    name: str
    voxels: Voxels
    axes: str

    def tensor(self, mode: Mode) -> torch.Tensor:
        """The volume as (channels, depth, height, width) float32 in 0..1.

        "grayscale" gives 1 channel (luma of ITU-R 601 and for uint8 as Pillow rounds it, so that a
        slice equals the same picture's tensor), "rgb" gives 3.
        """
        voxels = self.voxels
        if mode == "grayscale" and voxels.shape[3] == 3:
            voxels = _luma(voxels)
        elif mode == "rgb" and voxels.shape[3] == 1:
            voxels = np.repeat(voxels, 3, axis=3)
        tensor = torch.from_numpy(voxels.transpose(3, 0, 1, 2).copy())
        return tensor / 255 if tensor.dtype == torch.uint8 else tensor


def _luma(voxels: Voxels) -> Voxels:
    if voxels.dtype == np.uint8:
        # Pillow's fixed-point weights, 0.299, 0.587 and 0.114 in units of 1/65,536
        sums = voxels.astype(np.uint32) @ np.array([19595, 38470, 7471], np.uint32)
        return ((sums + 0x8000) >> 16).astype(np.uint8)[..., None]
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.clip(voxels.astype(np.float32) @ weights, 0, 1)[..., None]


def open_volume(data: bytes, *, name: str, longest_side: int, most_slices: int) -> Volume:
    """Decodes an uploaded file.

    Args:
        data: The whole file.
        name: What to call the volume.
        longest_side: A slice's longer side at most; larger ones are made smaller, as pictures are.
        most_slices: Slices kept at most, in equal steps from the first to the last.

    Raises:
        ExplorerError: Not one of these formats, too much of it, damaged, or the library that reads
            this format is not installed.
    """
    bounds = Bounds(longest_side, most_slices)
    if not data:
        raise ExplorerError("The file is empty (0 bytes).", f"Upload {VOLUME_FORMATS_TEXT}.")
    reader = _reader(data)
    if reader is None:
        raise ExplorerError(f"This file is {_kind(data)}.", f"Upload {VOLUME_FORMATS_TEXT}.")
    try:
        with _decoding:
            stack = reader(data, bounds)
    except Image.DecompressionBombError as error:
        raise ExplorerError(
            f"A slice has more pixels than are taken: {settings().max_picture_pixels:,} at most.",
            "Make the slices smaller.",
        ) from error
    except _DAMAGED as error:
        raise ExplorerError(
            "The file cannot be decoded: it is cut off or damaged.",
            "Save or download it anew and upload that file.",
        ) from error
    return make_volume(name, stack.voxels, stack.depth)


def make_volume(name: str, voxels: Voxels, depth: str) -> Volume:
    """A volume of these voxels, which become read-only; `depth` says what depth is."""
    voxels = np.ascontiguousarray(voxels)
    voxels.setflags(write=False)
    return Volume(name, voxels, f"{depth} {ORDER_TEXT}")


def resized(volume: Volume, longest_side: int, most_slices: int) -> Volume:
    """The volume with fewer slices and smaller ones, as `open_volume` would have made it."""
    bounds, count = Bounds(longest_side, most_slices), len(volume.voxels)
    kept = evenly(count, bounds.most_slices)
    voxels = np.stack([shrunk(volume.voxels[index], bounds.longest_side) for index in kept])
    fewer = f" {len(kept)} of these {count} are shown." if len(kept) < count else ""
    voxels.setflags(write=False)
    return Volume(volume.name, voxels, volume.axes + fewer)


def _reader(data: bytes) -> Callable[[bytes, Bounds], Stack] | None:
    if data.startswith((b"GIF87a", b"GIF89a")):
        return gif_stack
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return tiff_stack
    if data.startswith(b"\x93NUMPY"):
        return npy_stack
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        return zip_stack
    if data[4:8] == b"ftyp" and data[8:12] not in (b"heic", b"heix", b"mif1", b"avif", b"avis"):
        return video_stack
    if data.startswith(b"\x1aE\xdf\xa3"):
        return video_stack
    return nifti_stack if data.startswith(b"\x1f\x8b") or is_nifti(data) else None


def _kind(data: bytes) -> str:
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"BM")) or data[8:12] == b"WEBP":
        return "a single picture, not a stack of them"
    if data[4:8] == b"ftyp":
        return "a single HEIC or AVIF picture"
    if data[128:132] == b"DICM":
        return "one DICOM file; a scan's files become one NIfTI file with dcm2niix"
    if b"<svg" in data[:1000].lower():
        return "an SVG drawing, made of lines, not of pixels"
    if data.startswith(b"%PDF"):
        return "a PDF document"
    if data.startswith((b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5")):
        return "a Python pickle, which is never opened: it could run anything"
    return "none of the kinds of volume that can be shown, or its beginning is damaged"
