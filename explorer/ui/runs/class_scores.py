"""Results where pictures have several labels: in words, and class by class."""

import streamlit as st

from explorer.evaluation.compare import RankedVerdict, has_learned_to_rank, ranked_verdict
from explorer.training.events import Finished, Result, Started
from explorer.ui.runs.verdict import price
from explorer.ui.text import count, plain

_ROW_HEIGHT, _MOST_ROWS = 35, 12


def ranked_sentence(finished: Finished) -> str:
    """The results in Markdown: a headline, a blank line, the details."""
    results, pictures = finished.results, finished.test_size
    if len(results) == 1:
        (only,) = results
        learned = has_learned_to_rank(only, finished.positives, pictures)
        headline = f"{plain(only.name)} reaches a mean average precision of {_score(only)}."
        if not learned:
            headline = f"{plain(only.name)} has learned nothing that chance does not explain."
        return f"{headline}\n\n{_by_chance(finished)}"
    found = ranked_verdict(results, finished.positives, pictures, finished.paired)
    leader, follower = plain(found.leader.name), plain(found.follower.name)
    scores = (
        f"**{leader}** has a mean average precision of {_score(found.leader)}, **{follower}** of "
        f"{_score(found.follower)}, over {count(pictures, 'test picture')}"
    )
    if not found.learned:
        return (
            f"Nobody has learned enough to win.\n\n{scores}. {_by_chance(finished)} Train longer, "
            "or try another learning rate."
        )
    if found.clear:
        return (
            f"{leader} wins by {found.difference:.3f} of mean average precision.\n\n{scores}. "
            f"{_draws(found)} The price, in multiples of the other’s: "
            f"{price(found.leader, found.follower)}."
        )
    return f"No clear winner.\n\n{scores}. {_draws(found)} {_by_chance(finished)}"


def optional(value: float | None) -> str:
    """A score, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def _score(result: Result) -> str:
    return optional(result.mean_average_precision)


def _draws(found: RankedVerdict) -> str:
    """Whether luck with the test pictures explains the lead, and how that is known."""
    if found.interval is None:
        return "Whether chance explains that was not measured."
    low, high = found.interval
    return (
        "Drawn again and again from the same test pictures, some several times and others not at "
        f"all, the first is ahead by {_signed(low)} to {_signed(high)} in 95 of 100 draws (a "
        f"paired bootstrap){'' if found.clear else ': that may be luck'}."
    )


def _signed(difference: float) -> str:
    return f"{difference:.3f}".replace("-", "−")


def _by_chance(finished: Finished) -> str:
    shown = [one for one in finished.positives if one]
    share = sum(shown) / max(1, len(shown) * finished.test_size)
    return f"Scores by chance get about {share:.3f}, the mean share of pictures that show a class."


def always_no(finished: Finished) -> float:
    """The share of right answers of whoever says no to every class of every picture."""
    answers = finished.test_size * max(1, len(finished.positives))
    return 1 - sum(finished.positives) / answers


def class_table(started: Started, finished: Finished) -> None:
    """Average precision and AUROC of every class, the most frequent first."""
    st.subheader("Class by class", anchor=False)
    classes = started.dataset.classes
    order = sorted(range(len(classes)), key=lambda label: -finished.positives[label])
    columns: dict[str, list[object]] = {
        "class": [classes[label] for label in order],
        "test pictures": [finished.positives[label] for label in order],
    }
    for measure, field in (("average precision", "average_precision"), ("AUROC", "auroc")):
        for result in finished.results:
            columns[f"{result.name}: {measure}"] = [
                getattr(result.classes[label], field) for label in order
            ]
    numbers = list(columns)[2:]
    st.dataframe(
        columns,
        height=_ROW_HEIGHT * (1 + min(_MOST_ROWS, len(classes))) + 3,
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in numbers},
        placeholder="–",
        alt="Average precision and AUROC of every class",
    )
    st.caption(
        "**Average precision**: sort the test pictures by how sure the network is that they show "
        "the class. At each that does: which share of those up to it does? The mean of these "
        "shares, 1 if all of them come first. **AUROC**: how often a picture that shows the class "
        "gets a higher score than one that does not; 0.5 is chance. The means over classes above "
        "count every class the same."
    )
    absent = [plain(classes[label]) for label in order if not finished.positives[label]]
    if absent:
        named = ", ".join(absent[:5]) + f" and {len(absent) - 5:,} more" * (len(absent) > 5)
        st.caption(
            f":material/info: No test picture shows {named}: nothing can be said about that, and "
            "the means leave it out."
        )
