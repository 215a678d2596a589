"""What cross-validation says: every fold, mean and standard deviation, for each contender."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.evaluation.series import Spread, score, score_name, spread
from explorer.figures.series import fold_results as fold_figure
from explorer.runs.record import Run
from explorer.runs.validation import Validated
from explorer.ui.palette import CONTENDERS
from explorer.ui.runs.series_words import STATES, run_links, use_settings
from explorer.ui.text import count, percent, plain

_PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"


def fold_results(runs: Sequence[Run], found: Mapping[str, Validated]) -> None:
    """Those of the folds that have finished; how the others are is in the table."""
    names = [contender.name for contender in runs[0].job.contenders]
    complete = [run for run in runs if run.status == "finished" and found[run.id].validation]
    scores = [
        [score(found[run.id].validation[index]) for run in complete] for index in range(len(names))
    ]
    if complete:
        _sentences(names, scores, len(runs), score_name(found[complete[0].id].validation[0]))
        st.plotly_chart(
            fold_figure([name[:40] for name in names], scores, CONTENDERS),
            key="fold_figure",
            config={"displayModeBar": False},
            alt="The validation result of every fold, and their mean and standard deviation.",
        )
        st.caption(
            "Dots: one fold each. Diamond and bar: mean ± standard deviation, which says how far a "
            "single fold usually lies from the mean."
        )
    _table(runs, found, names, scores)
    run_links({f"Fold {number}": run for number, run in enumerate(runs, 1)})
    st.caption(
        "The folds share most of their training pictures, so they scatter less than runs on "
        "entirely new pictures would. No fold has a test picture in it: once you have chosen how "
        "to train, train once more, and report what that run gets on the test."
    )
    use_settings(runs[0], "Train with these settings")


def _sentences(names: list[str], scores: list[list[float]], folds: int, what: str) -> None:
    finished = len(scores[0])
    over = count(folds, "fold") if finished == folds else f"{finished} of {folds} folds so far"
    each = zip(names, scores, strict=True)
    told = [f"**{plain(name)}** {_spread(values)}" for name, values in each]
    st.markdown(f"{', '.join(told)} (validation {what}: mean ± standard deviation over {over}).")
    if len(scores) < 2 or finished < 2:
        return
    first, second = scores[:2]
    differences = [one - other for one, other in zip(first, second, strict=True)]
    ahead = 0 if sum(differences) >= 0 else 1
    leads = [-one if ahead else one for one in differences]
    better = sum(lead > 0 for lead in leads)
    st.markdown(
        f"On the same fold **{plain(names[ahead])}** was better in {better} of "
        f"{count(finished, 'fold')}; on average by {_plus_minus(spread(leads))} percentage points."
    )


def _plus_minus(found: Spread) -> str:
    """In hundredths, without a break at the end of a line."""
    mean = f"{100 * found.mean:.1f}"
    deviation = found.deviation
    return mean if deviation is None else f"{mean}{_PLUS_MINUS}{100 * deviation:.1f}"


def _spread(values: Sequence[float]) -> str:
    return f"{_plus_minus(spread(values))}\N{NO-BREAK SPACE}%"


def _table(
    runs: Sequence[Run],
    found: Mapping[str, Validated],
    names: list[str],
    scores: list[list[float]],
) -> None:
    measures = [one.validation[0] for one in found.values() if one.validation]
    what = score_name(measures[0]) if measures else "accuracy"
    headings = [f"{plain(name)}: {what}, loss" for name in names]
    table: dict[str, list[str]] = {"": [], **{heading: [] for heading in headings}}
    for number, run in enumerate(runs, 1):
        table[""].append(f"Fold {number}")
        measured = found[run.id].validation if run.status == "finished" else ()
        for index, heading in enumerate(headings):
            text = STATES[run.status]
            if measured:
                text = f"{percent(score(measured[index]))}, {measured[index].loss:.4f}"
            table[heading].append(text)
    if scores[0]:
        table[""].append("**Mean ± standard deviation**")
        for heading, values in zip(headings, scores, strict=True):
            table[heading].append(f"**{_spread(values)}**")
    st.table(table, hide_index=True, border="horizontal")
