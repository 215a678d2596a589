"""Zip files from strangers: their entries counted before they are listed, and read in bounds.

Nothing is ever extracted to disk, so names of entries are only looked at, never opened.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from explorer.errors import ExplorerError
from explorer.settings import settings

# A phone's largest photograph has about 30 MB.
MAX_PICTURE_BYTES = 50_000_000
# zipfile reads the list of entries as a whole; 100,000 usual ones have about 12 MB.
_MAX_READ_BYTES = 64_000_000
_CHUNK_BYTES = 1 << 20
_ENTRY_SIGNATURE = b"PK\x01\x02"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


class UnreadableEntryError(Exception):
    """One file of an archive cannot be read; the message says why, for people."""


class _CountedFile:
    """A file whose reader, zipfile, is stopped before it makes too many objects of it.

    zipfile reads the listing in one piece, believes its length and not its count, and makes an
    object of about 600 bytes per entry. Every entry begins with a signature, which is counted here.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if 0 <= size <= _MAX_READ_BYTES else _MAX_READ_BYTES + 1)
        if len(data) > _MAX_READ_BYTES:
            raise ExplorerError(
                f"The zip's list of files takes more than {_MAX_READ_BYTES:,} bytes.",
                "Zip fewer files.",
            )
        limit = settings().max_archive_entries
        count = data.count(_ENTRY_SIGNATURE)
        if count > limit:
            raise ExplorerError(
                f"The zip holds {count:,} files; at most {limit:,} are taken.", "Zip fewer files."
            )
        return data


@contextmanager
def open_archive(
    file: BinaryIO, remedy: str = "Zip the folder of pictures again and upload that file."
) -> Iterator[zipfile.ZipFile]:
    """A zip file to read from; `remedy` is what to do if that cannot be done.

    Raises:
        ExplorerError: If it is not a zip, is damaged, or holds more files than allowed.
    """
    try:
        archive = zipfile.ZipFile(_CountedFile(file))  # pyright: ignore[reportArgumentType]
    except _DAMAGED as error:
        raise ExplorerError(
            "The file is not a zip, or it is cut off or damaged.", remedy
        ) from error
    with archive:
        yield archive


def is_plain_file(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry is a file inside the zip: no folder, no link, no place on the computer."""
    is_file = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
    return is_file and not entry.is_dir() and bool(path(entry)) and entry.filename[0] != "/"


def path(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """Folders and file name of an entry; some programs separate them by backslashes."""
    return tuple(part for part in entry.filename.replace("\\", "/").split("/") if part)


class EntryReader:
    """Reads entries, in all not more than `settings().max_archive_bytes`."""

    def __init__(self, archive: zipfile.ZipFile, largest: int | None = None) -> None:
        """`largest` is the most bytes an entry may have; that of pictures if None."""
        self._archive = archive
        self._largest = MAX_PICTURE_BYTES if largest is None else largest
        self._total = 0

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """The content of an entry, whatever size the zip says it has.

        Raises:
            UnreadableEntryError: Encrypted, compressed in an unusual way, damaged or too large.
            ExplorerError: If all entries read so far unpack to more than is allowed.
        """
        data = b"".join(_content(self._archive, entry, self._largest + 1))
        self._total += len(data)
        limit = settings().max_archive_bytes
        if self._total > limit:
            raise ExplorerError(
                f"The zip unpacks to more than the {limit:,} bytes that are allowed.",
                "Use fewer or smaller pictures.",
            )
        if len(data) > self._largest:
            raise UnreadableEntryError(f"it has more than {self._largest // 1_000_000} MB")
        return data


def copy_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: BinaryIO, most: int
) -> None:
    """Write the content of an entry into a file, whatever size the zip says it has.

    Raises:
        UnreadableEntryError: Encrypted, compressed in an unusual way, damaged, or of more than
            `most` bytes.
        OSError: If the target cannot be written to.
    """
    size = 0
    for chunk in _content(archive, entry, most + 1):
        size += len(chunk)
        if size > most:
            raise UnreadableEntryError(f"it has more than {most:,} bytes")
        target.write(chunk)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """The content of an entry piece by piece, at most so many bytes."""
    if entry.flag_bits & 1:
        raise UnreadableEntryError("it is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableEntryError("it is compressed in an unusual way")
    left = most
    try:
        with archive.open(entry) as stream:
            while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
                left -= len(chunk)
                yield chunk
    except _DAMAGED as error:
        raise UnreadableEntryError("it is cut off or damaged") from error
