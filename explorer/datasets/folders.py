"""People's own pictures: a zip with one folder per class, perhaps in train and test folders."""

import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from explorer.datasets.dataset import Part
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.media.archives import is_plain_file, open_archive, path
from explorer.settings import settings

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
PART_NAMES = {
    "train": Part.TRAIN,
    "training": Part.TRAIN,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "validation": Part.VALIDATION,
    "test": Part.TEST,
    "testing": Part.TEST,
}
MAX_CLASSES = 1000
MAX_CLASS_NAME = 100
_COPY_BYTES = 1 << 20
_LAYOUT = "Make one folder per class with its pictures inside, and zip these folders."


@dataclass(frozen=True)
class Member:
    """A picture in the zip: its entry, what it is for, and its class as a number."""

    entry: ZipInfo
    part: Part
    label: int


@dataclass(frozen=True)
class FolderSummary:
    """What is in a zip of pictures, by the names of its files.

    Attributes:
        classes: In alphabetical order; the index is the number of the class.
        counts: Pictures per class for each part the zip itself has; only `Part.TRAIN` if it has
            no such folders.
        problems: Sentences about what is left out.
    """

    classes: tuple[str, ...]
    counts: dict[Part, tuple[int, ...]]
    problems: tuple[str, ...]

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return sum(sum(counts) for counts in self.counts.values())


@dataclass(frozen=True)
class Listing:
    """The pictures of a zip in a fixed order, and the summary of them."""

    members: tuple[Member, ...]
    summary: FolderSummary


def save_upload(file: BinaryIO, name: str = "") -> DatasetRef:
    """Keep an uploaded zip under a name that nobody can guess, after looking at what is in it.

    Args:
        file: The upload, open for reading.
        name: What to call the data set.

    Raises:
        ExplorerError: If it is too large, not a zip, or has no folders of pictures.
    """
    folder = settings().data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    archive = f"{secrets.token_urlsafe(24)}.zip"
    temporary = folder / f".{archive}.tmp"
    try:
        _copy(file, temporary)
        with temporary.open("rb") as copy, open_archive(copy) as contents:
            list_pictures(contents)
        temporary.replace(folder / archive)
    finally:
        temporary.unlink(missing_ok=True)
    return DatasetRef(source="folder", archive=archive, name=shown(name)[:MAX_CLASS_NAME])


def summarise(ref: DatasetRef) -> FolderSummary:
    """What is in a zip that was uploaded.

    Raises:
        ExplorerError: If it is gone.
    """
    with open_upload(ref) as file, open_archive(file) as archive:
        return list_pictures(archive).summary


def upload_path(ref: DatasetRef) -> Path:
    """Where the zip of a reference lies."""
    if ref.archive is None:
        raise ValueError(f"{ref.source} has no archive")
    return settings().data_dir / "uploads" / ref.archive


def open_upload(ref: DatasetRef) -> BinaryIO:
    """The zip of a reference, open for reading.

    Raises:
        ExplorerError: If it is gone.
    """
    try:
        return upload_path(ref).open("rb")
    except FileNotFoundError:
        raise ExplorerError(
            f"The pictures of “{ref.name}” are no longer on this server.", "Upload the zip again."
        ) from None


def list_pictures(archive: ZipFile) -> Listing:
    """The pictures of a zip by the names of its entries; no picture is opened.

    Raises:
        ExplorerError: If it has no two folders of pictures to tell apart.
    """
    files = [(entry, path(entry)) for entry in archive.infolist() if is_plain_file(entry)]
    wanted = [(entry, parts) for entry, parts in files if not _is_hidden(parts)]
    pictures = [(entry, parts) for entry, parts in wanted if _is_picture(parts)]
    depth = _common_depth([parts for _, parts in pictures])
    has_parts = any(_part(parts[depth:]) is Part.TRAIN for _, parts in pictures)
    found: list[tuple[str, str, Part, ZipInfo]] = []
    for entry, parts in pictures:
        inside = parts[depth:]
        part = _part(inside) if has_parts else Part.TRAIN
        folders = inside[has_parts:-1]
        if part is not None and folders:
            found.append((shown(folders[0]), entry.filename, part, entry))
    classes = tuple(sorted({name for name, *_ in found}))
    _check_classes(classes)
    numbers = {name: number for number, name in enumerate(classes)}
    members = tuple(
        Member(entry, part, numbers[name])
        for name, _, part, entry in sorted(found, key=lambda one: one[:3])
    )
    problems = _problems(len(pictures) - len(members), len(wanted) - len(pictures))
    return Listing(members, FolderSummary(classes, _counts(members, len(classes)), problems))


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


def _is_picture(parts: tuple[str, ...]) -> bool:
    return parts[-1].lower().endswith(SUFFIXES)


def _is_hidden(parts: tuple[str, ...]) -> bool:
    """What systems put beside people's files unasked; also the way out of the zip, ".."."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _part(parts: tuple[str, ...]) -> Part | None:
    return PART_NAMES.get(parts[0].lower()) if parts else None


def _common_depth(paths: list[tuple[str, ...]]) -> int:
    """In how many folders, one inside the other, all parts or classes lie together."""
    depth = 0
    while (
        len({parts[depth : depth + 1] for parts in paths}) == 1
        and any(len(parts) > depth + 2 for parts in paths)
        and _part(paths[0][depth:]) is None
    ):
        depth += 1
    return depth


def shown(name: str) -> str:
    """A name that can be written on a page: composed, printable, of a bounded length."""
    composed = unicodedata.normalize("NFC", name).strip()
    return "".join(char if char.isprintable() else "�" for char in composed)[:MAX_CLASS_NAME]


def _check_classes(classes: tuple[str, ...]) -> None:
    if not classes:
        raise ExplorerError(f"The zip has no folders of pictures ({', '.join(SUFFIXES)}).", _LAYOUT)
    if len(classes) == 1:
        raise ExplorerError(
            f"The zip has only one class, “{classes[0]}”; there is nothing to tell apart.", _LAYOUT
        )
    if len(classes) > MAX_CLASSES:
        raise ExplorerError(
            f"The zip has {len(classes):,} classes; at most {MAX_CLASSES:,} are taken.",
            "Use fewer folders.",
        )


def _counts(members: Iterable[Member], classes: int) -> dict[Part, tuple[int, ...]]:
    counter = Counter((member.part, member.label) for member in members)
    present = sorted({part for part, _ in counter})
    return {part: tuple(counter[part, label] for label in range(classes)) for part in present}


def _problems(lost: int, ignored: int) -> tuple[str, ...]:
    problems = []
    if lost:
        are = "1 picture lies" if lost == 1 else f"{lost:,} pictures lie"
        problems.append(f"Left out: {are} in no folder of a class.")
    if ignored:
        are = "1 file is no picture" if ignored == 1 else f"{ignored:,} files are no pictures"
        problems.append(f"Left out: {are}.")
    return tuple(problems)
