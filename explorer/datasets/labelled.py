"""Zips of pictures with a CSV beside them that says what each shows, perhaps several classes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from zipfile import ZipFile, ZipInfo

from explorer.datasets.dataset import Part
from explorer.datasets.folders import (
    MAX_CLASSES,
    FolderSummary,
    Listing,
    Member,
    is_hidden,
    is_picture,
    list_pictures,
    part_of,
    shown,
)
from explorer.datasets.groups import GroupFacts, group_facts, name_group
from explorer.datasets.label_table import MAX_BYTES, LabelTable, Row, read_table
from explorer.datasets.reference import Grouping
from explorer.errors import ExplorerError
from explorer.media.archives import EntryReader, UnreadableEntryError, is_plain_file, path

MOST_TABLES = 10
_NAMED = 3
# Pictures are found by the ends of their paths, up to so many folders.
_DEPTH = 8


def list_contents(archive: ZipFile) -> Listing:
    """The pictures of a zip: by its CSV of labels if it has one, else by its folders.

    Raises:
        ExplorerError: If it has neither, or the CSV has mistakes and there are no folders.
    """
    try:
        labelled = _list_labelled(archive)
    except ExplorerError as error:
        try:
            listing = list_pictures(archive)
        except ExplorerError:
            raise error from None
        problem = f"{error.problem} So it is not used: the folders are the classes."
        summary = replace(listing.summary, problems=(*listing.summary.problems, problem))
        return replace(listing, summary=summary)
    return labelled or list_pictures(archive)


class _Pictures:
    """The pictures of a zip, to be found by how a table calls them."""

    def __init__(self, archive: ZipFile) -> None:
        self.entries: dict[str, ZipInfo] = {}
        # By hashes of the ends: names may have 64 kB, and the ends of all of them some gigabytes.
        self._ends: dict[int, str | None] = {}
        for entry in archive.infolist():
            parts = path(entry)
            if not is_plain_file(entry) or is_hidden(parts) or not is_picture(parts):
                continue
            name = "/".join(parts)
            self.entries[name] = entry
            for start in range(max(0, len(parts) - _DEPTH), len(parts)):
                end = "/".join(parts[start:]).casefold()
                for known in map(hash, (end, end.rpartition(".")[0])):
                    # None where it is the end of several paths.
                    self._ends[known] = name if known not in self._ends else None

    def find(self, called: str, folder: str = "") -> str | None:
        """The path of the picture that a table in some folder calls so; None without any.

        That is the one whose path ends so, with its suffix or without it; one inside the table's
        own folder comes first.
        """
        wanted = "/".join(part for part in called.replace("\\", "/").split("/") if part != ".")
        wanted = wanted.strip("/").casefold()
        inside = self._ends.get(hash(f"{folder}/{wanted}".casefold())) if folder else None
        return inside or self._ends.get(hash(wanted))


def _list_labelled(archive: ZipFile) -> Listing | None:
    """None without a table that names any of the pictures."""
    files = list(_table_files(archive))
    if not files:  # as most zips: then the paths of a hundred thousand pictures need no index
        return None
    pictures = _Pictures(archive)
    tables = [] if not pictures.entries else list(_tables(archive, files, pictures))
    if not tables:
        return None
    classes = _classes(tables)
    found, missing = _matched(tables, pictures)
    parts = _parts(found, tables)
    numbers = {name: number for number, name in enumerate(classes)}
    members = tuple(
        Member(
            pictures.entries[name],
            parts[name],
            tuple(sorted(numbers[label] for label in labels)),
            _groups(name),
        )
        for name, labels in sorted((name, labels) for name, (labels, _) in found.items())
    )
    missing += [
        (shown(name), "no line of the table names it")
        for name in sorted(pictures.entries)
        if name not in found
    ]
    # Where each picture shows exactly one class, classes exclude each other, as with folders.
    multi_label = any(len(member.labels) != 1 for member in members)
    names = ", ".join(table.name for table, _ in tables)
    summary = FolderSummary(
        classes,
        _counts(members, len(classes)),
        (*_problems(members, missing), *_spaced(tables)),
        _facts(members),
        sizes=Counter(member.part for member in members),
        table=names,
        multi_label=multi_label,
    )
    return Listing(members, summary, tuple(missing))


def _table_files(archive: ZipFile) -> Iterator[tuple[tuple[str, ...], ZipInfo]]:
    """Every CSV by its path."""
    for entry in archive.infolist():
        parts = path(entry)
        if not is_plain_file(entry) or is_hidden(parts):
            continue
        if parts[-1].lower().endswith((".csv", ".tsv")):
            yield parts, entry


def _tables(
    archive: ZipFile, files: Sequence[tuple[tuple[str, ...], ZipInfo]], pictures: _Pictures
) -> Iterator[tuple[LabelTable, str]]:
    """Every CSV that names pictures, with the folder it lies in; those of fewer folders first."""
    reader = EntryReader(archive, MAX_BYTES)
    for parts, entry in sorted(files, key=lambda one: (len(one[0]), one[0]))[:MOST_TABLES]:
        name, folder = shown("/".join(parts)), "/".join(parts[:-1])
        try:
            data = reader.read(entry)
        except UnreadableEntryError as error:
            problem = f"{name} cannot be read: {error}."
            raise ExplorerError(problem, "Zip the pictures and the CSV again.") from error
        table = read_table(
            name, data, lambda called, inside=folder: pictures.find(called, inside) is not None
        )
        if table is not None:
            yield table, folder


def _classes(tables: Sequence[tuple[LabelTable, str]]) -> tuple[str, ...]:
    """All classes of all tables, in the order of the first that has them."""
    classes = tuple(dict.fromkeys(name for table, _ in tables for name in table.classes))
    if any(table.is_list for table, _ in tables):
        classes = tuple(sorted(classes))
    named = tables[0][0].name
    if len(classes) < 2:
        what = f"only one class, “{classes[0]}”" if classes else "no class"
        raise ExplorerError(
            f"{named} has {what}; there is nothing to tell apart.",
            "Give it a column of 0 and 1 for each of two classes, or a column called labels.",
        )
    if len(classes) > MAX_CLASSES:
        raise ExplorerError(
            f"{named} has {len(classes):,} classes; at most {MAX_CLASSES:,} are taken.",
            "Is the column of labels the right one? Use fewer labels.",
        )
    return classes


_Found = dict[str, tuple[set[str], tuple[str, Row]]]
"""By its path what a picture shows, and which line of which table said so first."""


def _matched(
    tables: Sequence[tuple[LabelTable, str]], pictures: _Pictures
) -> tuple[_Found, list[tuple[str, str]]]:
    """What the tables say of each picture; and which they name in vain."""
    found: _Found = {}
    missing = []
    for table, folder in tables:
        for row in table.rows:
            name = pictures.find(row.file, folder)
            if name is None:
                missing.append(
                    (shown(row.file), f"line {row.line:,} of {table.name}, but not in the zip")
                )
            elif name not in found:
                found[name] = set(row.labels), (table.name, row)
            elif table.is_list:
                found[name][0].update(row.labels)
            elif found[name][0] != set(row.labels):
                before, first = found[name][1]
                raise ExplorerError(
                    f"{table.name}, line {row.line:,} gives “{shown(row.file)}” other labels than "
                    f"line {first.line:,} of {before}.",
                    "Keep one line for every picture.",
                )
    return found, missing


def _parts(found: _Found, tables: Sequence[tuple[LabelTable, str]]) -> dict[str, Part]:
    """What each picture is for: its line says so, or the table's name, or a folder's."""
    of_table = {
        table.name: part_of(table.name.rpartition("/")[2].rpartition(".")[0]) for table, _ in tables
    }
    said: dict[str, Part | None] = {}
    for name, (_, (table, row)) in found.items():
        places = [row.part, of_table[table], *map(part_of, name.split("/")[:-1])]
        said[name] = next((part for part in places if part is not None), None)
    if Part.TRAIN not in said.values():  # not parts, or not all of them
        return dict.fromkeys(said, Part.TRAIN)
    return {name: Part.TRAIN if part is None else part for name, part in said.items()}


def _groups(name: str) -> dict[Grouping, str]:
    folder, _, file = name.rpartition("/")
    return {"folder": folder, "name": name_group(file)}


def _facts(members: Sequence[Member]) -> Mapping[Grouping, GroupFacts]:
    parts = [int(member.part) for member in members]
    ways: tuple[Grouping, ...] = ("folder", "name")
    return {way: group_facts([member.groups[way] for member in members], parts) for way in ways}


def _counts(members: Sequence[Member], classes: int) -> dict[Part, tuple[int, ...]]:
    counter = Counter((member.part, label) for member in members for label in member.labels)
    present = sorted({member.part for member in members})
    return {part: tuple(counter[part, label] for label in range(classes)) for part in present}


def _spaced(tables: Sequence[tuple[LabelTable, str]]) -> list[str]:
    return [
        f"Labels in {table.name} are taken as separated by spaces; | between them would be clearer."
        for table, _ in tables
        if table.is_spaced
    ]


def _problems(members: Sequence[Member], missing: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Sentences about what is left out, and what shows nothing."""
    if missing:
        named = ", ".join(f"{name} ({why})" for name, why in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED:,} more" * (len(missing) > _NAMED)
        yield f"Left out: {named}{more}."
    empty = sum(not member.labels for member in members)
    if empty:
        shows = "1 picture shows" if empty == 1 else f"{empty:,} pictures show"
        yield f"{shows} none of the classes."
