"""The results of several runs in one table, the best first."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.evaluation.compare import NORMAL_95, standard_error
from explorer.runs.outcomes import Outcome, outcome
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.events import Result
from explorer.ui.run_filter import data_name

_RANKED = "Mean average precision"
_HELP = {
    "Run": "With the number and name that it has in the plot.",
    _RANKED: "Where pictures have several labels: how far those that show a class come before the "
    "others, the mean over classes; 1 is best. Accuracy is then the share of right yes and no.",
    "± %": "With another set of as many test pictures the accuracy would be within so many "
    "percentage points of this one in 95 of 100 cases, so a smaller difference may be chance.",
    "Test loss": "How little probability the right classes got: lower is better.",
    "Parameters": "Numbers learned by training.",
    "Seconds": "Spent on training this network alone.",
    "Best epoch": "The epoch whose weights were tested, where those best on validation were asked "
    "for; empty: those of the last step.",
}


def results_table(runs: Sequence[Run], store: RunStore) -> None:
    """One row for each network of each run."""
    rows = [row for number, run in enumerate(runs) for row in _rows(number, run, store)]
    rows.sort(key=lambda row: -(row[_RANKED] or row["Test accuracy %"] or -1))
    if not any(row[_RANKED] for row in rows):
        rows = [{name: row[name] for name in row if name != _RANKED} for row in rows]
    st.subheader("Results on the test pictures", anchor=False)
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config={
            **{name: st.column_config.Column(help=text) for name, text in _HELP.items()},
            "Run": st.column_config.TextColumn(width="medium", pinned=True, help=_HELP["Run"]),
            "Test accuracy %": st.column_config.NumberColumn(format="%.1f"),
            _RANKED: st.column_config.NumberColumn(format="%.3f", help=_HELP[_RANKED]),
            "± %": st.column_config.NumberColumn(format="%.1f", help=_HELP["± %"]),
            "Test loss": st.column_config.NumberColumn(format="%.4f", help=_HELP["Test loss"]),
            "Parameters": st.column_config.NumberColumn(
                format="localized", help=_HELP["Parameters"]
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help=_HELP["Seconds"]),
        },
        placeholder="–",
        alt="Results of the compared runs on their test pictures",
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
    return [_row(number, run, result.name, result, found) for result in found.results]


def _row(
    number: int,
    run: Run,
    network: str,
    result: Result | None = None,
    found: Outcome | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ("Run", "Network", "Test accuracy %", *list(_HELP)[1:], "Data", "Status")
    )
    row |= {
        "Run": f"{number + 1} · {run.name}",
        "Network": network,
        "Data": data_name(run),
        "Status": run.status,
    }
    if result and found:
        error = NORMAL_95 * standard_error(result.test_accuracy, found.test_size)
        row |= {
            "Test accuracy %": 100 * result.test_accuracy,
            _RANKED: result.mean_average_precision,
            # Answers about one picture are no independent trials.
            "± %": None if result.classes else 100 * error,
            "Test loss": result.test_loss,
            "Parameters": result.parameters,
            "Seconds": result.seconds,
            "Best epoch": result.best_epoch,
        }
    return row
