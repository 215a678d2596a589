"""Numbers at the door: one entry per axis, whole and within bounds, or an ExplorerError."""

import operator
from collections.abc import Sequence
from typing import SupportsIndex, TypeGuard, cast

from explorer.errors import ExplorerError

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
LARGEST_VALUE = 10**6  # of a kernel size, stride, padding or dilation


def is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def whole(name: str, value: object) -> int:
    """The value as an int; True, 2.0 and "2" are not whole numbers here, NumPy's integers are."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ExplorerError(f"The {name} must be a whole number, not {value!r:.40}.")
    number = operator.index(cast(SupportsIndex, value))
    if abs(number) > 10**18:
        raise ExplorerError(f"The {name} has more than 18 digits.", "Use a smaller number.")
    return number


def per_axis(name: str, value: object, dimensions: int) -> tuple[int, ...]:
    """One number for all axes, or a sequence with one entry per axis, as a tuple."""
    if not is_sequence(value):
        return (whole(name, value),) * dimensions
    _check_count(name, value, dimensions)
    return tuple(whole(name, entry) for entry in value)


def before_and_after(entry: object) -> tuple[int, int]:
    """The padding of one axis: a number for both sides, or a (before, after) pair."""
    if not is_sequence(entry):
        return whole("padding", entry), whole("padding", entry)
    if len(entry) != 2:
        raise ExplorerError(
            f"The padding of an axis has {len(entry)} entries.",
            "Give one number, or the cells before and after.",
        )
    before, after = entry
    return whole("padding", before), whole("padding", after)


def check(
    name: str,
    values: Sequence[int],
    dimensions: int,
    *,
    lowest: int,
    highest: int | None = LARGEST_VALUE,
) -> None:
    """One value per axis, each between `lowest` and `highest`, both included."""
    _check_count(name, values, dimensions)
    for value in values:
        if value < lowest:
            raise ExplorerError(f"The {name} is {value:,}.", f"It must be at least {lowest}.")
        if highest is not None and value > highest:
            raise ExplorerError(f"The {name} is {value:,}.", f"It must be at most {highest:,}.")


def _check_count(name: str, values: Sequence[object], dimensions: int) -> None:
    if len(values) != dimensions:
        raise ExplorerError(
            f"The {name} has {len(values)} entries, but the window has {dimensions} "
            f"({', '.join(AXES[dimensions])}).",
            f"Give one number, or {dimensions}.",
        )
