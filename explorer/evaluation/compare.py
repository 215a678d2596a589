"""Who did better on the same test pictures, and whether chance could explain it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

from explorer.training.events import Paired, Result

NORMAL_95 = 1.959964
"""Half-width, in standard errors, of the interval that holds 95 % of a normal distribution."""


def standard_error(accuracy: float, pictures: int) -> float:
    """Of an accuracy measured on so many pictures, as a fraction.

    Each picture is a coin that lands right with probability p, so the count of right ones is
    binomial and its share has standard deviation sqrt(p · (1 − p) / n).
    """
    return sqrt(accuracy * (1 - accuracy) / pictures)


def likely(accuracy: float, pictures: int) -> tuple[float, float]:
    """Where the accuracy on endlessly many pictures lies, in 95 of 100 cases, both as fractions.

    All p from which the measured share is no further away than 1.96 · sqrt(p · (1 − p) / n). Unlike
    the share plus and minus that of itself, it knows that 20 of 20 is no proof of perfection.
    Source: Wilson, Journal of the American Statistical Association 22, 1927.
    """
    squared = NORMAL_95**2 / pictures
    middle = (accuracy + squared / 2) / (1 + squared)
    half = sqrt(squared * accuracy * (1 - accuracy) + squared**2 / 4) / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_margin(first: float, second: float, pictures: int) -> float:
    """How far two measured accuracies may lie apart by chance alone, in 95 of 100 cases.

    The variances of the two shares add, as for independent measurements; on the same pictures the
    true margin is usually smaller, so this errs on the side of "no clear winner".
    """
    squared = standard_error(first, pictures) ** 2 + standard_error(second, pictures) ** 2
    return NORMAL_95 * sqrt(squared)


@dataclass(frozen=True)
class Verdict:
    """The two best contenders; fractions of the test pictures."""

    leader: Result
    follower: Result
    difference: float
    margin: float
    guessing: float
    """What guessing among the classes gets, the same for both."""
    learned: bool
    """The leader is further above guessing than chance explains."""
    alone: tuple[int, int] | None = None
    """Pictures that only the leader, and only the follower, gets right; None of runs of before."""

    @property
    def chance(self) -> float | None:
        """How often coins fall at least as unevenly as the pictures that only one gets right.

        McNemar's test, exact: if both were equally good, each such picture would be as likely one's
        as the other's. Source: McNemar, Psychometrika 12, 1947.
        """
        return sign_test(self.alone[0], sum(self.alone)) if self.alone else None

    @property
    def clear(self) -> bool:
        """The leader is ahead by more than chance explains in 95 of 100 cases."""
        if not self.learned or not self.difference:
            return False
        chance = self.chance
        return self.difference > self.margin if chance is None else chance < 0.05


def verdict(
    results: Sequence[Result], pictures: int, classes: int, paired: Sequence[Paired] = ()
) -> Verdict:
    """Compare the two contenders with the best test accuracy.

    On equal accuracy the one that was listed first leads. At least two results are needed.
    """
    first, second = _best_two([result.test_accuracy for result in results])
    leader, follower = results[first], results[second]
    guessing = 1 / classes
    pair = _pair(paired, first, second)
    alone = pair.right_alone if pair else None
    return Verdict(
        leader=leader,
        follower=follower,
        difference=leader.test_accuracy - follower.test_accuracy,
        margin=chance_margin(leader.test_accuracy, follower.test_accuracy, pictures),
        guessing=guessing,
        learned=leader.test_accuracy - guessing > NORMAL_95 * standard_error(guessing, pictures),
        alone=alone if alone is None or first < second else (alone[1], alone[0]),
    )


def _best_two(scores: Sequence[float]) -> tuple[int, int]:
    first, second = sorted(range(len(scores)), key=lambda index: -scores[index])[:2]
    return first, second


def _pair(paired: Sequence[Paired], first: int, second: int) -> Paired | None:
    return next((one for one in paired if set(one.contenders) == {first, second}), None)


@dataclass(frozen=True)
class RankedVerdict:
    """The two contenders with the best mean average precision, where pictures have many labels."""

    leader: Result
    follower: Result
    difference: float
    """Of the two means over classes."""
    interval: tuple[float, float] | None
    """Where the difference lies in 95 of 100 draws of the test pictures; None of runs of before."""
    learned: bool
    """The leader's mean AUROC is further above one half than chance explains."""

    @property
    def clear(self) -> bool:
        """The leader is ahead in nearly all draws, not only in the one that was the test."""
        return self.learned and self.interval is not None and self.interval[0] > 0


def ranked_verdict(
    results: Sequence[Result],
    positives: Sequence[int],
    pictures: int,
    paired: Sequence[Paired] = (),
) -> RankedVerdict:
    """Compare the two contenders with the best mean average precision.

    On an equal mean the one that was listed first leads. At least two results are needed.

    Args:
        results: With `classes`, which every result has where pictures have several labels.
        positives: Test pictures that show each class.
        pictures: Test pictures in all.
        paired: Every two contenders on the same pictures.
    """
    first, second = _best_two([result.mean_average_precision or 0 for result in results])
    leader, follower = results[first], results[second]
    pair = _pair(paired, first, second)
    interval = pair.lead if pair else None
    return RankedVerdict(
        leader=leader,
        follower=follower,
        difference=(leader.mean_average_precision or 0) - (follower.mean_average_precision or 0),
        interval=interval if interval is None or first < second else (-interval[1], -interval[0]),
        learned=has_learned_to_rank(leader, positives, pictures),
    )


def sign_test(ahead: int, apart: int) -> float:
    """How often fair coins fall at least as unevenly as `ahead` of `apart`, on either side."""
    most = max(ahead, apart - ahead)
    tail = ways = comb(apart, most)
    for heads in range(most, apart):  # C(n, k + 1) from C(n, k): thousands of coins take no time
        ways = ways * (apart - heads) // (heads + 1)
        tail += ways
    return min(1.0, 2 * tail / 2**apart)


def has_learned_to_rank(result: Result, positives: Sequence[int], pictures: int) -> bool:
    """Whether a mean AUROC is further above 0.5 than chance explains in 95 of 100 cases."""
    error = ranking_error(positives, pictures)
    if result.mean_auroc is None or error is None:
        return False
    return result.mean_auroc - 0.5 > NORMAL_95 * error


def ranking_error(positives: Sequence[int], pictures: int) -> float | None:
    """The standard error of a mean AUROC of 0.5, which is larger than that of better ones.

    Scores by chance give a class with p of n pictures the variance (n + 1) / (12 · p · (n − p)):
    Mann and Whitney, 1947. Classes are taken to be independent. None if no class has pictures that
    show it and pictures that do not.
    """
    shown = [count for count in positives if 0 < count < pictures]
    if not shown:
        return None
    variances = [(pictures + 1) / (12 * count * (pictures - count)) for count in shown]
    return sqrt(sum(variances)) / len(shown)
