"""Zips of pictures: one folder per class, perhaps in train and test folders; who is what."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zipfile import ZipFile, ZipInfo

from explorer.datasets.dataset import Part
from explorer.datasets.groups import GroupFacts, group_facts, name_group
from explorer.datasets.reference import Grouping
from explorer.errors import ExplorerError
from explorer.media.archives import is_plain_file, path

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
PART_NAMES = {
    "train": Part.TRAIN,
    "training": Part.TRAIN,
    "trn": Part.TRAIN,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "validation": Part.VALIDATION,
    "validate": Part.VALIDATION,
    "dev": Part.VALIDATION,
    "test": Part.TEST,
    "testing": Part.TEST,
    "tst": Part.TEST,
}
# "Train_Set", "test images", "val-data", "train_labels": what people append to the names above.
_APPENDED = re.compile(r"(data|set|images?|img|imgs|pictures?|photos?|split|folder|dir|labels?)+$")
MAX_CLASSES = 1000
MAX_CLASS_NAME = 100
_LAYOUT = "Make one folder per class with its pictures inside, and zip these folders."


@dataclass(frozen=True)
class Member:
    """A picture in the zip: its entry, what it is for, its classes as numbers, and its groups."""

    entry: ZipInfo
    part: Part
    labels: tuple[int, ...]
    groups: Mapping[Grouping, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FolderSummary:
    """What is in a zip of pictures, by the names of its files.

    Attributes:
        classes: In alphabetical order, or as a table has them; the index is the number of the
            class.
        counts: Pictures per class for each part the zip itself has; only `Part.TRAIN` if it has
            no such folders.
        problems: Sentences about what is left out.
        groups: How pictures would be kept together, for each way to do so.
        sizes: Pictures of each part, where they are not those of its classes together because
            some show several classes or none.
        table: The name of the CSV that says what they show; "" if folders do.
        multi_label: A picture may show several classes, or none.
    """

    classes: tuple[str, ...]
    counts: dict[Part, tuple[int, ...]]
    problems: tuple[str, ...]
    groups: Mapping[Grouping, GroupFacts] = field(default_factory=dict)
    sizes: Mapping[Part, int] = field(default_factory=dict)
    table: str = ""
    multi_label: bool = False

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return sum(self.part_sizes.values())

    @property
    def part_sizes(self) -> Mapping[Part, int]:
        """How many pictures each part has."""
        return self.sizes or {part: sum(counts) for part, counts in self.counts.items()}


@dataclass(frozen=True)
class Listing:
    """The pictures of a zip in a fixed order, and the summary of them.

    `missing` are pictures without labels or labels without a picture: a name, and why.
    """

    members: tuple[Member, ...]
    summary: FolderSummary
    missing: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Found:
    """A picture: the name of its class, what it is for, and the folders below its class."""

    class_name: str
    part: Part
    below: tuple[str, ...]
    entry: ZipInfo


def list_pictures(archive: ZipFile) -> Listing:
    """The pictures of a zip by the names of its entries; no picture is opened.

    Folders that hold everything are passed over. Then come the parts and in them the classes, or
    the classes and in them the parts, or just the classes. Folders below a class belong to it.

    Raises:
        ExplorerError: If it has no two folders of pictures to tell apart.
    """
    files = [(entry, path(entry)) for entry in archive.infolist() if is_plain_file(entry)]
    wanted = [(entry, parts) for entry, parts in files if not is_hidden(parts)]
    pictures = [(entry, parts) for entry, parts in wanted if is_picture(parts)]
    depth = _common_depth([parts for _, parts in pictures])
    inside = [(entry, parts[depth:]) for entry, parts in pictures]
    level = _part_level([parts for _, parts in inside])
    found = [one for entry, parts in inside if (one := _find(entry, parts, level))]
    classes = tuple(sorted({one.class_name for one in found}))
    _check_classes(classes)
    numbers = {name: number for number, name in enumerate(classes)}
    members = tuple(
        Member(one.entry, one.part, (numbers[one.class_name],), _groups(one))
        for one in sorted(found, key=lambda one: (one.class_name, one.entry.filename, one.part))
    )
    problems = _problems(len(pictures) - len(members), len(wanted) - len(pictures))
    summary = FolderSummary(classes, _counts(members, len(classes)), problems, _facts(members))
    return Listing(members, summary)


def shown(name: str) -> str:
    """A name that can be written on a page: composed, printable, of a bounded length."""
    composed = unicodedata.normalize("NFC", name).strip()
    return "".join(char if char.isprintable() else "�" for char in composed)[:MAX_CLASS_NAME]


def _find(entry: ZipInfo, parts: tuple[str, ...], level: int | None) -> _Found | None:
    """None for a picture that lies in no class, or in no part where there are parts."""
    folders = parts[:-1]
    part: Part | None = Part.TRAIN
    if level is not None:
        part = _part(folders[level:])
        folders = folders[:level] + folders[level + 1 :]
    if part is None or not folders:
        return None
    return _Found(shown(folders[0]), part, folders[1:], entry)


def _groups(found: _Found) -> dict[Grouping, str]:
    """Folders and names of different classes that are called the same are one group."""
    return {
        "folder": "/".join(found.below),
        "name": name_group(path(found.entry)[-1]),
    }


def _facts(members: Sequence[Member]) -> dict[Grouping, GroupFacts]:
    parts = [int(member.part) for member in members]
    ways: tuple[Grouping, ...] = ("folder", "name")
    return {way: group_facts([member.groups[way] for member in members], parts) for way in ways}


def is_picture(parts: tuple[str, ...]) -> bool:
    return parts[-1].lower().endswith(SUFFIXES)


def is_hidden(parts: tuple[str, ...]) -> bool:
    """What systems put beside people's files unasked; also the way out of the zip, ".."."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _part(folders: Sequence[str]) -> Part | None:
    """What the first of some folders says its pictures are for."""
    return part_of(folders[0]) if folders else None


def part_of(name: str) -> Part | None:
    """What a name like train, Test_Set or val-labels says that pictures are for; None if nothing.

    >>> part_of("Train_Set"), part_of("dogs")
    (<Part.TRAIN: 0>, None)
    """
    plain = re.sub(r"[\s_.\-]+", "", name.lower())
    return PART_NAMES.get(plain, PART_NAMES.get(_APPENDED.sub("", plain)))


def _part_level(paths: Sequence[tuple[str, ...]]) -> int | None:
    """0 if the outermost folders are parts, 1 if those inside the classes are, else None.

    They are parts if one of them is called train and has classes in it, or if all that is in the
    classes lies in parts: a class may be called test, and a picture show a train.
    """
    if any(_part(parts[:-1]) is Part.TRAIN and len(parts) > 2 for parts in paths):
        return 0
    inside = {_part(parts[1:-1]) for parts in paths}
    return 1 if Part.TRAIN in inside and None not in inside else None


def _common_depth(paths: list[tuple[str, ...]]) -> int:
    """In how many folders, one inside the other, all parts or classes lie together."""
    depth = 0
    while (
        len({parts[depth : depth + 1] for parts in paths}) == 1
        and any(len(parts) > depth + 2 for parts in paths)
        and _part(paths[0][depth:-1]) is None
    ):
        depth += 1
    return depth


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
    counter = Counter((member.part, label) for member in members for label in member.labels)
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
