"""Pictures that whoever runs the server prepared for everybody: zips in the data folder."""

import hashlib
import logging
import os
import secrets
import shutil
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.datasets.checksums import write_whole
from explorer.datasets.convert import Report
from explorer.datasets.folders import SUFFIXES, FolderSummary, shown
from explorer.datasets.labelled import list_contents
from explorer.datasets.reference import DatasetRef, Fit
from explorer.errors import ExplorerError
from explorer.media.archives import open_archive
from explorer.network.spec import InputShape
from explorer.settings import settings

_COPY_BYTES = 1 << 20
# No zip can say that a file is older.
_EARLIEST = (1980, 1, 1, 0, 0, 0)

logger = logging.getLogger(__name__)


class Prepared(BaseModel):
    """What is known of a prepared data set; in a file beside its zip.

    `counts` are pictures per class for each part by its name, `inputs` the sizes at which its
    pictures were decoded beforehand; `total` is how many there are, where they may show several
    classes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: DatasetRef
    classes: tuple[str, ...] = Field(min_length=2)
    counts: dict[str, tuple[int, ...]]
    problems: tuple[str, ...] = ()
    inputs: tuple[InputShape, ...] = ()
    total: int | None = None
    multi_label: bool = False

    @model_validator(mode="after")
    def _is_prepared(self) -> Self:
        if self.ref.source != "prepared":
            raise ValueError(f"The source is {self.ref.source}, not prepared.")
        return self

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return sum(map(sum, self.counts.values())) if self.total is None else self.total


def add(source: Path, name: str = "", *, fit: Fit = "crop") -> Generator[Report, None, Prepared]:
    """Copy a zip, or zip a folder, and offer it to everybody under a name.

    What was prepared under the same name before is replaced. Yields (message, done, total).

    Args:
        source: A zip or a folder with one folder of pictures per class.
        name: What to call it; the name of the zip or folder if empty.
        fit: How its pictures are brought to a size, unless somebody chooses otherwise.

    Raises:
        ExplorerError: If it is neither, is too large, or has no folders of pictures.
        OSError: If it cannot be read, or the data folder not be written to.
    """
    name = shown(name) or shown(source.resolve().stem)
    if not source.exists():
        raise ExplorerError(
            f"There is no file or folder {source}.", "Check the path, or name a data set."
        )
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    ref = DatasetRef(source="prepared", archive=_archive(name), name=name, fit=fit)
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        yield from (_zip(source, temporary) if source.is_dir() else _copy(source, temporary))
        with temporary.open("rb") as file, open_archive(file) as archive:
            summary = list_contents(archive).summary
        temporary.replace(folder / _archive(name))
    finally:
        temporary.unlink(missing_ok=True)
    return _note(ref, summary)


def decoded_at(prepared: Prepared, input: InputShape) -> Prepared:
    """Remember that the pictures are decoded at a size already, so that it is offered."""
    inputs = (*(known for known in prepared.inputs if known != input), input)
    return _write(prepared.model_copy(update={"inputs": inputs}))


def all_prepared() -> tuple[Prepared, ...]:
    """All prepared data sets that are there, by name."""
    found = []
    for note in _folder().glob("*.json"):
        prepared = _read(note)
        if prepared is not None and note.with_suffix(".zip").is_file():
            found.append(prepared)
    return tuple(sorted(found, key=lambda one: one.ref.name.casefold()))


def remove(name: str) -> None:
    """Offer a prepared data set no longer, and delete its zip; runs with it stay.

    Raises:
        ExplorerError: If there is none of that name.
    """
    archive = _folder() / _archive(shown(name))
    if not archive.is_file():
        names = ", ".join(f"“{one.ref.name}”" for one in all_prepared())
        raise ExplorerError(
            f"Nothing is prepared under the name “{name}”.",
            f"There are: {names}." if names else "Nothing was prepared yet.",
        )
    archive.with_suffix(".json").unlink(missing_ok=True)
    archive.unlink()


def _folder() -> Path:
    return settings().data_dir / "prepared"


def _archive(name: str) -> str:
    """The file of a name, whatever characters it has."""
    return f"prepared-{hashlib.sha256(name.encode()).hexdigest()[:32]}.zip"


def _note(ref: DatasetRef, summary: FolderSummary) -> Prepared:
    counts = {part.name.lower(): counts for part, counts in summary.counts.items()}
    return _write(
        Prepared(
            ref=ref,
            classes=summary.classes,
            counts=counts,
            problems=summary.problems,
            total=summary.pictures,
            multi_label=summary.multi_label,
        )
    )


def _write(prepared: Prepared) -> Prepared:
    assert prepared.ref.archive is not None
    note = (_folder() / prepared.ref.archive).with_suffix(".json")
    write_whole(note, prepared.model_dump_json(indent=1))
    return prepared


def _read(note: Path) -> Prepared | None:
    try:
        return Prepared.model_validate_json(note.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.warning("%s cannot be read; prepare the data set again", note)
        return None


def _copy(source: Path, target: Path) -> Generator[Report, None, None]:
    size = source.stat().st_size
    done = 0
    with source.open("rb") as file, target.open("xb") as copy:
        while chunk := file.read(_COPY_BYTES):
            copy.write(chunk)
            done += len(chunk)
            yield "Copying the zip", done, size


def _zip(source: Path, target: Path) -> Generator[Report, None, None]:
    """All pictures and tables of a folder, not following links, in the order of their names."""
    wanted = (*SUFFIXES, ".csv", ".tsv")
    pictures = [path for path in _files(source) if path.suffix.lower() in wanted]
    limit = settings().max_archive_entries
    if len(pictures) > limit:
        raise ExplorerError(
            f"The folder has {len(pictures):,} pictures; at most {limit:,} are taken.",
            "Use fewer pictures, or set EXPLORER_MAX_ARCHIVE_ENTRIES here and for the server.",
        )
    with zipfile.ZipFile(target, "x") as archive:  # pictures are compressed already
        for done, picture in enumerate(pictures):
            yield "Copying the pictures", done, len(pictures)
            # One moment for all: the same pictures make the same zip, and are decoded once.
            entry = zipfile.ZipInfo(picture.relative_to(source).as_posix(), _EARLIEST)
            with picture.open("rb") as file, archive.open(entry, "w") as copy:
                shutil.copyfileobj(file, copy)


def _files(folder: Path) -> Generator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if not (path := Path(parent, name)).is_symlink())
