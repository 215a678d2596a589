"""How benchmarks say what they measured: a table for people, one JSON object for programs."""

import json
from collections.abc import Sequence


def report(header: Sequence[str], rows: Sequence[Sequence[str]], figures: object) -> None:
    """Print a table, its first column to the left, and as the last line `figures` as JSON."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        first, *others = (
            f"{cell:<{width}}" if column == 0 else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print(" ".join([first, *(f" {cell}" for cell in others)]).rstrip())
    print()
    print(json.dumps(figures), flush=True)
