"""Ranking measures against their definitions, counted out by hand."""

import pytest
import torch
from torch import Tensor

from explorer.evaluation.metrics import aurocs, average_precisions, mean


def by_hand(scores: Tensor, truth: Tensor) -> tuple[float, float]:
    """Average precision and area under the ROC curve of one class, from all pairs and ranks."""
    order = scores.argsort(descending=True)
    hits = truth[order].bool()
    shares = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    yes, no = scores[truth.bool()], scores[~truth.bool()]
    pairs = yes[:, None] - no[None, :]
    won = (pairs > 0).double() + 0.5 * (pairs == 0).double()
    return float(shares[hits].mean()), float(won.mean())


@pytest.mark.parametrize("seed", range(5))
def test_they_are_what_their_definitions_say(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(60, 4, generator=generator)
    labels = (torch.rand(60, 4, generator=generator) < 0.3).byte()
    precisions, areas = zip(*(by_hand(scores[:, k], labels[:, k]) for k in range(4)), strict=True)
    assert average_precisions(scores, labels) == pytest.approx(precisions)
    assert aurocs(scores, labels) == pytest.approx(areas)


def test_equal_scores_are_chance() -> None:
    labels = torch.tensor([[1], [0], [0], [1]])
    assert aurocs(torch.zeros(4, 1), labels) == (0.5,)
    assert average_precisions(torch.zeros(4, 1), labels) == (0.5,)


def test_classes_that_say_nothing_have_no_number() -> None:
    labels = torch.tensor([[1, 0, 1], [1, 0, 0]])
    scores = torch.tensor([[0.1, 0.2, 0.9], [0.3, 0.4, 0.2]])
    precisions, areas = average_precisions(scores, labels), aurocs(scores, labels)
    assert precisions == (1.0, None, 1.0)
    assert areas == (None, None, 1.0)
    assert mean(precisions) == mean(areas) == 1.0
    assert mean((None, None)) is None
