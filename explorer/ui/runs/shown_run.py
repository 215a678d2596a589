"""Which run a page is about, kept in the address so that it can be shared and reloaded."""

import streamlit as st

from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.ui import state
from explorer.ui.identity import visitor
from explorer.ui.runs.watch import RunWatch

_WATCH = "run_watch"
PARAMETER = "run"


def show(run_id: str | None) -> None:
    """From now on pages are about this run; None forgets the current one."""
    state.set_run_id(run_id)
    if run_id is None:
        st.query_params.pop(PARAMETER, None)
    elif st.query_params.get(PARAMETER) != run_id:
        st.query_params[PARAMETER] = run_id


def shown_run(store: RunStore, *, statuses: tuple[str, ...] | None = None) -> Run | None:
    """The run of the address, else the carried one, else this visitor's latest.

    Args:
        statuses: Among the visitor's runs only those are looked at, and no range tests.
    """
    asked = st.query_params.get(PARAMETER)
    wanted = asked or state.run_id()
    run = store.run(wanted) if wanted else None
    if run is not None and statuses and not asked and run.purpose != "training":
        run = None
    if asked and run is None:
        st.warning("The run in this address does not exist, or was deleted. Is the link complete?")
    if run is None:
        mine = store.runs(visitor())
        run = next((run for run in mine if _is_wanted(run, statuses)), None)
    show(run.id if run else None)
    return run


def _is_wanted(run: Run, statuses: tuple[str, ...] | None) -> bool:
    return not statuses or (run.status in statuses and run.purpose == "training")


def watch(run: Run) -> RunWatch:
    """This session's watch of the run, about to send complete curves."""
    known: RunWatch | None = st.session_state.get(_WATCH)
    if known is None or known.run.id != run.id:
        known = RunWatch.of(run)
        st.session_state[_WATCH] = known
    known.run = run
    known.send_everything()
    return known
