"""The comparison in words: who won, by how much, at what cost, or that nobody did."""

from collections.abc import Sequence

from explorer.evaluation.compare import Verdict, likely, verdict
from explorer.training.events import Paired, Result
from explorer.ui.text import count, percent, plain, times


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


def sentence(
    results: Sequence[Result], pictures: int, classes: int, paired: Sequence[Paired] = ()
) -> str:
    """The results on so many test pictures in Markdown: a headline, a blank line, the details."""
    if len(results) == 1:
        (only,) = results
        low, high = likely(only.test_accuracy, pictures)
        return (
            f"{plain(only.name)} gets {percent(only.test_accuracy)} right.\n\n"
            f"That is of {count(pictures, 'test picture')}; of endlessly many such pictures it "
            f"gets {percent(low)} to {percent(high)}, in 95 of 100 cases."
        )
    found = verdict(results, pictures, classes, paired)
    cost = price(found.leader, found.follower)
    scores = _scores(found, pictures)
    if not found.learned:
        return (
            f"Nobody has learned enough to win.\n\n{scores}, and guessing one of {classes} classes "
            f"gets about {percent(found.guessing)}. Train longer, or try another learning rate."
        )
    if found.clear:
        return (
            f"{plain(found.leader.name)} wins by {_points(found.difference)}.\n\n{scores}. "
            f"{_by_chance(found, pictures)} The price, in multiples of the other’s: {cost}."
        )
    if found.difference == 0:
        return f"A draw.\n\n{scores}. The first needs {cost} of the second."
    return (
        f"No clear winner.\n\n{scores}. {_by_chance(found, pictures)} The one ahead needs {cost} "
        "of the other."
    )


def _by_chance(found: Verdict, pictures: int) -> str:
    """Whether luck with the test pictures explains the lead, and how that is known."""
    if found.alone is None or found.chance is None:
        return (
            f"Chance explains a difference of up to {100 * found.margin:.1f} points with "
            f"{pictures:,} pictures."
        )
    mine, other = found.alone
    told = (
        f"{count(mine, 'picture')} only the first gets right, {other:,} only the second. Were "
        "both equally good, each of these would be a coin toss"
    )
    if found.clear:
        return f"{told}, and coins fall as unevenly in {_rarely(found.chance)} (McNemar’s test)."
    return (
        f"{told}, and coins fall as unevenly in {_rarely(found.chance)} (McNemar’s test): that "
        "may be luck. More than 5\N{NO-BREAK SPACE}% count as luck here."
    )


def _rarely(chance: float) -> str:
    if chance < 0.001:
        return "less than 1 of 1,000 cases"
    return f"{percent(chance)} of cases"
