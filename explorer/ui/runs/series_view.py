"""A series of runs while it happens and afterwards: how far it is, and what it says."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.record import Run
from explorer.runs.series import delete_series, runs_of, stop_series
from explorer.runs.store import RunStore
from explorer.runs.trash import restore
from explorer.runs.validation import validated
from explorer.ui.identity import visitor
from explorer.ui.runs.control import STOP_ICON
from explorer.ui.runs.fold_results import fold_results
from explorer.ui.runs.series_words import STATES
from explorer.ui.runs.shown_series import forget_series
from explorer.ui.runs.sweep_results import sweep_results
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import count, duration, plain

REFRESH_SECONDS = 2.0
_PROBLEM, _DELETED, _RESTORING = "series_problem", "series_deleted", "series_restoring"


def series_view(runs: Sequence[Run], store: RunStore) -> None:
    """Everything about a series: its runs in their order, at least one."""
    st.markdown(f"#### {plain(runs[0].series_label or runs[0].name)}")
    live = any(run.status not in ENDED for run in runs)
    try:
        epochs = {run.id: run.job.recipe.epochs for run in runs}
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.fragment(_follow, run_every=REFRESH_SECONDS if live else None)(runs, epochs, store)
    found = validated(store, [run.id for run in runs])
    if runs[0].job.fold is not None:
        fold_results(runs, found)
    else:
        sweep_results(runs, found)


def _follow(drawn: Sequence[Run], epochs: dict[str, int], store: RunStore) -> None:
    """How far it is; once a run begins or ends, the whole page is drawn anew."""
    assert drawn[0].series is not None
    runs = runs_of(store, drawn[0].series)
    if [(run.id, run.status) for run in runs] != [(run.id, run.status) for run in drawn]:
        st.rerun()
    training = [run for run in runs if run.status == "running"]
    done = {run.id: epochs[run.id] for run in runs if run.status in ENDED}
    so_far = validated(store, [run.id for run in training])
    done |= {run_id: one.epochs for run_id, one in so_far.items()}
    share = sum(done.values()) / sum(epochs.values())
    with st.container(horizontal=True, vertical_alignment="center"):
        standing = _standing(runs, done, epochs)
        if len(_ended(runs)) < len(runs):
            st.progress(share, text=standing)
        else:
            st.caption(standing, width="stretch")
        if runs[0].visitor == visitor():
            _buttons(runs, store)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem), icon=":material/error:")


def _ended(runs: Sequence[Run]) -> set[str]:
    return {run.id for run in runs if run.status in ENDED}


def _standing(runs: Sequence[Run], done: dict[str, int], epochs: dict[str, int]) -> str:
    """How many runs are in which state, and the time that is left."""
    states = [run.status for run in runs]
    parts = [f"{states.count(key)} {word}" for key, word in STATES.items() if key in states]
    text = f"{count(len(runs), 'run')}: {', '.join(parts)}"
    begun = [run for run in runs if run.started is not None]
    spent = sum(
        ((run.ended or datetime.now(UTC)) - run.started).total_seconds()
        for run in begun
        if run.started
    )
    trained = sum(done.get(run.id, 0) for run in begun)
    left = sum(epochs.values()) - sum(done.values())
    if left and trained:
        text += f" · about {duration(spent / trained * left)} left if nobody else waits"
    elif begun and not left:
        text += f" · {duration(spent)} of training"
    return text


def _buttons(runs: Sequence[Run], store: RunStore) -> None:
    series_id = runs[0].series or ""
    if len(_ended(runs)) < len(runs):
        st.button(
            "Stop all",
            icon=STOP_ICON,
            key="stop_series",
            disabled=all(run.stopping or run.status in ENDED for run in runs),
            on_click=partial(_stop, store, series_id),
            help="Takes those that wait out of the queue. What is in training stops and is "
            "measured as it is.",
        )
    else:
        delete = partial(_delete, store, series_id)
        st.button("Delete all", icon=":material/delete:", key="delete_series", on_click=delete)


def _stop(store: RunStore, series_id: str) -> None:
    try:
        stop_series(store, series_id, visitor())
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)


def _delete(store: RunStore, series_id: str) -> None:
    runs = runs_of(store, series_id)
    try:
        delete_series(store, series_id, visitor())
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state[_DELETED] = runs
        forget_series()


def series_deleted(store: RunStore) -> None:
    """The series that was deleted here a moment ago, and the way back."""
    runs: Sequence[Run] = st.session_state.get(_DELETED, ())
    if problem := st.session_state.pop(_RESTORING, None):
        st.error(plain(problem), icon=":material/error:")
    if not runs:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        text = f"**{plain(runs[0].series_label or '')}** was deleted."
        st.markdown(text, width="content")
        act = partial(_restore, store, runs)
        st.button("Undo", icon=":material/undo:", type="tertiary", key="undo_series", on_click=act)


def _restore(store: RunStore, runs: Sequence[Run]) -> None:
    if st.session_state.pop(_DELETED, None) is None:
        return  # the second of two quick clicks
    try:
        for run in runs:
            restore(store, run.id, visitor())
    except ExplorerError as error:
        st.session_state[_RESTORING] = str(error)
