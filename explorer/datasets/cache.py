"""Decoded pictures on disk, so that a data set is decoded once.

A file is named after all it was made from and carries a checksum. It is mapped into memory, not
read: pictures come from disk when they are first used, and all workers share them. What is not
exactly what this module wrote is made anew.
"""

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from explorer.datasets.checksums import file_checksum, forget_vanished, remembered
from explorer.datasets.convert import Report
from explorer.datasets.dataset import Decoded, byte_sums, content_checksum, tensors
from explorer.datasets.turns import holding, turn
from explorer.network.spec import InputShape, Normalisation
from explorer.settings import settings

FORMAT = "cnn-visual-explorer dataset 3"
DECODING = "Decoding the pictures, once for all runs"
KEPT_DATASETS = 5  # times the largest data set allowed
_TEMPORARY_SECONDS = 24 * 3600  # nothing is written for so long: whoever began it is gone
_REFUSED = (SafetensorError, OSError, KeyError, ValueError, TypeError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What a cache file is made from.

    Attributes:
        source: What kind of files they are.
        files: All files it is made from.
        input: Channels, height and width.
        way: Anything else that changes the result.
        title: What to call it in lists.
    """

    source: str
    files: tuple[Path, ...]
    input: InputShape
    way: str = ""
    title: str = ""

    def key(self) -> str:
        """A name that changes with the content of the files, the input shape and the way.

        Raises:
            OSError: If a file cannot be read.
        """
        parts = [FORMAT, self.source, str(self.input.shape), self.way]
        parts += [file_checksum(file) for file in self.files]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """A decoded data set in the cache: which, at which size, how many pictures and bytes."""

    title: str
    input: tuple[int, ...]
    pictures: int
    bytes: int
    skipped: int


def cached(
    wanted: Wanted, make: Generator[Report, None, Decoded]
) -> Generator[Report, None, Decoded]:
    """What `make` returns, mapped from the cache, if need be after it was made.

    Raises:
        OSError: If a file it is made from cannot be read.
    """
    path = _path(wanted.key())
    decoded = _load(path)
    if decoded is not None:
        return decoded
    lock = path.with_suffix(".lock")
    try:
        path.unlink(missing_ok=True)  # if it is damaged: others wait until it is there again
        ours = yield from turn(lock, path)
    except OSError:
        logger.exception("The cache cannot be written")
        return (yield from make)
    if ours:
        return (yield from holding(lock, _made(path, wanted, make)))
    return _load(path) or (yield from _made(path, wanted, make))


def _made(
    path: Path, wanted: Wanted, make: Generator[Report, None, Decoded]
) -> Generator[Report, None, Decoded]:
    """What `make` returns, and keep it."""
    yield DECODING, 0, 0
    made = yield from make
    try:
        return _store(path, wanted, made)
    except (OSError, SafetensorError):
        # A full disk is no reason not to train: next time it is decoded again.
        logger.exception("Could not keep the decoded pictures")
        return made


def skipped(wanted: Wanted) -> tuple[tuple[str, str], ...] | None:
    """Which files could not be read, and why; None if the pictures are not decoded yet.

    Raises:
        OSError: If a file it is made from cannot be read.
    """
    about = _about(_path(wanted.key()))
    return None if about is None else _pairs(about["skipped"])


def entries() -> list[Entry]:
    """All data sets of the cache, by name and size."""
    found = []
    for path in _folder().glob("*.safetensors"):
        about = _about(path)
        if about is not None:
            shape = tuple(about["input"])
            size = path.stat().st_size
            found.append(
                Entry(about["title"], shape, about["pictures"], size, len(about["skipped"]))
            )
    return sorted(found, key=lambda entry: (entry.title, entry.input))


def tidy() -> None:
    """Remove what broken-off workers left behind, and notes on files that are gone."""
    for left in (*_folder().glob(".*.tmp"), *_folder().glob("*.lock")):
        with suppress(FileNotFoundError):  # somebody else tidies too
            if left.stat().st_mtime < time.time() - _TEMPORARY_SECONDS:
                left.unlink()
    forget_vanished()


def _folder() -> Path:
    return settings().data_dir / "cache"


def _path(key: str) -> Path:
    return _folder() / f"{key}.safetensors"


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, why) for name, why in rows)


def _about(path: Path) -> dict[str, Any] | None:
    """What a cache file says of itself; None if it is absent or no such file."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") != FORMAT or metadata.get("key") != path.stem:
            return None
        if metadata["seal"] != _seal(metadata["about"]):
            raise ValueError("its description was changed")
        return json.loads(metadata["about"])
    except FileNotFoundError:
        return None
    except _REFUSED:
        logger.warning("The cache file %s is damaged", path.name)
        return None


def _seal(about: str) -> str:
    return hashlib.sha256(about.encode()).hexdigest()


def _load(path: Path) -> Decoded | None:
    about = _about(path)
    if about is None:
        return None
    try:
        decoded = _mapped(path, about)
        if remembered(path, "decoded", lambda: content_checksum(decoded)) != about["checksum"]:
            raise ValueError("the checksum is another")
        # Used just now; the time of modification stays, by which it is known to be unchanged.
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    except FileNotFoundError:  # another process made room
        return None
    except _REFUSED:
        logger.warning("The cache file %s is damaged and is made anew", path.name)
        return None
    return decoded


def _mapped(path: Path, about: dict[str, Any]) -> Decoded:
    """The tensors of a cache file, of which nothing is read yet."""
    with safe_open(path, framework="pt") as file:
        named: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    published = about["published"]
    return Decoded(
        images=named.pop("images").permute(0, 3, 1, 2),
        labels=named.pop("labels"),
        parts=named.pop("parts"),
        sums=named.pop("sums"),
        classes=tuple(about["classes"]),
        conversion=about["conversion"],
        notes=tuple(about["notes"]),
        published=Normalisation.model_validate(published) if published else None,
        groups={way: named[f"groups.{way}"] for way in about["groups"]},
        skipped=_pairs(about["skipped"]),
        checksum=about["checksum"],
    )


def _store(path: Path, wanted: Wanted, decoded: Decoded) -> Decoded:
    """Keep what was decoded, and return it as mapped from its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if decoded.sums is None:
        decoded = replace(decoded, sums=byte_sums(decoded.images))
    about = {
        "title": wanted.title or wanted.source,
        "input": wanted.input.shape,
        "pictures": len(decoded.labels),
        "classes": decoded.classes,
        "conversion": decoded.conversion,
        "notes": decoded.notes,
        "published": decoded.published.model_dump() if decoded.published else None,
        "groups": sorted(decoded.groups),
        "skipped": decoded.skipped,
        "checksum": content_checksum(decoded),
    }
    text = json.dumps(about)
    metadata = {"format": FORMAT, "key": path.stem, "about": text, "seal": _seal(text)}
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        save_file(tensors(decoded), temporary, metadata)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _forget_oldest(path)
    return _mapped(path, json.loads(text))


def _forget_oldest(newest: Path) -> None:
    """Delete what was not used for longest until the cache is of bounded size again."""
    room = KEPT_DATASETS * settings().max_dataset_bytes
    files = []
    for path in newest.parent.glob("*.safetensors"):
        with suppress(FileNotFoundError):  # another worker may delete at the same time
            status = path.stat()
            files.append((max(status.st_atime, status.st_mtime), status.st_size, path))
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0 and path != newest:
            with suppress(PermissionError):  # Windows keeps what another process has mapped
                path.unlink(missing_ok=True)
