"""What a series of runs says: how much results scatter, and which settings came out best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from explorer.evaluation.compare import chance_margin
from explorer.training.events import Measure, Trained


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


def score(measure: Measure) -> float:
    """What settings are judged by: accuracy; mean average precision where there are several labels.

    There, saying no to everything is right most of the time.
    """
    precision = measure.mean_average_precision
    return measure.accuracy if precision is None else precision


def score_name(measure: Measure) -> str:
    """What `score` is called."""
    return "accuracy" if measure.mean_average_precision is None else "mean average precision"


def kept(
    epochs: Mapping[int, tuple[Measure, ...]], trained: Sequence[Trained]
) -> tuple[Measure, ...]:
    """What each contender reached on validation with the weights that it keeps.

    Those of its best epoch, where it is said which that is; else those of the last.
    """
    last = epochs[max(epochs)]
    best = [one.best_epoch for one in trained] or [None] * len(last)
    return tuple(
        (epochs[epoch] if epoch is not None and epoch in epochs else last)[index]
        for index, epoch in enumerate(best)
    )
