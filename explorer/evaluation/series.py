"""What a series of runs says: how much results scatter, and which settings came out best."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from explorer.evaluation.compare import chance_margin


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of results."""

    mean: float
    deviation: float | None
    """Of the results themselves, not of their mean: the root of the sum of squared distances from
    the mean, divided by one less than their number. None for a single result."""
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Of one result or more."""
    return Spread(fmean(values), stdev(values) if len(values) > 1 else None, len(values))


def as_good(accuracies: Sequence[float], pictures: int) -> int:
    """How many further results may be as good as the best: chance alone explains the distance.

    All were measured on the same number of pictures; `accuracies` are fractions of them.
    """
    best = max(accuracies)
    near = sum(best - each <= chance_margin(best, each, pictures) for each in accuracies)
    return near - 1
