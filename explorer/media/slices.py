"""A zip of pictures as a stack. Nothing is extracted to disk, and only kept pictures are read."""

import io
import re
import zipfile

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ExplorerError
from explorer.media.archives import EntryReader, UnreadableEntryError, is_plain_file, path
from explorer.media.pictures import FORMATS_TEXT, open_picture
from explorer.media.voxels import (
    Bounds,
    Stack,
    check_count,
    evenly,
    kept_text,
    stacked,
)

_ENTRY_SIGNATURE = b"PK\x01\x02"
_MOST_ENTRIES = 3_000  # slices, and what programs put beside them
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
# Pictures are compressed already; a megabyte that unpacks to more than this is made to harm.
_LARGEST_RATIO = 200
_RATIO_FROM_BYTES = 5_000_000


def zip_stack(data: bytes, bounds: Bounds) -> Stack:
    """Pictures of one size, sorted as people do: slice 2 before slice 10."""
    entries = data.count(_ENTRY_SIGNATURE)  # before zipfile makes an object of each
    if entries > _MOST_ENTRIES:
        raise ExplorerError(
            f"The zip holds {entries:,} files; at most {_MOST_ENTRIES:,} are taken.",
            "Zip only the slices that matter.",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise ExplorerError(
            "The zip is cut off or damaged.", "Zip the slices again and upload that file."
        ) from error
    with archive:
        pictures = _pictures(archive)
        kept = [pictures[index] for index in evenly(len(pictures), bounds.most_slices)]
        reader = EntryReader(archive)
        planes = [_slice(reader, entry, bounds) for entry in kept]
    names = [path(entry)[-1] for entry in kept]
    told = kept_text(len(kept), len(pictures), "slices")
    return Stack(
        stacked(planes, names),
        f"Depth goes through the pictures by name: {told}, {names[0][:40]} first.",
    )


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts numbers in names as numbers: slice2.png before slice10.png."""
    parts = re.split(r"(\d{1,18})", name.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)


def _pictures(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    found = []
    for entry in archive.infolist():
        parts = path(entry)
        if not is_plain_file(entry) or any(part.startswith((".", "__")) for part in parts):
            continue  # macOS and Windows add files of their own
        if parts[-1].lower().endswith(_SUFFIXES):
            found.append(entry)
    if not found:
        names = [path(entry)[-1] for entry in archive.infolist() if is_plain_file(entry)]
        kinds = {name.rpartition(".")[2][:10] for name in names}
        told = f": only .{', .'.join(sorted(kinds)[:5])}" if kinds else ""
        raise ExplorerError(
            f"The zip holds no {FORMATS_TEXT} picture{told}.",
            "Zip the slices as PNG files, or upload the array as one .npy file.",
        )
    check_count(len(found), "pictures")
    return sorted(found, key=lambda entry: natural_key(entry.filename))


def _slice(reader: EntryReader, entry: zipfile.ZipInfo, bounds: Bounds) -> NDArray[np.uint8]:
    name = path(entry)[-1][:60]
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > _RATIO_FROM_BYTES and ratio > _LARGEST_RATIO:
        raise ExplorerError(
            f"{name} unpacks to {ratio:,.0f} times its size in the zip, {entry.file_size:,} bytes.",
            f"Up to {_LARGEST_RATIO} times is taken: save the slices as PNG.",
        )
    try:
        data = reader.read(entry)
    except UnreadableEntryError as reason:
        raise ExplorerError(f"{name} cannot be read: {reason}.", "Zip the slices again.") from None
    try:
        return open_picture(data, longest_side=bounds.longest_side, name=name).pixels
    except ExplorerError as error:
        raise ExplorerError(f"{name}: {error.problem}", error.remedy) from error
