"""A CSV that says which labels pictures have: the usual forms, read with mistakes named."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from explorer.datasets.dataset import Part
from explorer.datasets.folders import MAX_CLASSES, SUFFIXES, part_of, shown
from explorer.errors import ExplorerError
from explorer.settings import settings

MAX_BYTES = 10_000_000
_DELIMITERS = ",;\t"
_FILE = {
    *("file", "filename", "filepath", "path", "image", "imagename", "imagefile", "imageid"),
    *("imagepath", "imageindex", "img", "picture", "photo", "name", "id"),
}
_LABELS = {
    *("label", "labels", "tag", "tags", "class", "classes", "category", "categories", "objects"),
    *("findinglabels", "annotations", "concepts"),
}
_ONE_LABEL = {"label", "tag", "class", "category"}
_PART = {"part", "split", "set", "subset", "partition"}
_YES = {"1", "1.0", "true", "yes"}
_NO = {"", "0", "0.0", "false", "no"}
# In this order: the first that stands in any cell is what stands between labels.
_SEPARATORS = "|;,"


@dataclass(frozen=True)
class Row:
    """A line: the picture it names, the names of its labels, and what it is for, if it says so."""

    line: int
    file: str
    labels: tuple[str, ...]
    part: Part | None


@dataclass(frozen=True)
class LabelTable:
    """A CSV of labels; `classes` are all there are, in its own order or else the alphabet's.

    `is_list` says that labels stand in one column, so that lines of one picture add up,
    `is_spaced` that only spaces separate them.
    """

    name: str
    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    is_list: bool
    is_spaced: bool = False


def read_table(name: str, data: bytes, is_picture: Callable[[str], bool]) -> LabelTable | None:
    """The labels that a CSV gives to pictures; None if it names none of the pictures.

    Args:
        name: What to call it.
        data: The file.
        is_picture: Whether a name is that of a picture.

    Raises:
        ExplorerError: If it is too large, no CSV, or its labels cannot be read; the line and the
            column are named.
    """
    lines = _lines(name, data)
    header = [cell.strip() for _, cell in zip(range(MAX_CLASSES + 20), lines[0][1], strict=False)]
    rows = [(line, [cell.strip() for cell in cells]) for line, cells in lines[1:] if any(cells)]
    file = _file_column(header, rows, is_picture)
    if file is None:
        return None
    for line, cells in rows:
        if len(cells) != len(header):
            raise ExplorerError(
                f"{name}, line {line:,} has {len(cells):,} columns instead of the {len(header):,} "
                "of the first line.",
                "Put text with commas in it into double quotes.",
            )
    plain = [_plain(one) for one in header]
    part = next((index for index, one in enumerate(plain) if one in _PART), None)
    if part is not None and not any(part_of(cells[part]) is not None for _, cells in rows):
        part = None  # a class is called so
    others = [index for index in range(len(header)) if index not in (file, part)]
    column = _label_column(plain, others, rows)
    spaced = False
    if column is None:
        classes, label_sets = _from_columns(name, header, others, rows)
    else:
        label_sets, spaced = _from_lists(
            [cells[column] for _, cells in rows], one=plain[column] in _ONE_LABEL
        )
        classes = tuple(sorted({label for labels in label_sets for label in labels}))
    made = tuple(
        Row(line, cells[file], labels, None if part is None else _part(name, header, part, one))
        for (one, labels) in zip(rows, label_sets, strict=True)
        for line, cells in [one]
    )
    return LabelTable(name, classes, made, column is not None, spaced)


def _lines(name: str, data: bytes) -> list[tuple[int, list[str]]]:
    """The numbers of lines and their cells, the first line first."""
    if len(data) > MAX_BYTES:
        raise ExplorerError(
            f"{name} has {len(data):,} bytes; at most {MAX_BYTES:,} are read.",
            "Leave out columns and lines that are not needed.",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ExplorerError(
            f"{name}, line {line:,} is no text in UTF-8.", "Save the table as CSV in UTF-8."
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    limit = settings().max_archive_entries
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            found.append((reader.line_num, cells))
            if len(found) > limit + 1:
                raise ExplorerError(f"{name} has more than {limit:,} lines.", "Use fewer pictures.")
    except csv.Error as error:
        raise ExplorerError(
            f"{name}, line {reader.line_num:,} cannot be read ({error}).", "Save it as CSV again."
        ) from error
    if not found:
        raise ExplorerError(f"{name} is empty.", "Give it a line for every picture.")
    return found


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower())


def _file_column(
    header: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    is_picture: Callable[[str], bool],
) -> int | None:
    """The column that names pictures: one called so, else one with names of picture files."""
    called = [index for index, title in enumerate(header) if _plain(title) in _FILE]
    like = {
        index
        for _, cells in rows[:1]
        for index, cell in enumerate(cells[: len(header)])
        if cell.lower().endswith(SUFFIXES)
    }
    for index in [*called, *sorted(like)]:
        if any(is_picture(cells[index]) for _, cells in rows if index < len(cells)):
            return index
    return None


def _label_column(
    plain: Sequence[str], others: Sequence[int], rows: Sequence[tuple[int, list[str]]]
) -> int | None:
    """The column that lists labels; None if each of the others is a class."""
    named = [index for index in others if plain[index] in _LABELS]
    candidates = named or (others if len(others) == 1 else [])
    for index in candidates:
        if any(cells[index].lower() not in _YES | _NO for _, cells in rows):
            return index
    return None


def _from_columns(
    name: str,
    header: Sequence[str],
    columns: Sequence[int],
    rows: Sequence[tuple[int, list[str]]],
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A column per class, with 1 for yes and 0 for no."""
    if len(header) > MAX_CLASSES:
        raise ExplorerError(f"{name} has more than {MAX_CLASSES:,} columns.", "Use fewer classes.")
    classes = [shown(header[index]) for index in columns]
    for index, title in zip(columns, classes, strict=True):
        if not title or classes.count(title) > 1:
            raise ExplorerError(
                f"{name}, line 1, column {index + 1:,}: "
                + (f"there are two classes “{title}”." if title else "the class has no name."),
                "Give each column the name of another class.",
            )
    label_sets: list[tuple[str, ...]] = []
    for line, cells in rows:
        labels = []
        for index, title in zip(columns, classes, strict=True):
            cell = cells[index].lower()
            if cell in _YES:
                labels.append(title)
            elif cell not in _NO:
                raise ExplorerError(
                    f"{name}, line {line:,}, column “{title}”: “{shown(cells[index])}” is neither "
                    "0 nor 1.",
                    "Write 1 where the picture shows the class and 0 where not, leave out columns "
                    "that are no class, or list the labels in one column called labels.",
                )
        label_sets.append(tuple(labels))
    return tuple(classes), label_sets


def _from_lists(cells: Sequence[str], *, one: bool) -> tuple[list[tuple[str, ...]], bool]:
    """Labels in one cell, separated by | or ; or , or, if none of them occurs, by spaces.

    The latter not if the column is called as if each cell had `one` label. Returned is also whether
    spaces separate.
    """
    separator = next((sign for sign in _SEPARATORS if any(sign in cell for cell in cells)), None)
    if separator is None and one:
        separator = _SEPARATORS[0]
    label_sets = [tuple(_labels(cell.split(separator))) for cell in cells]
    return label_sets, separator is None and any(len(labels) > 1 for labels in label_sets)


def _labels(texts: Sequence[str]) -> Iterator[str]:
    for text in dict.fromkeys(text.strip(" \t[]'\"") for text in texts):
        if text:
            yield shown(text)


def _part(name: str, header: Sequence[str], column: int, row: tuple[int, list[str]]) -> Part:
    line, cells = row
    part = part_of(cells[column])
    if part is None:
        raise ExplorerError(
            f"{name}, line {line:,}, column “{shown(header[column])}”: “{shown(cells[column])}” is "
            "neither train nor validation nor test.",
            "Write one of them for every picture, or leave the column out.",
        )
    return part
