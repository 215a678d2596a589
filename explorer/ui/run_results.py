"""The results of several runs in one table, the best first."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.evaluation.compare import NORMAL_95, standard_error
from explorer.runs.outcomes import outcome
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.events import Measure, Result, Trained
from explorer.ui.run_filter import data_name

_TESTED, _VALIDATED, _RANKED = "Test accuracy %", "Validation accuracy %", "Mean average precision"
_ERROR, _LOSS = "± %", "Test loss"
_HELP = {
    "Run": "With the number and name that it has in the plot.",
    _VALIDATED: "Of runs that were part of a series, with the weights that they keep: their test "
    "pictures were not read.",
    _RANKED: "Where pictures have several labels: how far those that show a class come before the "
    "others, the mean over classes; 1 is best. Accuracy is then the share of right yes and no.",
    _ERROR: "With another set of as many test pictures the accuracy would be within so many "
    "percentage points of this one in 95 of 100 cases, so a smaller difference may be chance.",
    _LOSS: "How little probability the right classes got: lower is better.",
    "Parameters": "Numbers learned by training.",
    "Seconds": "Spent on training this network alone.",
    "Best epoch": "The epoch whose weights were tested, where those best on validation were asked "
    "for; empty: those of the last step.",
}


def results_table(runs: Sequence[Run], store: RunStore) -> None:
    """One row for each network of each run."""
    rows = [row for number, run in enumerate(runs) for row in _rows(number, run, store)]
    # Results on different pictures do not follow each other by size.
    rows.sort(
        key=lambda row: (
            row[_TESTED] is None,
            -(row[_RANKED] or row[_TESTED] or row[_VALIDATED] or -1),
        )
    )
    untested = any(row["Untested"] for row in rows)
    tested = any(row[_TESTED] is not None for row in rows) or not untested
    # What no run has is no column; before the first results, those of the test are announced.
    left_out = {name for name in (_RANKED, _VALIDATED) if not any(row[name] for row in rows)}
    left_out |= {"Untested"} | (set() if tested else {_TESTED, _ERROR, _LOSS})
    rows = [{name: row[name] for name in row if name not in left_out} for row in rows]
    which = "test pictures" if tested else "validation pictures"
    if tested and untested:
        which = "test and validation pictures"
    st.subheader(f"Results on the {which}", anchor=False)
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config={
            **{name: st.column_config.Column(help=text) for name, text in _HELP.items()},
            "Run": st.column_config.TextColumn(width="medium", pinned=True, help=_HELP["Run"]),
            _TESTED: st.column_config.NumberColumn(format="%.1f"),
            _VALIDATED: st.column_config.NumberColumn(format="%.1f", help=_HELP[_VALIDATED]),
            _RANKED: st.column_config.NumberColumn(format="%.3f", help=_HELP[_RANKED]),
            _ERROR: st.column_config.NumberColumn(format="%.1f", help=_HELP[_ERROR]),
            _LOSS: st.column_config.NumberColumn(format="%.4f", help=_HELP[_LOSS]),
            "Parameters": st.column_config.NumberColumn(
                format="localized", help=_HELP["Parameters"]
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help=_HELP["Seconds"]),
        },
        placeholder="–",
        alt=f"Results of the compared runs on their {which}",
    )
    if untested:
        st.caption(
            ":material/visibility_off: Without a test result: these runs were part of a series, "
            "which leaves the test pictures alone. Validation chooses between such runs; train "
            "once more with the settings you choose, and report what that run gets on the test."
        )
    if len({data_name(run) for run in runs}) > 1:
        st.caption(
            ":material/warning: Not all of these runs were tested on the same pictures: accuracies "
            "of different data sets do not tell which network is better."
        )


def _rows(number: int, run: Run, store: RunStore) -> list[dict[str, Any]]:
    found = outcome(run, store)
    if found is None:
        return [_row(number, run, contender.name) for contender in run.job.contenders]
    if found.untested:
        validation = found.validation or [None] * len(found.untested)
        return [
            _row(number, run, one.name) | _trained(one) | _validated(measure)
            for one, measure in zip(found.untested, validation, strict=True)
        ]
    return [
        _row(number, run, result.name) | _trained(result) | _tested(result, found.test_size)
        for result in found.results
    ]


def _row(number: int, run: Run, network: str) -> dict[str, Any]:
    """All columns, with nothing of the training yet."""
    row: dict[str, Any] = dict.fromkeys(
        ("Run", "Network", _TESTED, *list(_HELP)[1:], "Data", "Status", "Untested")
    )
    return row | {
        "Run": f"{number + 1} · {run.name}",
        "Network": network,
        "Data": data_name(run),
        "Status": run.status,
    }


def _trained(one: Trained) -> dict[str, Any]:
    return {
        "Parameters": one.parameters,
        "Seconds": one.seconds,
        "Best epoch": one.best_epoch,
    }


def _validated(measure: Measure | None) -> dict[str, Any]:
    if measure is None:
        return {"Untested": True}
    return {
        "Untested": True,
        _VALIDATED: 100 * measure.accuracy,
        _RANKED: measure.mean_average_precision,
    }


def _tested(result: Result, pictures: int) -> dict[str, Any]:
    error = NORMAL_95 * standard_error(result.test_accuracy, pictures)
    return {
        _TESTED: 100 * result.test_accuracy,
        _RANKED: result.mean_average_precision,
        # Answers about one picture are no independent trials.
        _ERROR: None if result.classes else 100 * error,
        _LOSS: result.test_loss,
    }
