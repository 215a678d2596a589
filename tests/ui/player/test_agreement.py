"""What the player computes in the browser is what PyTorch computes, cell by cell."""

from collections import Counter
from pathlib import Path

from tests.ui.player import javascript
from tests.windows.cases import FAMILIES, case

CASES = 40 * len(FAMILIES)


def test_every_cell_agrees_with_pytorch(tmp_path: Path) -> None:
    cases = [case(number) for number in range(CASES)]
    counts: Counter[str] = Counter()
    for each, (found, drawn) in zip(cases, javascript.computed(cases, tmp_path), strict=True):
        try:
            javascript.compare(each, found, drawn)
        except AssertionError as error:
            raise AssertionError(f"case({each.number}): {error}; {each.operation}") from error
        counts[each.family] += 1
    print(dict(counts))
    assert set(counts) == set(FAMILIES)
