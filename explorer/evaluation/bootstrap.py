"""How sure a lead is that was measured on one set of pictures: by drawing from them again."""

import torch
from torch import Tensor

DRAWS = 500
_SHARE = 0.95


def precision_lead(
    first: Tensor, second: Tensor, labels: Tensor, *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """Where the lead of the first mean average precision over the second lies in 95 of 100 draws.

    A paired bootstrap (Efron, 1979): as many pictures are drawn from the test pictures, some
    several times, others not at all; both contenders are measured on the same draw, and the middle
    95 % of the differences are the interval. The mean is over the classes that a draw shows.

    Args:
        first: (N, classes) scores, higher for a surer yes.
        second: (N, classes) scores of the other.
        labels: (N, classes), 1 where a picture shows the class, else 0.
        draws: How many.
        seed: Of the draws: the same scores give the same interval.

    Returns:
        The lower and the upper end; None if no picture shows any class.
    """
    if not labels.any():
        return None
    pictures = len(labels)
    generator = torch.Generator().manual_seed(seed)
    labels = labels.cpu().double()
    ranked = [_Ranked(scores.cpu(), labels) for scores in (first, second)]
    leads = []
    for _ in range(draws):
        drawn = torch.randint(pictures, (pictures,), generator=generator)
        weights = torch.bincount(drawn, minlength=pictures).double()
        leads.append(ranked[0].mean_precision(weights) - ranked[1].mean_precision(weights))
    outside = (1 - _SHARE) / 2
    ends = torch.tensor([outside, 1 - outside], dtype=torch.float64)
    low, high = torch.tensor(leads, dtype=torch.float64).nanquantile(ends).tolist()
    return low, high


class _Ranked:
    """Pictures sorted by score for each class, once for all draws; all tensors are (classes, N)."""

    def __init__(self, scores: Tensor, labels: Tensor) -> None:
        ordered, self._order = scores.T.sort(dim=1, descending=True)
        self._labels = labels.T.gather(1, self._order)
        # Pictures with the same score come together: up to each lie all that are not below it.
        negated = (-ordered).contiguous()
        self._last = torch.searchsorted(negated, negated, right=True) - 1

    def mean_precision(self, weights: Tensor) -> float:
        """Mean average precision if each picture were there so many times (N,)."""
        weighted = weights[self._order]
        shown = weighted * self._labels
        every = weighted.cumsum(dim=1).gather(1, self._last)
        precision = shown.cumsum(dim=1).gather(1, self._last) / every.clamp(min=1)
        count = shown.sum(dim=1)
        averages = (shown * precision).sum(dim=1) / count  # not a number where nothing is shown
        return averages.nanmean().item()
