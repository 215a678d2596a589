"""The curves of a run as a table that spreadsheets and pandas read (CSV)."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

from explorer.training.events import Event
from explorer.training.export.points import points, value_names

COLUMNS = ("part", "network", "epoch", "step", "seconds")
# What a spreadsheet takes for the beginning of a formula, which a name could bring along.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_curves(file: TextIO, names: Sequence[str], events: Iterable[Event]) -> None:
    """Write one row per measurement of a contender, in the order in which they were made.

    Numbers are written in full: reading them gives the very same ones.

    Args:
        file: Open for writing, with `newline=""`.
        names: Of the contenders, in the job's order.
        events: The run's.
    """
    measured = list(points(events))
    values = value_names(measured)
    table = csv.writer(file)
    table.writerow([*COLUMNS, *values])
    for point in measured:
        table.writerow(
            [
                point.part,
                _cell(names[point.contender]),
                "" if point.epoch is None else point.epoch,
                point.step,
                point.seconds,
                *(point.values.get(name, "") for name in values),
            ]
        )


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
