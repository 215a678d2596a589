"""The curves of a run: what its events say, in columns, ready to be sent in parts."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

from explorer.training.events import EpochEnd, Event, Measure, Progress

POINT_LIMIT = 2000
"""Most training points of a complete part; more are averaged."""
OVERLAP = 20
"""Points that the next part repeats, in case one is lost on the way: about two seconds of them."""

# A step, the seconds until then, the loss of every contender, the accuracy of every contender.
_Row = tuple[float, ...]


class Columns(TypedDict):
    """Points in the order of their steps; `loss` and `accuracy` hold one list per contender.

    `seconds` are those since training began; `average_precision`, the mean over classes, is of
    validation where pictures have several labels, and None where no class has one.
    """

    steps: list[int]
    seconds: list[float]
    loss: list[list[float]]
    accuracy: list[list[float]]
    average_precision: NotRequired[list[list[float | None]]]


class Part(TypedDict):
    """All the points after step `after`; 0 means the complete curves."""

    after: int
    training: Columns
    validation: Columns


class Curves:
    """The points of one run, and which of them were sent already."""

    def __init__(self, contenders: int) -> None:
        self.contenders = contenders
        self._training: list[_Row] = []
        self._validation: list[_Row] = []
        self._ranked: list[list[float | None]] = []  # for each row of validation
        self._sent = 0

    def add(self, events: Iterable[Event]) -> None:
        """Take in what came since; other events than measurements are skipped."""
        for event in events:
            if isinstance(event, Progress):
                self._training.append(_row(event, event.contenders))
            elif isinstance(event, EpochEnd) and event.validation is not None:
                self._validation.append(_row(event, event.validation))
                self._ranked.append([one.mean_average_precision for one in event.validation])

    def complete(self, limit: int = POINT_LIMIT) -> Part:
        """Everything, averaged where there are more than `limit` training points."""
        self._sent = len(self._training)
        return self._part(0, _thinned(self._training, limit))

    def news(self) -> Part:
        """What was not sent yet, and the `OVERLAP` points before it."""
        first = max(0, self._sent - OVERLAP)
        self._sent = len(self._training)
        after = int(self._training[first - 1][0]) if first else 0
        return self._part(after, self._training[first:])

    def _part(self, after: int, training: Sequence[_Row]) -> Part:
        first = bisect_right(self._validation, after, key=lambda row: row[0])
        validation = self._columns(self._validation[first:])
        if any(value is not None for row in self._ranked for value in row):
            columns = list(zip(*self._ranked[first:], strict=True)) or [()] * self.contenders
            validation["average_precision"] = [list(map(_short, column)) for column in columns]
        return {
            "after": after,
            "training": self._columns(training),
            "validation": validation,
        }

    def _columns(self, rows: Sequence[_Row]) -> Columns:
        count = self.contenders
        columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * (2 + 2 * count)
        return {
            "steps": [int(step) for step in columns[0]],
            "seconds": columns[1],
            "loss": columns[2 : 2 + count],
            "accuracy": columns[2 + count :],
        }


def _row(event: Progress | EpochEnd, measures: Sequence[Measure]) -> _Row:
    # Five digits are more than a screen shows, and half the bytes.
    return (
        event.step,
        round(event.seconds, 2),
        *(float(f"{measure.loss:.5g}") for measure in measures),
        *(float(f"{measure.accuracy:.5g}") for measure in measures),
    )


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _thinned(rows: Sequence[_Row], limit: int) -> list[_Row]:
    """Equal groups of neighbours become their mean, at the group's last step and moment.

    The newest rows stay as they are, so that the next part can follow on any of them.
    """
    older, newest = rows[:-OVERLAP], rows[-OVERLAP:]
    size = -(-len(older) // (limit - OVERLAP))
    if size <= 1:
        return list(rows)
    groups = (older[start : start + size] for start in range(0, len(older), size))
    means = [(*group[-1][:2], *_mean([row[2:] for row in group])) for group in groups]
    return [*means, *newest]


def _mean(rows: Sequence[_Row]) -> list[float]:
    return [float(f"{sum(values) / len(rows):.5g}") for values in zip(*rows, strict=True)]
