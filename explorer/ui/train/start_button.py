"""The buttons that put a run in the queue, and show it: one run for each press."""

import secrets
from dataclasses import dataclass, replace

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.store import RunStore
from explorer.training.recipe import Job
from explorer.ui.identity import visitor
from explorer.ui.runs.shown_run import show
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import plain


@dataclass(frozen=True)
class _Press:
    """The last press of a button: clicks that follow it closely make no second run."""

    token: str
    job: Job
    run_id: str | None = None


def start_button(job: Job | None, store: RunStore) -> None:
    """Train a job."""
    key = "start_training"
    press = _press(job, store, key) if job else None
    under_way = press is not None and press.run_id is not None
    clicked = st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=press is None or under_way,
        help="This very training is under way. Change something to queue another."
        if under_way
        else None,
        key=key,
    )
    if clicked and press is not None:
        _queue(press, store, key, _name(press.job))


def range_button(job: Job | None, store: RunStore) -> None:
    """Find out which learning rates its networks learn with."""
    if job is None:
        return
    key = "start_range_test"
    press = _press(job.model_copy(update={"purpose": "range_test"}), store, key)
    clicked = st.button(
        "Find a learning rate",
        type="tertiary",
        icon=":material/troubleshoot:",
        disabled=press.run_id is not None,
        help="A range test: 200 steps with a learning rate that rises from 0.000001 to 10, to see "
        "where the loss falls fastest and where it explodes. It waits in the queue like any run, "
        "and its networks are thrown away.",
        key=key,
    )
    if clicked:
        _queue(press, store, key, f"Learning rates: {_name(job)}")


def _queue(press: _Press, store: RunStore, key: str, name: str) -> None:
    st.session_state[_kept(key)] = press
    try:
        run = store.create(visitor(), press.job, name, token=press.token)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.session_state[_kept(key)] = replace(press, run_id=run.id)
    show(run.id)
    st.rerun()  # the whole page is about the new run


def _press(job: Job, store: RunStore, key: str) -> _Press:
    """The same token as before while the run it made is under way, for the same job."""
    last: _Press | None = st.session_state.get(_kept(key))
    if last is not None and last.job == job:
        status = store.status(last.run_id) if last.run_id else None
        if last.run_id is None or (status and status.status not in ENDED):
            return last
    return _Press(secrets.token_hex(16), job)


def _kept(key: str) -> str:
    return f"{key}_press"


def _name(job: Job) -> str:
    return f"{job.contenders[0].name[:40]} on {job.dataset.name[:20]}"
