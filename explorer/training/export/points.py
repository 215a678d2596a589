"""Everything that a run measured, one point after the other, for files that other programs read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.training.events import EpochEnd, Event, Finished, Measure, Progress, Result

Part = Literal["training", "training_epoch", "validation", "test"]
"""Means over the training pictures since the point before, or over the whole epoch; all others."""
PARTS: tuple[Part, ...] = ("training", "training_epoch", "validation", "test")

_TEST = "test_"


@dataclass(frozen=True)
class Point:
    """What one contender, counted from 0, measured at one moment.

    `epoch` is None for the test, which comes after the last; `seconds` since training began.
    """

    part: Part
    contender: int
    epoch: int | None
    step: int
    seconds: float
    values: dict[str, float]


def points(events: Iterable[Event]) -> Iterator[Point]:
    """All of a run's measurements, in the order in which they were made."""
    step = 0
    for event in events:
        match event:
            case Progress():
                step = event.step
                yield from _of("training", event.contenders, event)
            case EpochEnd():
                step = event.step
                yield from _of("training_epoch", event.train, event)
                yield from _of("validation", event.validation or (), event)
            case Finished():
                for index, result in enumerate(event.results):
                    yield Point("test", index, None, step, event.seconds, _test_values(result))


def numbers(measured: Measure | Result) -> dict[str, float]:
    """What was measured, by the names of the fields; not how long it took."""
    return {
        name: value for name, value in measured if isinstance(value, float) and name != "seconds"
    }


def value_names(measured: Iterable[Point]) -> list[str]:
    """What was measured, "loss" and "accuracy" first."""
    seen = {name for point in measured for name in point.values}
    known = [name for name in Measure.model_fields if name in seen]
    return known + sorted(seen.difference(known))


def safe_name(text: str) -> str:
    """A name that people chose as one for files, of plain letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "unnamed"


def folder_names(names: Iterable[str]) -> list[str]:
    """Different names for the folders of contenders: "1-tutorial-cnn", "2-baseline"."""
    return [f"{number}-{safe_name(name)}" for number, name in enumerate(names, 1)]


def _of(part: Part, measures: Iterable[Measure], event: Progress | EpochEnd) -> Iterator[Point]:
    for index, measure in enumerate(measures):
        yield Point(part, index, event.epoch, event.step, event.seconds, numbers(measure))


def _test_values(result: Result) -> dict[str, float]:
    return {name.removeprefix(_TEST): value for name, value in numbers(result).items()}
