"""A thousand random operations of every kind: sizes, refusals, values, terms, winners."""

import json
import sys
from collections import Counter

import pytest

from benchmarks import agreement
from tests.windows.agreement import compare, our_size
from tests.windows.cases import FAMILIES, case

CASES = 1008  # a multiple of the number of families


def test_what_is_computed_here_is_what_pytorch_gives() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for number in range(CASES):
        each = case(number)
        try:
            compare(each)
        except AssertionError as error:
            raise AssertionError(f"case({number}): {error}; {each.drawn}") from error
        legal = our_size(each.drawn, each.input_size) is not None
        counts[each.family, "legal" if legal else "refused"] += 1
    for family in FAMILIES:
        print(family, counts[family, "legal"], "legal,", counts[family, "refused"], "refused")
        assert counts[family, "legal"] >= 15
        always_legal = family.startswith("adaptive") or family == "convolution, same"
        assert always_legal or counts[family, "refused"] >= 10
    assert sum(counts.values()) == CASES >= 1000


def test_the_command_counts_every_operation_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = 3 * len(FAMILIES)
    monkeypatch.setattr(sys, "argv", ["agreement", "--cases", str(wanted), "--first", "20000"])
    with pytest.raises(SystemExit) as ended:
        agreement.main()
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (ended.value.code, figures["cases"], figures["failures"]) == (0, wanted, 0)
    assert 0 < figures["largest_difference_python"] <= figures["largest_difference"] < 1e-4
    assert 0 < figures["largest_difference_javascript"] <= figures["largest_difference"]
    assert {name: of["cases"] for name, of in figures["operations"].items()} == dict.fromkeys(
        FAMILIES, 3
    )


def test_the_command_fails_where_a_case_disagrees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["agreement", "--cases", "14"])
    monkeypatch.setattr("tests.windows.agreement.TOLERANCE", -1.0)
    with pytest.raises(SystemExit) as ended:
        agreement.main()
    said = capsys.readouterr()
    figures = json.loads(said.out.splitlines()[-1])
    assert (ended.value.code, figures["failures"]) == (1, 28)
    assert "case(0): " in said.err
