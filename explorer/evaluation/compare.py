"""Who did better on the same test pictures, and whether chance could explain it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from explorer.training.events import Result

NORMAL_95 = 1.959964
"""Half-width, in standard errors, of the interval that holds 95 % of a normal distribution."""


def standard_error(accuracy: float, pictures: int) -> float:
    """Of an accuracy measured on so many pictures, as a fraction.

    Each picture is a coin that lands right with probability p, so the count of right ones is
    binomial and its share has standard deviation sqrt(p · (1 − p) / n).
    """
    return sqrt(accuracy * (1 - accuracy) / pictures)


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

    @property
    def clear(self) -> bool:
        """The leader is ahead by more than chance explains."""
        return self.learned and self.difference > self.margin


def verdict(results: Sequence[Result], pictures: int, classes: int) -> Verdict:
    """Compare the two contenders with the best test accuracy.

    On equal accuracy the one that was listed first leads. At least two results are needed.
    """
    leader, follower = sorted(results, key=lambda result: -result.test_accuracy)[:2]
    guessing = 1 / classes
    return Verdict(
        leader=leader,
        follower=follower,
        difference=leader.test_accuracy - follower.test_accuracy,
        margin=chance_margin(leader.test_accuracy, follower.test_accuracy, pictures),
        guessing=guessing,
        learned=leader.test_accuracy - guessing > NORMAL_95 * standard_error(guessing, pictures),
    )
