"""How a choice is written in a link, and read from one.

Each kind of value is a pydantic type with a `Text`: it takes either the value itself or its text in
a link, and is dumped as that text. What cannot be read raises ValueError, in words for people.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from explorer.windows.scene import LIMITS

LARGEST_NUMBER = 1000.0
MOST_TEXT = 4000  # characters of one value; nothing longer is looked at
MOST_EDITS = 200
# A link may ask for as much as the player's sliders offer.
MOST_KERNEL, MOST_STRIDE = LIMITS["kernel_size"], LIMITS["stride"]
MOST_PADDING, MOST_DILATION = LIMITS["padding"], LIMITS["dilation"]

Planes = tuple[tuple[tuple[float, ...], ...], ...]  # [channel][row][column]

_NUMBER = re.compile(r"[+-]?(\d{1,12}\.?\d{0,20}|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_MOST_DIGITS = 12
_VIEW = re.compile(r"[a-z0-9_-]{1,24}", re.ASCII)
_YES, _NO = frozenset({"yes", "true", "1", "on"}), frozenset({"no", "false", "0", "off"})


@dataclass(frozen=True)
class Text:
    """What makes a pydantic type readable from, and dumped as, the text in a link.

    Attributes:
        read: Takes a value or its text; returns the value.
        write: The value's text.
    """

    read: Callable[[Any], Any]
    write: Callable[[Any], str]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self.read,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def or_none(self) -> "Text":
        """The same for a value that may be None, written "none"."""
        return Text(
            lambda value: None if value in (None, "none") else self.read(value),
            lambda value: "none" if value is None else self.write(value),
        )


def number(value: object) -> float:
    """A finite number within ±1000, as precise as the float32 it will be."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            raise ValueError(f"{value.strip()[:20] or 'nothing'} is not a number")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("it is not a number")
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"numbers go from −{LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}")
    return float(str(np.float32(value))) + 0.0  # + 0.0: no negative zero


def number_text(value: float) -> str:
    """As short as the number allows: "1", "0.1"."""
    return repr(float(value)).removesuffix(".0")


def _whole(text: str, lowest: int, highest: int) -> int:
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:20] or 'nothing'} is not a whole number")
    # Digits beyond what any bound has are not turned into a number.
    return _bounded(int(text[:_MOST_DIGITS]), lowest, highest)


def _bounded(value: Any, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("whole numbers are wanted")
    if not lowest <= value <= highest:
        raise ValueError(f"numbers from {lowest} to {highest} are possible")
    return value


def _shortest(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """One entry where all axes have the same."""
    return entries[:1] if all(entry == entries[0] for entry in entries) else entries


def _per_axis(entries: Iterable[Any]) -> tuple[Any, ...]:
    values = tuple(entries)
    if not 1 <= len(values) <= 3:
        raise ValueError(f"one number, or one for each of up to 3 axes, not {len(values)}")
    return _shortest(values)


def sizes(lowest: int, highest: int) -> Text:
    """One whole number per axis: "3" for all axes, "3x5", "1x2x5"."""

    def read(value: object) -> tuple[int, ...]:
        if isinstance(value, str):
            return _per_axis(_whole(part, lowest, highest) for part in re.split("[x,×]", value))
        if isinstance(value, int):
            value = (value,)
        if not isinstance(value, list | tuple):
            raise ValueError("whole numbers are wanted")
        return _per_axis(_bounded(entry, lowest, highest) for entry in value)

    return Text(read, lambda value: "x".join(map(str, value)))


def read_sides(value: object) -> tuple[tuple[int, int], ...]:
    """Padding (before, after) per axis: "1" everywhere, "1,2" per axis, "0-1" before and after."""
    if isinstance(value, int):
        value = ((value, value),)
    if isinstance(value, str):
        # A number below 0 is one number, out of bounds.
        parts = re.split("[x,×]", value)
        pairs = [[part] if part.startswith("-") else part.split("-") for part in parts]
        if any(len(pair) > 2 for pair in pairs):
            raise ValueError("an axis has two sides: write them as 0-1")
        value = [[_whole(side, 0, MOST_PADDING) for side in (pair * 2)[:2]] for pair in pairs]
    if not isinstance(value, list | tuple):
        raise ValueError("whole numbers are wanted")
    return _per_axis(_pair(entry) for entry in value)


def _pair(entry: Any) -> tuple[int, int]:
    if isinstance(entry, int):
        entry = (entry, entry)
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        raise ValueError("an axis has two sides")
    return _bounded(entry[0], 0, MOST_PADDING), _bounded(entry[1], 0, MOST_PADDING)


def sides_text(value: tuple[tuple[int, int], ...]) -> str:
    """What `read_sides` reads."""
    return ",".join(
        str(before) if before == after else f"{before}-{after}" for before, after in value
    )


def read_padding(value: object) -> Any:
    """Sides, or "same"; "valid" is another word for 0."""
    if value == "same":
        return value
    return ((0, 0),) if value == "valid" else read_sides(value)


def read_even_sides(value: object) -> tuple[tuple[int, int], ...]:
    """Sides that are equal: all that PyTorch's poolings and transposed convolutions take."""
    pairs = ((0, 0),) if value == "valid" else read_sides(value)
    if any(before != after for before, after in pairs):
        raise ValueError("both sides of an axis must have the same padding here")
    return pairs


Sides = tuple[tuple[int, int], ...]
Padding = Annotated[
    Literal["same"] | Sides,
    Text(read_padding, lambda value: value if value == "same" else sides_text(value)),
]
EvenPadding = Annotated[Sides, Text(read_even_sides, sides_text)]


def planes(most_values: int, *, one_row: bool) -> Text:
    """Typed numbers, [channel][row][column]: "1,2;3,4|5,6;7,8" has two channels."""

    def read(value: object) -> Planes:
        if isinstance(value, str):
            value = [
                [[number(cell) for cell in row.split(",")] for row in plane.strip(" ;").split(";")]
                for plane in value.replace("\n", ";").strip(" ;|").split("|")
            ]
        if not isinstance(value, list | tuple):
            raise ValueError("numbers are wanted")
        read_planes = tuple(
            tuple(tuple(number(cell) for cell in row) for row in plane) for plane in value
        )
        shapes = {(len(plane), len(row)) for plane in read_planes for row in plane}
        if len(shapes) != 1:
            raise ValueError("every row needs as many numbers, and every channel as many rows")
        rows, columns = shapes.pop()
        if one_row and rows != 1:
            raise ValueError("a signal has one row; separate its numbers by commas")
        if len(read_planes) > 16 or len(read_planes) * rows * columns > most_values:
            raise ValueError(f"at most 16 channels and {most_values} numbers")
        return read_planes

    def write(value: Planes) -> str:
        return "|".join(
            ";".join(",".join(map(number_text, row)) for row in plane) for plane in value
        )

    return Text(read, write)


def _read_edits(value: object) -> tuple[tuple[int, float], ...]:
    if isinstance(value, str):
        parts = [part.split(":") for part in value.split(",")] if value else []
        if any(len(part) != 2 for part in parts):
            raise ValueError("an edited cell is written as index:value")
        value = [(_whole(index, 0, 9_999_999), cell) for index, cell in parts]
    if not isinstance(value, list | tuple) or len(value) > MOST_EDITS:
        raise ValueError(f"at most {MOST_EDITS} edited cells")
    return tuple(sorted({_bounded(i, 0, 9_999_999): number(cell) for i, cell in value}.items()))


Edits = Annotated[
    tuple[tuple[int, float], ...],
    Text(_read_edits, lambda value: ",".join(f"{i}:{number_text(cell)}" for i, cell in value)),
]


def _read_flag(value: object) -> object:
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, str) and word not in _YES | _NO:
        raise ValueError("yes or no is wanted")
    return word in _YES if isinstance(word, str) else word


Flag = Annotated[bool, Text(_read_flag, lambda value: "yes" if value else "no")]
NUMBER = Text(number, number_text)


def whole(lowest: int, highest: int) -> Text:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, str):
            return _whole(value, lowest, highest)
        return _bounded(value, lowest, highest)

    return Text(read, str)


def one_of(known: Collection[str]) -> Text:
    """One of the keys that are known."""

    def read(value: object) -> str:
        if value not in known:
            raise ValueError(f"there are {', '.join(known)}")
        return str(value)

    return Text(read, str)


def _read_views(value: object) -> tuple[str, ...]:
    names = [part for part in value.split(",") if part] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or len(names) > 8:
        raise ValueError("at most 8 names of views")
    if not all(isinstance(name, str) and _VIEW.fullmatch(name) for name in names):
        raise ValueError("names of views are made of a-z, 0-9, - and _")
    return tuple(names)


Views = Annotated[tuple[str, ...], Text(_read_views, ",".join)]
