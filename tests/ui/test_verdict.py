"""What Compare says, for each way a comparison can end."""

import pytest
from scipy.stats import binomtest

from explorer.training.events import Paired, Result
from explorer.ui.runs.verdict import sentence


def _result(name: str, accuracy: float, *, parameters: int = 1000, mult_adds: int = 1000) -> Result:
    return Result(
        name=name,
        parameters=parameters,
        mult_adds=mult_adds,
        test_loss=0.5,
        test_accuracy=accuracy,
        seconds=parameters / 100,
    )


def test_a_clear_win_names_the_winner_the_lead_and_the_price() -> None:
    text = sentence(
        [
            _result("CNN", 0.98, parameters=2000, mult_adds=73_000),
            _result("Baseline", 0.90, parameters=1000, mult_adds=1000),
        ],
        pictures=1000,
        classes=10,
    )
    assert text.startswith("CNN wins by 8.0 percentage points.\n\n")
    # 1.96 · sqrt(0.98 · 0.02 / 1000 + 0.9 · 0.1 / 1000) = 2.05 percentage points
    assert "Chance explains a difference of up to 2.1 points" in text
    assert "2× the parameters, 73× the mult-adds and 2× the training time" in text


def test_the_baseline_may_win() -> None:
    text = sentence([_result("CNN", 0.5), _result("Baseline", 0.9)], pictures=1000, classes=10)
    assert text.startswith("Baseline wins by 40.0 percentage points")


def test_a_small_lead_is_no_win() -> None:
    text = sentence([_result("CNN", 0.98), _result("Baseline", 0.97)], pictures=360, classes=10)
    assert text.startswith("No clear winner.")
    # 1.96 · sqrt(0.98 · 0.02 / 360 + 0.97 · 0.03 / 360) = 2.28 percentage points
    assert "Chance explains a difference of up to 2.3 points with 360 pictures" in text


def test_pictures_that_only_one_gets_right_decide() -> None:
    results = [_result("Baseline", 0.97), _result("CNN", 0.98)]
    pair = Paired(contenders=(0, 1), right_alone=(1, 11))
    text = sentence(results, pictures=1000, classes=10, paired=(pair,))
    assert text.startswith("CNN wins by 1.0 percentage points.")
    # 2 · (1 + 12) / 2¹² = 0.635 %
    assert "11 pictures only the first gets right, 1 only the second" in text
    assert "in 0.6\N{NO-BREAK SPACE}% of cases (McNemar’s test)." in text
    pair = Paired(contenders=(0, 1), right_alone=(30, 40))
    text = sentence(results, pictures=1000, classes=10, paired=(pair,))
    assert text.startswith("No clear winner.")
    assert "40 pictures only the first gets right, 30 only the second" in text
    assert "that may be luck" in text


def test_equal_accuracy_is_a_draw() -> None:
    text = sentence([_result("CNN", 0.9), _result("Baseline", 0.9)], pictures=360, classes=10)
    assert text.startswith("A draw.")


def test_who_does_not_beat_guessing_has_not_won() -> None:
    text = sentence([_result("CNN", 0.11), _result("Baseline", 0.05)], pictures=360, classes=10)
    assert text.startswith("Nobody has learned enough")
    assert "guessing one of 10 classes gets about 10.0\N{NO-BREAK SPACE}%" in text


def test_a_single_contender_is_given_its_error() -> None:
    text = sentence([_result("CNN", 0.9)], pictures=900, classes=10)
    assert text.startswith("CNN gets 90.0\N{NO-BREAK SPACE}% right.\n\n")
    expected = binomtest(810, 900).proportion_ci(method="wilson")
    low, high = (f"{100 * end:.1f}\N{NO-BREAK SPACE}%" for end in (expected.low, expected.high))
    assert f"of endlessly many such pictures it gets {low} to {high}" in text


@pytest.mark.parametrize("name", ["*bold*", "[x](https://example.org)", "<b>x</b>", ":red[x]"])
def test_names_are_shown_as_written(name: str) -> None:
    text = sentence([_result(name, 0.98), _result("Baseline", 0.5)], pictures=1000, classes=10)
    assert name not in text
    assert "\\" in text


def test_a_baseline_without_any_cost_divides_nothing() -> None:
    free = _result("Baseline", 0.5, mult_adds=0)
    text = sentence([_result("CNN", 0.98), free], pictures=1000, classes=10)
    assert "mult-adds" not in text
