"""The visitor's runs in a list: state, score, and what can be done with each."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.record import Run, Status
from explorer.runs.store import LONGEST_NAME, RunStore
from explorer.settings import settings
from explorer.training.events import EpochEnd, Finished, Progress
from explorer.ui import state
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.run_control import STOP_ICON
from explorer.ui.run_watch import ENDED
from explorer.ui.text import duration, percent, plain

PAGE_LENGTH = 10
REFRESH_SECONDS = 2.0
IDLE_REFRESH_SECONDS = 15.0
_RECENT_EVENTS = 40
_COLOURS: dict[Status, Literal["gray", "blue", "green", "orange", "red"]] = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "finished": "green",
    "stopped": "orange",
    "failed": "red",
}
_DELETING = "run_to_delete"
_PROBLEM = "run_list_problem"


def is_live(run: Run) -> bool:
    """It waits or trains, so its row changes by itself."""
    return run.status not in ENDED


def run_cards(runs: list[Run], store: RunStore) -> None:
    """One card per run: open it, see how it is, and the menu of what can be done with it."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem))
    for run in runs:
        with st.container(border=True, key=f"run_{run.id}", gap="xxsmall"):
            _card(run, store)


def _card(run: Run, store: RunStore) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.page_link(
            page("compare" if run.status == "finished" else "train"),
            label=f"**{plain(run.name)}**",
            query_params={"run": run.id},
            icon="",
            help="",
            width="stretch",
        )
        st.badge(_state(run), color=_COLOURS[run.status])
        with st.popover("", icon=":material/more_vert:", help="Rename, stop, delete"):
            _actions(run, store)
    reason = plain(run.reason) if run.status in ("stopped", "failed") and run.reason else ""
    facts = [_score(run, store), _trained(run), f"made {_moment(run.created)}", reason]
    st.caption(" · ".join(fact for fact in facts if fact))


def _state(run: Run) -> str:
    if run.stopping:
        return "stopping"
    return "paused" if run.paused and run.status == "running" else run.status


def _trained(run: Run) -> str:
    try:
        job = run.job
    except ExplorerError as error:
        return plain(str(error))
    names = " and ".join(plain(contender.name) for contender in job.contenders)
    return f"{names} on {plain(job.dataset.name or job.dataset.source)}"


def _actions(run: Run, store: RunStore) -> None:
    key = f"name_{run.id}_{run.name}"
    rename = partial(_rename, store, run.id, key)
    st.text_input("Name", run.name, max_chars=LONGEST_NAME, key=key, on_change=rename)
    if is_live(run):
        act = partial(_try, partial(store.request_stop, run.id, visitor()))
        st.button("Stop", key=f"stop_{run.id}", icon=STOP_ICON, disabled=run.stopping, on_click=act)
    elif st.session_state.get(_DELETING) != run.id:
        act = partial(_ask_about_deleting, run.id)
        st.button("Delete…", key=f"delete_{run.id}", icon=":material/delete:", on_click=act)
    else:
        st.markdown("Its curves, results and weights cannot be brought back.")
        act = partial(_delete, store, run.id)
        st.button("Delete for good", key=f"really_delete_{run.id}", type="primary", on_click=act)
        st.button("Keep it", key=f"keep_{run.id}", on_click=partial(_ask_about_deleting, None))


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)


def _rename(store: RunStore, run_id: str, key: str) -> None:
    _try(partial(store.rename, run_id, visitor(), st.session_state[key]))


def _ask_about_deleting(run_id: str | None) -> None:
    st.session_state[_DELETING] = run_id


def _delete(store: RunStore, run_id: str) -> None:
    _try(partial(store.delete, run_id, visitor()))
    if state.run_id() == run_id:
        state.set_run_id(None)


def _score(run: Run, store: RunStore) -> str:
    """The accuracies in the order of the contenders, and on which pictures they were measured."""
    if run.status == "queued":
        position = store.position(run.id)
        wait = store.expected_wait(run.id, settings().max_workers)
        when = f", starts in about {duration(wait)}" if wait and wait >= 1 else ""
        return f"number {position} in the queue{when}" if position else "about to start"
    if run.status in ("finished", "stopped"):
        results = [event for _, event in store.events(run.id, kinds=("finished",))]
        if results and isinstance(results[-1], Finished):
            accuracies = [percent(result.test_accuracy) for result in results[-1].results]
            return " and ".join(accuracies) + " on test pictures"
        return ""
    after = max(0, run.last_sequence - _RECENT_EVENTS)
    for _, event in reversed(store.events(run.id, after=after, kinds=("progress", "epoch_end"))):
        if isinstance(event, Progress | EpochEnd):
            measures = event.contenders if isinstance(event, Progress) else event.train
            accuracies = [percent(measure.accuracy) for measure in measures]
            return f"{' and '.join(accuracies)} on training pictures, epoch {event.epoch}"
    return ""


def _moment(moment: datetime) -> str:
    zone = ZoneInfo(st.context.timezone or "UTC")
    return f"{moment.astimezone(zone):%d %b %Y, %H:%M}"
