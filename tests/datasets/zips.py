"""Zips of small pictures, honest and hostile."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

import numpy as np
from PIL import Image


def jpeg(shade: int, size: tuple[int, int] = (12, 10), mode: str = "RGB") -> bytes:
    """A picture of one colour; `size` is (width, height)."""
    buffer = io.BytesIO()
    colour = shade if mode == "L" else (shade, 255 - shade, 128)
    Image.new(mode, size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


def noise(seed: int, size: tuple[int, int]) -> bytes:
    """A PNG of random colours; `size` is (width, height)."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> io.BytesIO:
    """A zip of files by name."""
    return zipped_pairs(files.items())


def zipped_pairs(pairs: Iterable[tuple[str, bytes]]) -> io.BytesIO:
    """A zip of names and files; a name may come twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in pairs:
            archive.writestr(name, content)
    buffer.seek(0)
    return buffer


def folders(classes: Iterable[str], each: int = 5, above: str = "") -> dict[str, bytes]:
    """`each` pictures in a folder per class."""
    return {
        f"{above}{name}/{number}.jpg": jpeg(40 * index + number)
        for index, name in enumerate(classes)
        for number in range(each)
    }


def many_entries(count: int) -> io.BytesIO:
    """A listing of `count` entries without any files, and an end record that says there is one."""
    entry = (
        struct.pack(
            "<4s4B4HL2L5H2L",
            b"PK\x01\x02",
            *(20, 3, 20, 0),
            *(0,) * 4,
            *(0,) * 3,
            5,
            *(0,) * 4,
            0,
            0,
        )
        + b"a/1.j"
    )
    listing = entry * count
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listing), 0, 0)
    return io.BytesIO(listing + end)


def lying_about_size(name: str, content: bytes, said: int) -> io.BytesIO:
    """A zip of one deflated file whose two headers give `said` as its size."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    data = bytearray(buffer.getvalue())
    true = struct.pack("<L", len(content))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        assert data[place : place + 4] == true
        data[place : place + 4] = struct.pack("<L", said)
    return io.BytesIO(bytes(data))
