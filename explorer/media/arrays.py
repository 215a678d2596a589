"""NumPy's .npy files as stacks. The header is parsed and bounded first; nothing is unpickled."""

import io
import math
from tokenize import TokenError

import numpy as np
from numpy.lib import format as npy
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

_LONGEST_HEADER = 2_000  # a plain array's header has about 120 characters
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_ORDER = (
    "Use (depth, height, width), (depth, height, width, 3) or PyTorch's (3, depth, height, width); "
    "np.moveaxis changes the order."
)


def npy_stack(data: bytes, bounds: Bounds) -> Stack:
    """A 3-D or 4-D array of numbers: (D, H, W), (D, H, W, C) or (C, D, H, W), C being 1 or 3."""
    array, order = _volume(_array(data))
    check_pixels(array.shape[2], array.shape[1], 1, "slices")
    kept = evenly(len(array), bounds.most_slices)
    planes = [shrunk(_small(array[index]), bounds.longest_side) for index in kept]
    voxels = stacked(planes, [f"Slice {index}" for index in kept])
    told = (
        f"The array of shape {_shape(array.shape if order is None else order[1])} is read as "
        f"{'(depth, height, width)' if order is None else order[0]}: depth is "
        f"{kept_text(len(kept), len(array), 'slices')}."
    )
    if voxels.dtype == np.uint8:
        return Stack(voxels, told)
    voxels, scale = scaled(voxels, array.dtype.kind in "iub")
    return Stack(voxels, f"{told} {scale}")


def _array(data: bytes) -> NDArray:
    """A view of the file's numbers; nothing is copied."""
    file = io.BytesIO(data)
    read_header = _HEADERS.get(npy.read_magic(file))
    if read_header is None:
        raise ExplorerError("This .npy file is of a version that is not read.", "Use np.save.")
    try:
        shape, fortran_order, dtype = read_header(file, max_header_size=_LONGEST_HEADER)
    except (TokenError, RecursionError, MemoryError, ValueError) as error:
        raise ExplorerError(
            "The header of the .npy file is cut off or damaged.", "Save it again with np.save."
        ) from error
    if dtype.hasobject or dtype.kind not in "biuf" or dtype.itemsize > 8:
        what = "Python objects, which are never unpickled" if dtype.hasobject else str(dtype)
        raise ExplorerError(
            f"The array holds {what[:60]}; a volume holds plain numbers.",
            "Convert it with .astype(np.float32) and save it again.",
        )
    if len(shape) not in (3, 4) or min(shape) < 1:
        raise ExplorerError(f"The array has shape {_shape(shape)}.", _ORDER)
    expected, there = math.prod(shape) * dtype.itemsize, len(data) - file.tell()
    if expected > MOST_BYTES:
        raise ExplorerError(
            f"The array of shape {_shape(shape)} takes {expected:,} bytes; "
            f"at most {MOST_BYTES:,} are taken.",
            "Save a part of it.",
        )
    if there < expected:
        raise ExplorerError(
            f"The header says shape {_shape(shape)}, {expected:,} bytes of {dtype}, but "
            f"{there:,} bytes follow it.",
            "The file is cut off: save or download it anew.",
        )
    flat = np.frombuffer(data, dtype, math.prod(shape), file.tell())
    return flat.reshape(shape[::-1]).T if fortran_order else flat.reshape(shape)


def _volume(array: NDArray) -> tuple[NDArray, tuple[str, tuple[int, ...]] | None]:
    """The array as (D, H, W, C), and for 4-D ones how its own axes were read."""
    if array.ndim == 3:
        return array[..., None], None
    shape = array.shape
    if shape[3] in (1, 3):
        return array, ("(depth, height, width, channels)", shape)
    if shape[0] in (1, 3):
        return np.moveaxis(array, 0, 3), ("(channels, depth, height, width)", shape)
    raise ExplorerError(
        f"The array of shape {_shape(shape)} has neither 1 nor 3 channels first or last.", _ORDER
    )


def _small(plane: NDArray) -> NDArray:
    """uint8 as it is, everything else as float32: the only two kinds that go on."""
    return plane if plane.dtype == np.uint8 else plane.astype(np.float32)


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(f'{n:,}' for n in shape)})"
