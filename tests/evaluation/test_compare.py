"""The statistics of a comparison, against exact binomial sums and simulation."""

from math import comb, sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from explorer.evaluation.compare import (
    chance_margin,
    has_learned_to_rank,
    likely,
    sign_test,
    standard_error,
    verdict,
)
from explorer.training.events import Paired, Result


def _result(name: str, accuracy: float) -> Result:
    return Result(
        name=name, parameters=1, mult_adds=1, test_loss=1, test_accuracy=accuracy, seconds=1
    )


@given(right=st.integers(0, 40), pictures=st.integers(1, 40))
def test_standard_error_is_the_deviation_of_the_binomial_distribution(
    right: int, pictures: int
) -> None:
    p = min(right, pictures) / pictures
    weights = [comb(pictures, k) * p**k * (1 - p) ** (pictures - k) for k in range(pictures + 1)]
    shares = [k / pictures for k in range(pictures + 1)]
    mean = sum(w * s for w, s in zip(weights, shares, strict=True))
    variance = sum(w * (s - mean) ** 2 for w, s in zip(weights, shares, strict=True))
    assert standard_error(p, pictures) == pytest.approx(sqrt(variance), abs=1e-7)


@given(right=st.integers(0, 500), pictures=st.integers(1, 500))
def test_the_likely_range_is_wilsons(right: int, pictures: int) -> None:
    right = min(right, pictures)
    expected = binomtest(right, pictures).proportion_ci(method="wilson")
    found = likely(right / pictures, pictures)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_equally_good_networks_differ_by_more_than_the_margin_in_one_of_twenty_cases() -> None:
    torch.manual_seed(0)
    pictures, p = 400, 0.9
    shares = torch.distributions.Binomial(pictures, torch.tensor(p)).sample((20_000, 2)) / pictures
    margins = torch.tensor([chance_margin(a, b, pictures) for a, b in shares.tolist()])
    outside = ((shares[:, 0] - shares[:, 1]).abs() > margins).double().mean().item()
    assert outside == pytest.approx(0.05, abs=0.01)


def test_the_better_one_leads_whatever_the_order() -> None:
    results = [_result("baseline", 0.90), _result("network", 0.98)]
    for listed in (results, results[::-1]):
        found = verdict(listed, pictures=360, classes=10)
        assert (found.leader.name, found.follower.name) == ("network", "baseline")
        assert found.difference == pytest.approx(0.08)
        assert found.clear


def test_the_same_difference_is_clear_only_with_enough_pictures() -> None:
    results = [_result("network", 0.98), _result("baseline", 0.97)]
    assert not verdict(results, pictures=360, classes=10).clear
    assert verdict(results, pictures=10_000, classes=10).clear


def test_nobody_wins_among_those_who_guess() -> None:
    found = verdict([_result("a", 0.105), _result("b", 0.0)], pictures=1000, classes=10)
    assert not found.learned
    assert not found.clear


def test_on_equal_accuracy_the_first_leads() -> None:
    found = verdict([_result("a", 0.9), _result("b", 0.9)], pictures=100, classes=10)
    assert (found.leader.name, found.difference, found.clear) == ("a", 0.0, False)


def test_the_sign_test_is_that_of_coins() -> None:
    assert sign_test(5, 5) == sign_test(0, 5) == 2 / 32
    assert sign_test(3, 5) == 1
    assert sign_test(0, 0) == 1
    tosses = torch.rand(20_000, 20, generator=torch.Generator().manual_seed(0)) < 0.5
    heads = tosses.sum(dim=1)
    seen = ((heads >= 15) | (heads <= 5)).double().mean()
    assert sign_test(15, 20) == pytest.approx(float(seen), abs=0.005)


@given(ahead=st.integers(0, 300), behind=st.integers(0, 300))
def test_the_sign_test_is_the_exact_binomial_one(ahead: int, behind: int) -> None:
    apart = ahead + behind
    expected = binomtest(ahead, apart).pvalue if apart else 1
    assert sign_test(ahead, apart) == pytest.approx(expected, rel=1e-9)


def test_thousands_of_coins_take_no_time() -> None:
    assert sign_test(10_100, 20_000) == pytest.approx(binomtest(10_100, 20_000).pvalue, rel=1e-6)


def test_mcnemar_sees_what_two_separate_accuracies_hide() -> None:
    """On the same pictures only those count that one alone gets right."""
    results = [_result("network", 0.98), _result("baseline", 0.97)]
    assert not verdict(results, pictures=1000, classes=10).clear
    few = Paired(contenders=(0, 1), right_alone=(11, 1))
    found = verdict(results, 1000, 10, (few,))
    assert found.chance == pytest.approx(2 * 13 / 2**12)
    assert found.clear
    many = Paired(contenders=(0, 1), right_alone=(110, 100))
    assert not verdict(results, 1000, 10, (many,)).clear
    turned = verdict(results[::-1], 1000, 10, (Paired(contenders=(0, 1), right_alone=(1, 11)),))
    assert (turned.leader.name, turned.alone, turned.clear) == ("network", (11, 1), True)


def test_equally_good_networks_are_told_apart_in_few_cases_by_mcnemar() -> None:
    """At most one of twenty; fewer, because counts are whole numbers."""
    torch.manual_seed(0)
    right = torch.rand(2000, 2, 400) < torch.tensor([0.9, 0.9]).view(1, 2, 1)
    alone = (right & ~right.flip(1)).sum(dim=2).tolist()
    clear = sum(sign_test(mine, mine + other) < 0.05 for mine, other in alone)
    assert 40 <= clear <= 110


def test_scores_by_chance_are_said_to_have_learned_in_few_of_a_hundred_cases() -> None:
    """One side of an interval of 95 %: about 2.5 of 100."""
    generator = torch.Generator().manual_seed(0)
    labels = (torch.rand(60, 5, generator=generator) < 0.3).byte()
    positives = labels.sum(dim=0).tolist()
    learned = 0
    for _ in range(600):
        ranks = torch.rand(60, 5, generator=generator).argsort(dim=0).argsort(dim=0) + 1.0
        sums = (ranks * labels).sum(dim=0)
        areas = [
            (float(total) - count * (count + 1) / 2) / (count * (60 - count))
            for total, count in zip(sums, positives, strict=True)
        ]
        result = _result("chance", 0.5).model_copy(update={"mean_auroc": sum(areas) / 5})
        learned += has_learned_to_rank(result, positives, 60)
    assert 4 <= learned <= 30
    assert not has_learned_to_rank(_result("none", 0.5), positives, 60)
