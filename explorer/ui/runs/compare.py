"""Any set of runs side by side: their curves in one plot, their results, their settings."""

from collections.abc import Sequence

import streamlit as st

from explorer.runs.store import RunStore
from explorer.ui import assets
from explorer.ui.palette import CONTENDERS
from explorer.ui.runs.compared_runs import MOST_RUNS, ComparedRun, ComparedRuns
from explorer.ui.runs.results import results_table
from explorer.ui.runs.settings import settings_table
from explorer.ui.text import plain

REFRESH_SECONDS = 1.0
# Six colours are told apart by everybody; from the seventh run on the marks differ as well.
_SYMBOLS = ("circle", "diamond-open")
_COMPARED = "compared_runs"
_LONGEST_ADDRESS = 1000
PARAMETER = "compare"


def run_compare(asked: str, store: RunStore) -> None:
    """Everything about the runs whose ids, with commas between them, are asked for."""
    st.button("All runs", icon=":material/arrow_back:", type="tertiary", on_click=close_compare)
    ids = list(dict.fromkeys(part for part in asked[:_LONGEST_ADDRESS].split(",") if part))
    if len(ids) > MOST_RUNS:
        st.warning(f"{len(ids)} runs are asked for; these are the first {MOST_RUNS}.")
    compared = _compared(tuple(ids[:MOST_RUNS]))
    compared.refresh(store)
    for problem in compared.problems:
        st.warning(f"{plain(problem)} Is the link complete?")
    if not ids:
        st.warning("The address names no runs. Tick some in the list of all runs.")
    if not compared.runs:
        return
    names = [plain(each.run.name) for each in compared.runs]
    st.subheader(f"{len(names)} runs compared" if len(names) > 1 else names[0], anchor=False)
    live = compared.live
    st.fragment(_plot, run_every=REFRESH_SECONDS if live else None)(compared, store, live)
    results_table([each.run for each in compared.runs], store)
    settings_table([each.run for each in compared.runs])


def open_compare(run_ids: Sequence[str]) -> None:
    """Ask for the comparison of these runs in the address."""
    st.query_params[PARAMETER] = ",".join(run_ids)


def close_compare() -> None:
    """Back to the list."""
    st.query_params.pop(PARAMETER, None)


def _compared(ids: tuple[str, ...]) -> ComparedRuns:
    """This session's view of these runs, about to send complete curves."""
    known: ComparedRuns | None = st.session_state.get(_COMPARED)
    if known is None or known.run_ids != ids:
        known = ComparedRuns(ids)
        st.session_state[_COMPARED] = known
    known.send_everything()
    return known


def _plot(compared: ComparedRuns, store: RunStore, followed: bool) -> None:
    before = [(each.run.id, each.run.status) for each in compared.runs]
    if followed:
        compared.refresh(store)
    assets.component("run_curves", "curves/plotly.css")(
        key="run_curves",
        data={
            "plotly": assets.plotly_path(),
            "runs": [_sent(number, each) for number, each in enumerate(compared.runs)],
        },
        on_resync_change=compared.send_everything,
    )
    if followed and before != [(each.run.id, each.run.status) for each in compared.runs]:
        st.rerun()


def _sent(number: int, compared: ComparedRun) -> dict[str, object]:
    return {
        "run": compared.run.id,
        "name": numbered(number, compared.run.name),
        "colour": CONTENDERS[number % len(CONTENDERS)],
        "symbol": _SYMBOLS[number // len(CONTENDERS) % len(_SYMBOLS)],
        "steps_per_epoch": compared.steps_per_epoch,
        "contenders": [{"name": each.name} for each in compared.run.job.contenders],
        **compared.part,
    }


def numbered(number: int, name: str) -> str:
    """A run's name with its number, counted from 1: names may be the same."""
    return f"{number + 1} · {name}"
