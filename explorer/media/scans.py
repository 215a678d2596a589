"""NIfTI scans (.nii, .nii.gz) as stacks, read by nibabel where it is installed.

NIfTI-1's header has 348 bytes and the mark "n+1" at 344, NIfTI-2's 540 and "n+2" at 4
(https://nifti.nimh.nih.gov). It says how much is compressed, so a gzip bomb stops early.
"""

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ExplorerError
from explorer.media.voxels import (
    MOST_BYTES,
    Bounds,
    Stack,
    check_pixels,
    evenly,
    kept_text,
    scaled,
    shrunk,
    stacked,
)

_HEADER_BYTES = 4096  # headers and usual extensions
_MOST_EXTENSION_BYTES = 10_000_000


def is_nifti(data: bytes) -> bool:
    """Whether these bytes, not compressed, begin as a single-file NIfTI does."""
    return data[344:348] == b"n+1\0" or data[4:8] == b"n+2\0"


def nifti_stack(data: bytes, bounds: Bounds) -> Stack:
    """Axial slices from the feet up, front of the body at the top: (slices, height, width, 1)."""
    compressed = data.startswith(b"\x1f\x8b")
    start = _unpacked(data, _HEADER_BYTES) if compressed else data[:_HEADER_BYTES]
    if not is_nifti(start):
        raise ExplorerError(
            "The file is compressed with gzip, but what is in it is no NIfTI scan."
            if compressed
            else "This is no NIfTI scan in one file.",
            "Upload a .nii or .nii.gz file.",
        )
    try:
        import nibabel
        from nibabel.filebasedimages import ImageFileError
        from nibabel.spatialimages import HeaderDataError
    except ImportError:
        raise ExplorerError(
            "NIfTI scans are read by nibabel, which is not installed.",
            "Install it with pip install nibabel, or upload the slices as a .npy array.",
        ) from None
    kind = nibabel.Nifti1Image if start[344:348] == b"n+1\0" else nibabel.Nifti2Image
    try:
        header = kind.header_class(start[: kind.header_class.sizeof_hdr], check=True)
        end = _check(header)
        whole = _unpacked(data, end) if compressed else data
        if len(whole) < end:
            raise ExplorerError(
                f"The header says that the scan takes {end:,} bytes; {len(whole):,} are there.",
                "The file is cut off: save or download it anew.",
            )
        return _stack(nibabel, kind.from_bytes(whole), bounds)
    except (HeaderDataError, ImageFileError) as error:
        raise ExplorerError(
            f"The scan's header is damaged: {str(error)[:100]}.", "Save or download it anew."
        ) from error


def _unpacked(data: bytes, most: int) -> bytes:
    """At most so many bytes of what is compressed; more is not decompressed."""
    unpacker = zlib.decompressobj(wbits=31)
    return unpacker.decompress(data, most)


def _check(header: Any) -> int:
    """Where the voxels end, in bytes, after size and kind have been looked at."""
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    text = " × ".join(f"{n:,}" for n in shape)
    if len(shape) < 3 or min(shape) < 1:
        raise ExplorerError(f"The scan's size is {text or 'not given'}.", "It needs three axes.")
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise ExplorerError(
            f"The scan holds {str(dtype)[:60]}.", "Convert it to plain numbers, such as float32."
        )
    offset = int(header.get_data_offset())
    size = math.prod(shape) * dtype.itemsize
    if size > MOST_BYTES or not 0 <= offset <= _MOST_EXTENSION_BYTES:
        raise ExplorerError(
            f"The scan of {text} voxels takes {size:,} bytes after {offset:,} bytes of header; "
            f"at most {MOST_BYTES:,} and {_MOST_EXTENSION_BYTES:,} are taken.",
            "Crop or resample it.",
        )
    return offset + size


def _stack(nibabel: Any, image: Any, bounds: Bounds) -> Stack:
    shape = image.shape
    turns = _orientation(nibabel, image.affine)
    upward = next(axis for axis in range(3) if turns[axis, 0] == 2)
    count = shape[upward]
    kept = evenly(count, bounds.most_slices)
    width, height = (n for axis, n in enumerate(shape[:3]) if axis != upward)
    check_pixels(width, height, len(kept), "slices")
    planes = []
    for index in kept:
        at = index if turns[upward, 1] > 0 else count - 1 - index
        cut: list[Any] = [slice(None)] * 3 + [0] * (len(shape) - 3)  # the first of several times
        cut[upward] = slice(at, at + 1)
        block = np.asarray(image.dataobj[tuple(cut)], np.float32)
        planes.append(shrunk(_upright(nibabel, block, turns), bounds.longest_side))
    values = stacked(planes, [f"Slice {index + 1}" for index in kept])
    whole = image.get_data_dtype().kind in "iu" and image.header.get_slope_inter()[0] in (None, 1)
    values, scale = scaled(values, whole)
    told = kept_text(len(kept), count, "slices")
    spacing = image.header.get_zooms()[upward]
    later = f" Of its {shape[3]:,} volumes the first is taken." if len(shape) > 3 else ""
    return Stack(
        values,
        f"Depth goes from the feet to the head: {told}, {spacing:.3g} mm from one to the next in "
        f"the file.{later} {scale}",
    )


def _orientation(nibabel: Any, affine: NDArray) -> NDArray:
    """Per axis of the array, which of left-right, back-front, feet-head it is, and its sign."""
    turns = nibabel.io_orientation(affine)
    if np.isnan(turns).any():  # the header does not say: taken as stored
        return np.array([[0, 1], [1, 1], [2, 1]])
    return turns


def _upright(nibabel: Any, block: NDArray, turns: NDArray) -> NDArray:
    """One slice (height, width, 1) as radiologists hang it: front up, the right on the left."""
    along = nibabel.apply_orientation(block, turns)[:, :, 0]  # left to right, back to front
    return along.T[::-1, ::-1, None]
