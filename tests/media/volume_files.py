"""Volume files of every kind, made by the library that each kind is usually made with."""

import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def gif(frames: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return buffer.getvalue()


def many_frames(count: int) -> bytes:
    """A GIF of so many frames of 2×2 pixels, written out: Pillow would join equal ones."""
    header = b"GIF89a" + bytes((2, 0, 2, 0, 0x80, 0, 0)) + bytes((0, 0, 0, 255, 255, 255))
    frame = b"\x2c" + bytes((0, 0, 0, 0, 2, 0, 2, 0, 0)) + bytes((2, 3, 0x84, 0x01, 0x05, 0))
    return header + frame * count + b"\x3b"


def tiff(pages: Sequence[Image.Image], **options: object) -> bytes:
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], **options)
    return buffer.getvalue()


def npy(array: NDArray, *, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def video(
    frames: Sequence[NDArray[np.uint8]], container: str = "mp4", codec: str = "libx264"
) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        track: Any = file.add_stream(codec, rate=Fraction(10))
        track.height, track.width = frames[0].shape[:2]
        track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for frame in frames:
            file.mux(track.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(track.encode())
    return buffer.getvalue()


def nifti(values: NDArray, affine: NDArray, version: int = 1, compressed: bool = False) -> bytes:
    import nibabel

    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    data = kind(values, affine).to_bytes()
    return gzip.compress(data) if compressed else data
