"""Zips that people uploaded: kept for whoever did, and for runs; deleted when nobody needs them."""

import logging
import secrets
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from explorer.datasets.checksums import write_whole
from explorer.datasets.folders import FolderSummary, shown
from explorer.datasets.labelled import list_contents
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.media.archives import open_archive
from explorer.settings import settings

_COPY_BYTES = 1 << 20
_DAY_SECONDS = 24 * 3600

logger = logging.getLogger(__name__)


class _Label(BaseModel):
    """What is known of an uploaded zip; in a file beside it."""

    model_config = ConfigDict(extra="forbid")

    owner: str
    name: str


def save_upload(file: BinaryIO, name: str = "", *, owner: str = "") -> DatasetRef:
    """Keep an uploaded zip under a name that nobody can guess, after looking at what is in it.

    Args:
        file: The upload, open for reading.
        name: What to call the data set.
        owner: Whose it is, to find it again with `uploads_of`.

    Raises:
        ExplorerError: If it is too large, not a zip, or has neither folders of pictures nor a CSV
            of their labels.
    """
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    archive = f"{secrets.token_urlsafe(24)}.zip"
    temporary = folder / f".{archive}.tmp"
    ref = DatasetRef(source="folder", archive=archive, name=shown(name))
    try:
        _copy(file, temporary)
        with temporary.open("rb") as copy, open_archive(copy) as contents:
            list_contents(contents)
        temporary.replace(folder / archive)
    finally:
        temporary.unlink(missing_ok=True)
    if owner:
        write_whole(_label(folder / archive), _Label(owner=owner, name=ref.name).model_dump_json())
    return ref


def uploads_of(owner: str) -> tuple[DatasetRef, ...]:
    """The zips of one owner that are still there, the newest first."""
    found = []
    for archive in _archives():
        label = _read_label(archive)
        if label is not None and label.owner == owner:
            ref = DatasetRef(source="folder", archive=archive.name, name=label.name)
            found.append((archive.stat().st_mtime, archive.name, ref))
    return tuple(ref for *_, ref in sorted(found, key=lambda one: one[:2], reverse=True))


def archive_path(ref: DatasetRef) -> Path:
    """Where the zip of a reference lies."""
    if ref.archive is None:
        raise ValueError(f"{ref.source} has no archive")
    return settings().data_dir / ("uploads" if ref.source == "folder" else "prepared") / ref.archive


def open_upload(ref: DatasetRef) -> BinaryIO:
    """The zip of a reference, open for reading.

    Raises:
        ExplorerError: If it is gone.
    """
    try:
        return archive_path(ref).open("rb")
    except FileNotFoundError:
        remedy = (
            "Upload the zip again."
            if ref.source == "folder"
            else "Choose another data set, or ask whoever runs the server to prepare it again."
        )
        problem = f"The pictures of “{ref.name}” are no longer on this server."
        raise ExplorerError(problem, remedy) from None


def summarise(ref: DatasetRef) -> FolderSummary:
    """What is in a zip that was uploaded or prepared.

    Raises:
        ExplorerError: If it is gone.
    """
    with open_upload(ref) as file, open_archive(file) as archive:
        return list_contents(archive).summary


def expire_uploads(referred: Collection[str]) -> tuple[str, ...]:
    """Delete zips older than EXPLORER_KEEP_UPLOADS_DAYS, and what broken-off uploads left.

    Args:
        referred: Names of zips that runs need, which are kept whatever their age.

    Returns:
        The names of the zips that were deleted.
    """
    oldest = time.time() - settings().keep_uploads_days * _DAY_SECONDS
    gone = []
    for archive in _archives():
        if archive.name not in referred and _modified(archive) < oldest:
            archive.unlink(missing_ok=True)
            gone.append(archive.name)
    # Notes on zips that are gone among them.
    for left in (*_folder().glob(".*.tmp"), *_folder().glob("*.json")):
        orphan = left.suffix == ".tmp" or not left.with_suffix(".zip").exists()
        if orphan and _modified(left) < time.time() - _DAY_SECONDS:
            left.unlink(missing_ok=True)
    if gone:
        logger.info("Deleted %d uploaded zips that no run refers to", len(gone))
    return tuple(gone)


def _folder() -> Path:
    return settings().data_dir / "uploads"


def _archives() -> list[Path]:
    return [path for path in _folder().glob("*.zip") if not path.name.startswith(".")]


def _label(archive: Path) -> Path:
    return archive.with_suffix(".json")


def _read_label(archive: Path) -> _Label | None:
    try:
        return _Label.model_validate_json(_label(archive).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):  # pydantic's refusal is a ValueError
        logger.warning("The note beside the upload %s cannot be read", archive.name)
        return None


def _modified(path: Path) -> float:
    """When a file was last written; now for one that another process deleted a moment ago."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _copy(file: BinaryIO, target: Path) -> None:
    limit = settings().max_upload_mb * 1_000_000
    size = 0
    file.seek(0)
    with target.open("xb") as copy:
        while chunk := file.read(_COPY_BYTES):
            size += len(chunk)
            if size > limit:
                raise ExplorerError(
                    f"The zip has more than the {settings().max_upload_mb:,} MB that are taken.",
                    "Use fewer or smaller pictures.",
                )
            copy.write(chunk)
