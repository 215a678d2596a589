"""The paired bootstrap against scikit-learn on the same draws, and against truth by simulation."""

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import Tensor

from explorer.evaluation.bootstrap import precision_lead


def some_pictures(seed: int, pictures: int, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Scores of a good and of a worse contender, many of them equal, and labels."""
    generator = torch.Generator().manual_seed(seed)
    labels = (torch.rand(pictures, classes, generator=generator) < 0.3).byte()
    noise = [torch.randn(pictures, classes, generator=generator) for _ in range(2)]
    good, worse = (labels * edge + one for edge, one in zip((1.5, 0.7), noise, strict=True))
    return good.mul(4).round() / 4, worse.mul(4).round() / 4, labels


def test_the_interval_is_that_of_scikit_learns_precisions_on_the_same_draws() -> None:
    good, worse, labels = some_pictures(0, 60, 3)
    labels[:, 2] = 0  # nobody shows it
    labels[:2, 1], labels[2:, 1] = 1, 0  # some draws show none of it
    generator = torch.Generator().manual_seed(5)
    leads = []
    for _ in range(40):
        drawn = torch.randint(60, (60,), generator=generator)
        means = [
            np.mean(
                [
                    average_precision_score(labels[drawn, one], scores[drawn, one])
                    for one in range(3)
                    if labels[drawn, one].any()
                ]
            )
            for scores in (good, worse)
        ]
        leads.append(means[0] - means[1])
    expected = np.quantile(leads, [0.025, 0.975])
    assert precision_lead(good, worse, labels, draws=40, seed=5) == pytest.approx(tuple(expected))


def test_two_equally_good_contenders_are_told_apart_in_about_one_of_twenty_cases() -> None:
    clear = 0
    for seed in range(200):
        generator = torch.Generator().manual_seed(seed)
        labels = (torch.rand(150, 3, generator=generator) < 0.4).byte()
        first, second = (labels + torch.randn(150, 3, generator=generator) for _ in range(2))
        interval = precision_lead(first, second, labels, draws=200)
        assert interval is not None
        clear += not interval[0] <= 0 <= interval[1]
    assert 3 <= clear <= 22  # of 200; 10 are expected


def test_a_real_lead_is_clear_with_few_classes() -> None:
    good, worse, labels = some_pictures(1, 300, 2)
    interval = precision_lead(good, worse, labels)
    assert interval is not None and interval[0] > 0
    turned = precision_lead(worse, good, labels)
    assert turned == pytest.approx((-interval[1], -interval[0]))


def test_without_anything_to_find_there_is_no_interval() -> None:
    scores = torch.rand(5, 2)
    assert precision_lead(scores, scores, torch.zeros(5, 2, dtype=torch.uint8)) is None
