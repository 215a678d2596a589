"""What every operation with sliding windows can say about itself, in 1, 2 or 3 dimensions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Self, TypeVar

from explorer.errors import ExplorerError
from explorer.windows.checks import AXES, check, per_axis
from explorer.windows.taps import Axis, AxisTaps, Pairs, taps_of
from explorer.windows.window import Window

# A remedy: what to use, and the operation and the axis's size that it leads to.
Remedy = tuple[str, "OperationBase", int]
Kind = TypeVar("Kind", bound="OperationBase")


class OperationBase(ABC):
    """An operation and its settings; frozen, so that equal settings are equal operations.

    An input's size has one entry per spatial axis. What PyTorch refuses, every method with an
    input's size refuses: with an ExplorerError that names the numbers, and settings that work.
    """

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """How many spatial axes the operation has: 1, 2 or 3."""

    @property
    @abstractmethod
    def general_formula(self) -> str:
        """PyTorch's size formula for one axis, in letters."""

    @abstractmethod
    def axis(self, axis: int, n: int) -> Axis:
        """The arithmetic of one axis on an input of n cells, which may be illegal."""

    @abstractmethod
    def fault(self, axis: int, n: int) -> str | None:
        """Why PyTorch refuses this axis on an input of n cells, as a sentence; None if it works."""

    @abstractmethod
    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """What might mend a fault; those that do are told."""

    @abstractmethod
    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """The operation with this axis made smaller, step by step, until it is legal."""

    @abstractmethod
    def settings(self, axis: int) -> dict[str, str]:
        """The settings of one axis, as names and values for a sentence."""

    @abstractmethod
    def header(self) -> dict[str, Any]:
        """The settings as plain values, `kind` first, without those that do not apply."""

    @abstractmethod
    def _formula(self, axis: int, n: int) -> str:
        """The size formula of one legal axis with the numbers put in."""

    def output_size(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """Output cells along each axis.

        Raises:
            ExplorerError: PyTorch would refuse, said in an axis's numbers.
        """
        return tuple(axis.size for axis in self.axes(input_size))

    def axes(self, input_size: Sequence[int]) -> tuple[Axis, ...]:
        """The arithmetic of each axis of a legal operation."""
        sizes = self.checked(input_size)
        return tuple(self.axis(axis, n) for axis, n in enumerate(sizes))

    def taps(self, input_size: Sequence[int]) -> tuple[AxisTaps, ...]:
        """Per axis, what every output index reads."""
        return tuple(taps_of(axis) for axis in self.axes(input_size))

    def reads(self, input_size: Sequence[int], position: Sequence[int]) -> tuple[Pairs, ...]:
        """Per axis, the (kernel index, source) pairs of one output cell."""
        axes = self.axes(input_size)
        position = per_axis("position", position, self.dimensions)
        size = tuple(axis.size for axis in axes)
        if any(not 0 <= p < n for p, n in zip(position, size, strict=True)):
            raise ExplorerError(
                f"There is no output cell {position}: the output's size is {size}.",
                "Counting starts at 0.",
            )
        return tuple(axis.pairs(p) for axis, p in zip(axes, position, strict=True))

    def formula(self, input_size: Sequence[int]) -> tuple[str, ...]:
        """Per axis PyTorch's size formula with the numbers put in.

        `"floor((5 + 2·1 − 1·(3−1) − 1) / 2) + 1 = 3"`
        """
        return tuple(self._formula(axis, n) for axis, n in enumerate(self.checked(input_size)))

    def textbook(self, input_size: Sequence[int]) -> tuple[str, ...]:
        """Per axis the size formula as textbooks write it; empty where they have no other."""
        self.checked(input_size)
        return ()

    def unused(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """Padded cells at the end of each axis that no window reaches: what the floor drops."""
        return (0,) * len(self.checked(input_size))

    def checked(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """The input's size as a tuple; raises what PyTorch would refuse."""
        sizes = self._sizes(input_size)
        for axis, n in enumerate(sizes):
            if problem := self.fault(axis, n):
                raise ExplorerError(problem, f"Use {self._remedy(axis, n)}.")
        return sizes

    def _remedy(self, axis: int, n: int) -> str:
        """Every single change that mends a fault; where none does, the changes of `fitted`."""
        working = [
            told
            for told, mended, size in self.remedies(axis, n)
            if mended.fault(axis, size) is None
        ]
        if working:
            return joined(working, "or")
        now, then = self.settings(axis), self._fitted_along(axis, n).settings(axis)
        return joined(
            [f"{name} {value}" for name, value in then.items() if value != now[name]], "and"
        )

    def _sizes(self, input_size: Sequence[int]) -> tuple[int, ...]:
        sizes = per_axis("input size", input_size, self.dimensions)
        check("input size", sizes, self.dimensions, lowest=1, highest=None)
        return sizes

    def axis_name(self, axis: int) -> str:
        """ "length", "height", "width" or "depth"."""
        return AXES[self.dimensions][axis]

    def _fitted(self, input_size: Sequence[int]) -> Self:
        """See `fitted`."""
        operation = self
        for axis, n in enumerate(self._sizes(input_size)):
            if operation.fault(axis, n) is not None:
                operation = operation._fitted_along(axis, n)
        return operation

    def _fitted_along(self, axis: int, n: int) -> Self:
        return next(trial for trial in self.smaller(axis, n) if trial.fault(axis, n) is None)


def fitted(operation: Kind, input_size: Sequence[int]) -> Kind:
    """The operation with each axis that is illegal on this input made smaller until it is legal.

    Such an axis loses, as far as needed, padding that is not allowed, then its dilation, then
    kernel cells; legal axes stay, and a legal operation is returned as it is.
    """
    return operation._fitted(input_size)


def changed(window: Window, axis: int, **settings: int | tuple[int, int]) -> Window:
    """The window with other settings along one axis."""
    entries: dict[str, Any] = {}
    for name, value in settings.items():
        each = list(getattr(window, name))
        each[axis] = value
        entries[name] = tuple(each)
    return replace(window, **entries)


def joined(texts: Iterable[str], word: str) -> str:
    """ "a, b or c"."""
    *others, last = texts
    return f"{', '.join(others)} {word} {last}" if others else last


def window_settings(window: Window, axis: int, name: str) -> dict[str, str]:
    """A window's settings along an axis of that name."""
    before, after = window.padding[axis]
    return {
        f"kernel {name}": str(window.kernel_size[axis]),
        "stride": str(window.stride[axis]),
        "padding": f"{before}" if before == after else f"{before} before and {after} after",
        "dilation": str(window.dilation[axis]),
    }


def times(values: Sequence[int]) -> str:
    """ "3×3"."""
    return "×".join(map(str, values))


def padded_text(n: int, pair: tuple[int, int]) -> str:
    """The padded size as a sum: "5 + 2·1", or "5 + 1 + 0" where the sides differ."""
    before, after = pair
    return f"{n} + 2·{before}" if before == after else f"{n} + {before} + {after}"
