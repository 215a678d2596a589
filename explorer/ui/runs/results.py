"""The results of several runs in one table, the best first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.evaluation.compare import likely
from explorer.runs.outcomes import outcome
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.events import Measure, Result, Trained
from explorer.ui.runs.filter import data_name
from explorer.ui.text import count, duration, percent, plain

NOTHING = "–"


@dataclass(frozen=True)
class _Row:
    """A network of a run, and what is known of it."""

    number: int
    run: Run
    network: str
    trained: Trained | None = None
    result: Result | None = None
    measure: Measure | None = None
    pictures: int = 0
    untested: bool = False

    @property
    def ranked(self) -> float | None:
        """Mean average precision, where pictures have several labels."""
        return (self.result or self.measure or _NO_MEASURE).mean_average_precision

    @property
    def order(self) -> float:
        """Higher is better."""
        accuracy = self.result.test_accuracy if self.result else None
        if self.measure and accuracy is None:
            accuracy = self.measure.accuracy
        return self.ranked or accuracy or -1


_NO_MEASURE = Measure(loss=0, accuracy=0)


@dataclass(frozen=True)
class _Column:
    """What is told of each row, what that means, and whether any row has it."""

    tell: Callable[[_Row], str]
    meaning: str = ""
    always: bool = False


def results_table(runs: Sequence[Run], store: RunStore) -> None:
    """One row for each network of each run; a table whose cells wrap, so that none is cut."""
    rows = [row for number, run in enumerate(runs, 1) for row in _rows(number, run, store)]
    # Results on different pictures do not follow each other by size.
    rows.sort(key=lambda row: (row.result is None, -row.order))
    untested = any(row.untested for row in rows)
    tested = any(row.result for row in rows) or not untested
    sizes = {row.pictures for row in rows if row.pictures}
    several = len({data_name(run) for run in runs}) > 1
    columns = _columns(sizes, tested=tested, several_data=several)
    shown = {
        name: column
        for name, column in columns.items()
        if column.always or any(column.tell(row) != NOTHING for row in rows)
    }
    which = "test and validation" if tested and untested else "test" if tested else "validation"
    st.subheader(f"Results on the {which} pictures", anchor=False)
    st.table(
        {name: [column.tell(row) for row in rows] for name, column in shown.items()},
        hide_index=True,
        border="horizontal",
    )
    meanings = [f"**{name}**: {one.meaning}" for name, one in shown.items() if one.meaning]
    st.caption(" ".join(meanings))
    if untested:
        st.caption(
            ":material/visibility_off: Without a test result: these runs were part of a series, "
            "which leaves the test pictures alone. Validation chooses between such runs; train "
            "once more with the settings you choose, and report what that run gets on the test."
        )
    if several:
        st.caption(
            ":material/warning: Not all of these runs were tested on the same pictures: accuracies "
            "of different data sets do not tell which network is better."
        )


def _columns(sizes: set[int], *, tested: bool, several_data: bool) -> dict[str, _Column]:
    of = f"the {count(next(iter(sizes)), 'test picture')}" if len(sizes) == 1 else "test pictures"
    return {
        # Together, for a column each would be a word wide on a narrow page.
        "Run: network": _Column(
            lambda row: f"{row.number} · {plain(row.run.name)}: **{plain(row.network)}**",
            always=True,
        ),
        "Test accuracy": _Column(
            _accuracy,
            f"share of {of} classified right; in parentheses where it would lie with endlessly "
            "many such pictures, in 95 of 100 cases (Wilson’s interval). Where two ranges overlap, "
            "the difference may be luck.",
            always=tested,
        ),
        "Validation accuracy": _Column(
            lambda row: percent(row.measure.accuracy) if row.measure else NOTHING,
            "with the weights that are kept.",
        ),
        "Mean average precision": _Column(
            lambda row: NOTHING if row.ranked is None else f"{row.ranked:.3f}",
            "where pictures have several labels: how far those that show a class come before the "
            "others, the mean over classes; 1 is best. Accuracy is then the share of right yes "
            "and no.",
        ),
        "Test loss": _Column(
            lambda row: f"{row.result.test_loss:.4f}" if row.result else NOTHING,
            "how little probability the right classes got: lower is better.",
        ),
        "Parameters": _Column(
            lambda row: f"{row.trained.parameters:,}" if row.trained else NOTHING,
            "numbers learned by training.",
        ),
        "Training time": _Column(
            lambda row: duration(row.trained.seconds) if row.trained else NOTHING,
            "spent on this network alone.",
        ),
        "Best epoch": _Column(
            lambda row: _best_epoch(row.trained),
            "the one whose weights were kept, where those best on validation were asked for.",
        ),
        "Data": _Column(
            lambda row: plain(data_name(row.run)) if several_data else NOTHING,
        ),
        "State": _Column(lambda row: NOTHING if row.run.status == "finished" else row.run.status),
    }


def _accuracy(row: _Row) -> str:
    if row.result is None:
        return NOTHING
    accuracy = row.result.test_accuracy
    if row.result.classes:  # answers about one picture are no independent trials
        return percent(accuracy)
    low, high = likely(accuracy, row.pictures)
    return f"{percent(accuracy)} ({100 * low:.1f} to {100 * high:.1f})"


def _best_epoch(trained: Trained | None) -> str:
    return NOTHING if trained is None or trained.best_epoch is None else f"{trained.best_epoch}"


def _rows(number: int, run: Run, store: RunStore) -> list[_Row]:
    found = outcome(run, store)
    if found is None:
        return [_Row(number, run, contender.name) for contender in run.job.contenders]
    if found.untested:
        validation = found.validation or [None] * len(found.untested)
        return [
            _Row(number, run, one.name, one, measure=measure, untested=True)
            for one, measure in zip(found.untested, validation, strict=True)
        ]
    return [
        _Row(number, run, result.name, result, result, pictures=found.test_size)
        for result in found.results
    ]
