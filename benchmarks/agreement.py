"""Whether what the explorer computes is what PyTorch gives: `python -m benchmarks.agreement`.

Random operations of every kind, in 1-D, 2-D and 3-D, on small random pictures. Compared with
PyTorch's own output: the closed-form sizes and refusals, every value summed from the taps, the
terms of some cells in full and which cell wins a maximum; then, by node, the player's JavaScript:
sizes, refusals, taps, whole outputs and the terms of every cell. `--cases` says how many, `--first`
from which on: a number makes the same case in every run.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.report import report
from tests.ui.player import javascript
from tests.windows.agreement import compare, our_size
from tests.windows.cases import FAMILIES, Case, case

BATCH = 1000  # cases that go to one run of node
SHOWN = 20  # disagreements that are told in full
DIMENSIONS = (1, 2, 3)


class Tally:
    """What was counted, by family of operations."""

    def __init__(self) -> None:
        self.cases: Counter[tuple[str, int]] = Counter()
        self.refused: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.largest = {"python": 0.0, "javascript": 0.0}
        self.told = 0

    def count(self, each: Case) -> None:
        """A case, and whether its operation was refused as it was drawn."""
        self.cases[each.family, each.operation.dimensions] += 1
        self.refused[each.family] += our_size(each.drawn, each.input_size) is None

    def agreed(self, language: str, difference: float) -> None:
        """The largest difference of a case that agrees."""
        self.largest[language] = max(self.largest[language], difference)

    def failed(self, each: Case, language: str, error: Exception) -> None:
        """A case that disagrees; `case(number)` makes it again."""
        self.failures[each.family] += 1
        self.told += 1
        if self.told <= SHOWN:
            print(f"{language}, case({each.number}): {error}\n  {each.drawn}", file=sys.stderr)

    def family(self, name: str) -> dict[str, object]:
        """One family's counts."""
        by_dimensions = {f"{n}-D": self.cases[name, n] for n in DIMENSIONS}
        return {
            "cases": sum(by_dimensions.values()),
            **by_dimensions,
            "refused": self.refused[name],
            "failures": self.failures[name],
        }


def run_batch(cases: Sequence[Case], tally: Tally) -> None:
    """Compare the cases in both languages."""
    for each in cases:
        tally.count(each)
        try:
            tally.agreed("python", compare(each))
        except Exception as error:  # noqa: BLE001 - any failure of a case is counted as one
            tally.failed(each, "python", error)
    with tempfile.TemporaryDirectory() as folder:
        answers = javascript.computed(cases, Path(folder))
    for each, (found, drawn) in zip(cases, answers, strict=True):
        try:
            tally.agreed("javascript", javascript.compare(each, found, drawn))
        except AssertionError as error:
            tally.failed(each, "javascript", error)


def main() -> None:
    """Run the cases and print the table and the JSON; exit with 1 if any disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.agreement")
    parser.add_argument("--cases", type=int, default=10_000, help="how many (default 10,000)")
    parser.add_argument("--first", type=int, default=0, help="the first case's number (default 0)")
    choices = parser.parse_args()
    wanted, numbers = choices.cases, range(choices.first, choices.first + choices.cases)
    torch.set_num_threads(1)  # thousands of tiny tensors: a second thread would only wait
    tally, started = Tally(), time.monotonic()
    for start in range(0, wanted, BATCH):
        run_batch([case(number) for number in numbers[start : start + BATCH]], tally)
    families = {name: tally.family(name) for name in FAMILIES}
    columns = ("cases", "1-D", "2-D", "3-D", "refused", "failures")
    rows = [[name, *(str(of[column]) for column in columns)] for name, of in families.items()]
    failures = sum(tally.failures.values())
    report(
        ["operation", *columns],
        rows,
        {
            "cases": wanted,
            "failures": failures,
            "largest_difference": max(tally.largest.values()),
            "largest_difference_python": tally.largest["python"],
            "largest_difference_javascript": tally.largest["javascript"],
            "operations": families,
            "seconds": round(time.monotonic() - started, 1),
        },
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
