"""The visitor's runs in a list: state, score, and what can be done with each or with several."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs import trash
from explorer.runs.outcomes import outcome
from explorer.runs.owned import LONGEST_NAME, LONGEST_REMARK
from explorer.runs.record import Run, Status
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.events import EpochEnd, Progress
from explorer.ui import state
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.runs.compare import open_compare
from explorer.ui.runs.compared_runs import MOST_RUNS
from explorer.ui.runs.control import STOP_ICON
from explorer.ui.runs.export import run_export
from explorer.ui.runs.filter import data_name
from explorer.ui.runs.series_words import NOT_TESTED
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import count, duration, percent, plain

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
_SELECTED = "runs_selected"
_JUST_DELETED = "run_just_deleted"
_PROBLEM = "run_list_problem"
_NO_WORD = re.compile(r"[\W_]")


def is_live(run: Run) -> bool:
    """It waits or trains, so its row changes by itself."""
    return run.status not in ENDED


def selection_bar(runs: Sequence[Run], store: RunStore) -> None:
    """What can be done with the runs that are ticked, and with those deleted a moment ago."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem))
    existing = {run.id for run in runs}
    selected = [run_id for run_id in _selected() if run_id in existing]
    st.session_state[_SELECTED] = selected
    with st.container(horizontal=True, vertical_alignment="center", key="runs_bar"):
        if runs:
            st.button(
                f"Compare {count(len(selected), 'run')}" if selected else "Compare runs",
                key="runs_compare",
                icon=":material/stacked_line_chart:",
                disabled=len(selected) < 2,
                help="Curves in one plot, settings and results side by side.",
                on_click=open_compare,
                args=(selected,),
            )
            if selected:
                st.button("Clear", key="runs_clear", type="tertiary", on_click=_clear)
            else:
                st.caption(f"Tick 2 to {MOST_RUNS} of them.", width="content")
        _undo(trash.deleted_runs(store, visitor()), store)


def _undo(deleted: list[Run], store: RunStore) -> None:
    """The last one deleted here in plain sight, all others of the last hour behind a button."""
    just = next((run for run in deleted if run.id == st.session_state.get(_JUST_DELETED)), None)
    if just:
        st.markdown(f"**{plain(just.name)}** was deleted.", width="content")
        act = partial(_restore, store, just)
        st.button("Undo", key="undo_delete", icon=":material/undo:", type="tertiary", on_click=act)
    if others := [run for run in deleted if run is not just]:
        with st.popover(f"Deleted ({len(others)})", icon=":material/delete:", key="runs_deleted"):
            st.caption("Removed for good an hour after they were deleted.")
            if len(others) > 1:
                act = partial(_restore, store, *others)
                st.button("Bring all back", key="restore_all", type="primary", on_click=act)
            for run in others:
                st.button(
                    f"Bring back {plain(run.name)}",
                    key=f"restore_{run.id}",
                    icon=":material/undo:",
                    on_click=partial(_restore, store, run),
                )


def _restore(store: RunStore, *runs: Run) -> None:
    for run in runs:
        _try(partial(trash.restore, store, run.id, visitor()))


def run_cards(runs: Sequence[Run], store: RunStore) -> None:
    """One card per run: tick it, open it, see how it is, and the menu of what can be done."""
    for run in runs:
        with st.container(border=True, key=f"run_{run.id}", gap="xxsmall"):
            _card(run, store)


def _card(run: Run, store: RunStore) -> None:
    key = f"row_of_{run.id}"
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=key):
        _tick(run)
        st.page_link(
            page("compare" if run.status == "finished" and run.purpose == "training" else "train"),
            label=f"**{plain(run.name)}**",
            query_params={"run": run.id},
            icon="",
            help="",
            width="stretch",
        )
        _series_link(run)
        st.badge(_state(run), color=_COLOURS[run.status])
        menu = st.popover(
            "",
            icon=":material/more_vert:",
            help="Name, note, files to take along, stop, delete",
            key=f"menu_{run.id}",
            on_change="rerun",  # what is in it is made when it is opened
        )
    if menu.open:
        with menu:
            _actions(run, store)
            run_export(run, store)
    reason = plain(run.reason) if run.status in ("stopped", "failed") and run.reason else ""
    series = f"of “{plain(run.series_label)}”" if run.series_label else ""
    facts = [*_told(run, store), series, f"made {_moment(run.created)}", reason]
    st.caption(" · ".join(fact for fact in facts if fact))
    if run.remark:
        st.caption(f":material/sticky_note_2: {_lines(run.remark)}")


def _series_link(run: Run) -> None:
    if run.series:
        st.page_link(
            page("series"),
            label="Series",
            icon=":material/stacks:",
            help="All runs of the series that this one is part of",
            query_params={"series": run.series},
        )


def _tick(run: Run) -> None:
    key, selected = f"select_{run.id}", _selected()
    st.session_state[key] = run.id in selected
    st.checkbox(
        # Only heard, where escaped signs would be heard too.
        f"Compare {' '.join(_NO_WORD.sub(' ', run.name).split())}",
        key=key,
        label_visibility="collapsed",
        disabled=run.id not in selected and len(selected) >= MOST_RUNS,
        on_change=_toggle,
        args=(run.id,),
    )


def _selected() -> list[str]:
    """Ids of the runs that are ticked, in the order of ticking."""
    return st.session_state.get(_SELECTED, [])


def _toggle(run_id: str) -> None:
    others = [each for each in _selected() if each != run_id]
    st.session_state[_SELECTED] = others if run_id in _selected() else [*others, run_id]


def _clear() -> None:
    st.session_state[_SELECTED] = []


def _lines(text: str) -> str:
    return "  \n".join(plain(line) for line in text.splitlines())


def _state(run: Run) -> str:
    if run.stopping:
        return "stopping"
    return "paused" if run.paused and run.status == "running" else run.status


def _told(run: Run, store: RunStore) -> list[str]:
    """Who was trained on what, how well each one does, and how long it took or may take."""
    try:
        names = [plain(contender.name) for contender in run.job.contenders]
    except ExplorerError as error:
        return [plain(str(error))]
    accuracies, pictures, time = _score(run, store)
    if accuracies:
        pairs = zip(names, accuracies, strict=True)
        names = [f"{name} **{percent(accuracy)}**" for name, accuracy in pairs]
    return [" and ".join(names) + pictures, plain(data_name(run)), time]


def _actions(run: Run, store: RunStore) -> None:
    key = f"name_{run.id}_{run.name}"
    rename = partial(_rename, store, run.id, key)
    st.text_input("Name", run.name, max_chars=LONGEST_NAME, key=key, on_change=rename)
    note_key = f"remark_{run.id}_{hash(run.remark)}"
    st.text_area(
        "Note",
        run.remark,
        max_chars=LONGEST_REMARK,
        key=note_key,
        height=100,
        placeholder="What you tried, what you saw",
        on_change=partial(_remark, store, run.id, note_key),
    )
    if is_live(run):
        act = partial(_try, partial(store.request_stop, run.id, visitor()))
        st.button("Stop", key=f"stop_{run.id}", icon=STOP_ICON, disabled=run.stopping, on_click=act)
    else:
        st.button(
            "Delete",
            key=f"delete_{run.id}",
            icon=":material/delete:",
            help="It can be brought back for an hour.",
            on_click=partial(_delete, store, run.id),
        )


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)


def _rename(store: RunStore, run_id: str, key: str) -> None:
    _try(partial(store.rename, run_id, visitor(), st.session_state[key]))


def _remark(store: RunStore, run_id: str, key: str) -> None:
    _try(partial(store.remark, run_id, visitor(), st.session_state[key]))


def _delete(store: RunStore, run_id: str) -> None:
    _try(partial(store.delete, run_id, visitor()))
    st.session_state[_JUST_DELETED] = run_id
    if state.run_id() == run_id:
        state.set_run_id(None)


def _score(run: Run, store: RunStore) -> tuple[list[float], str, str]:
    """Accuracies in the order of the contenders, on which pictures, and a word about time."""
    if run.status == "queued":
        position = store.position(run.id)
        wait = store.expected_wait(run.id, settings().max_workers)
        when = f", starts in about {duration(wait)}" if wait and wait >= 1 else ""
        return [], "", f"number {position} in the queue{when}" if position else "about to start"
    if run.purpose == "range_test" and run.status in ENDED:
        return [], "", "a test of learning rates"
    if run.status in ("finished", "stopped"):
        found = outcome(run, store)
        if found is None:
            return [], "", ""
        time = f"trained {duration(found.seconds)}"
        if found.untested:
            accuracies = [measure.accuracy for measure in found.validation]
            pictures = " on validation pictures" if accuracies else ""
            return accuracies, pictures, f"{time} · {NOT_TESTED}"
        accuracies = [result.test_accuracy for result in found.results]
        return accuracies, " on test pictures", time
    after = max(0, run.last_sequence - _RECENT_EVENTS)
    for _, event in reversed(store.events(run.id, after=after, kinds=("progress", "epoch_end"))):
        if isinstance(event, Progress | EpochEnd):
            measures = event.contenders if isinstance(event, Progress) else event.train
            accuracies = [measure.accuracy for measure in measures]
            return accuracies, " on training pictures", f"epoch {event.epoch}"
    return [], "", ""


def _moment(moment: datetime) -> str:
    zone = ZoneInfo(st.context.timezone or "UTC")
    return f"{moment.astimezone(zone):%d %b %Y, %H:%M}"
