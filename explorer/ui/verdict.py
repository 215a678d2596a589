"""The comparison in words: who won, by how much, at what cost, or that nobody did."""

from collections.abc import Sequence

from explorer.evaluation.compare import NORMAL_95, Verdict, standard_error, verdict
from explorer.training.events import Result
from explorer.ui.text import percent, plain, times


def _points(fraction: float) -> str:
    return f"{100 * fraction:.1f} percentage points"


def price(leader: Result, follower: Result) -> str:
    """What the leader needs, as multiples of what the follower needs."""
    quantities = (
        ("the parameters", leader.parameters, follower.parameters),
        ("the mult-adds", leader.mult_adds, follower.mult_adds),
        ("the training time", leader.seconds, follower.seconds),
    )
    told = [f"{times(mine / other)} {what}" for what, mine, other in quantities if other]
    return f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else "".join(told)


def _scores(found: Verdict, pictures: int) -> str:
    leader, follower = found.leader, found.follower
    return (
        f"**{plain(leader.name)}** gets {percent(leader.test_accuracy)} of {pictures:,} test "
        f"pictures right, **{plain(follower.name)}** {percent(follower.test_accuracy)}"
    )


def sentence(results: Sequence[Result], pictures: int, classes: int) -> str:
    """The results on so many test pictures in Markdown: a headline, a blank line, the details."""
    if len(results) == 1:
        (only,) = results
        error = NORMAL_95 * standard_error(only.test_accuracy, pictures)
        return (
            f"{plain(only.name)} gets {percent(only.test_accuracy)} right.\n\n"
            f"That is of {pictures:,} test pictures; with another such set it may be "
            f"{_points(error)} more or less."
        )
    found = verdict(results, pictures, classes)
    cost = price(found.leader, found.follower)
    scores = _scores(found, pictures)
    if not found.learned:
        return (
            f"Nobody has learned enough to win.\n\n{scores}, and guessing one of {classes} classes "
            f"gets about {percent(found.guessing)}. Train longer, or try another learning rate."
        )
    if found.clear:
        return (
            f"{plain(found.leader.name)} wins by {_points(found.difference)}.\n\n{scores}; chance "
            f"explains up to {100 * found.margin:.1f} points with so many pictures. "
            f"The price, in multiples of the other’s: {cost}."
        )
    if found.difference == 0:
        return f"A draw.\n\n{scores}. The first needs {cost} of the second."
    return (
        f"No clear winner.\n\n{scores}. A difference of {_points(found.difference)} is within the "
        f"{100 * found.margin:.1f} that chance explains with {pictures:,} pictures. "
        f"The one ahead needs {cost} of the other."
    )
