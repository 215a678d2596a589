"""Checksums of files, remembered, so that large files are not read in full at every start.

What is remembered of a file holds for as long as its size, its time of modification and its inode
are the same: what any program leaves that writes, replaces or cuts off a file. A file that was
modified a moment before it was checked is not yet believed to have come to rest (clocks of file
systems tick in up to two seconds), so its checksum is computed again next time.
"""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from explorer.settings import settings

RESTED_SECONDS = 2.5
_FOLDER = "checked"

logger = logging.getLogger(__name__)


def file_checksum(path: Path) -> str:
    """SHA-256 of a file's content, as hexadecimal digits.

    Raises:
        OSError: If the file cannot be read.
    """

    def compute() -> str:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    return remembered(path, "content", compute)


def remembered(path: Path, what: str, compute: Callable[[], str]) -> str:
    """What `compute` says of a file, from the last time it was asked if that is still true.

    Args:
        path: The file.
        what: Tells several facts about one file apart.
        compute: Reads the file.

    Raises:
        OSError: If the file is not there.
    """
    path = path.resolve()
    note = _folder() / f"{hashlib.sha256(f'{what} {path}'.encode()).hexdigest()}.json"
    before = _signature(path)
    if (known := _read(note)) and known.get("signature") == before:
        return str(known["value"])
    began = time.time()
    value = compute()
    if before == _signature(path) and path.stat().st_mtime < began - RESTED_SECONDS:
        _write(note, {"path": str(path), "signature": before, "value": value})
    return value


def forget_vanished() -> None:
    """Remove what is remembered of files that are no longer there."""
    for note in _folder().glob("*.json"):
        known = _read(note)
        if known is None or not Path(known["path"]).exists():
            note.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a small file so that whoever reads it sees all of it or what was there before.

    Raises:
        OSError: If the disk is full or may not be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _folder() -> Path:
    return settings().data_dir / "cache" / _FOLDER


def _signature(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _read(note: Path) -> dict | None:
    try:
        known = json.loads(note.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.warning("The note %s cannot be read; the file is checked again", note.name)
        return None
    complete = isinstance(known, dict) and {"path", "signature", "value"} <= known.keys()
    return known if complete else None


def _write(note: Path, known: dict) -> None:
    try:
        write_whole(note, json.dumps(known))
    except OSError:
        # A full disk is no reason not to go on: next time the file is read again.
        logger.exception("Could not remember the checksum of a file")
