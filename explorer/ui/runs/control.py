"""What the owner of a run can ask of it while it trains: rest, go on, another rate, save, stop."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.store import RunStore
from explorer.training.control import ChangeLearningRate, Continue, Pause, SaveNow, Wish
from explorer.ui.identity import visitor
from explorer.ui.runs.watch import Phase, RunWatch
from explorer.ui.text import plain

STOP_ICON = ":material/stop:"
_STOPPABLE: tuple[Phase, ...] = ("waiting", "preparing", "training", "paused")
_PROBLEM = "run_control_problem"
_RATE = "run_learning_rate"
_HIGHEST_RATE = 10.0


def run_control(watch: RunWatch, store: RunStore) -> None:
    """The buttons, side by side in the caller's row."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem))
    short = watch.run.purpose == "range_test"
    if watch.phase == "paused":
        _button("Continue", "play_arrow", "Go on exactly where it rests.", watch, store, Continue())
    elif watch.phase == "training" and not short:
        _button(
            "Pause",
            "pause",
            "Rest after this step. Somebody who waits may train meanwhile; the rest costs nothing.",
            watch,
            store,
            Pause(),
        )
    if watch.phase in ("training", "paused") and not short:
        with st.popover("Change", icon=":material/tune:", help="Another learning rate, or save"):
            _learning_rate(watch, store)
            _button(
                "Save now",
                "save",
                "Write all that is needed to go on from here. It also happens by itself every ten "
                "seconds and at the end of each epoch.",
                watch,
                store,
                SaveNow(),
            )
            if saved := watch.checkpointed:
                told = saved.problem or f"{saved.size / 1e6:.1f} MB are on disk."
                st.caption(f"Step {saved.step:,}: {plain(told)}")
    st.button(
        "Stop",
        key="stop_run",
        icon=STOP_ICON,
        disabled=watch.phase not in _STOPPABLE or watch.status.stopping,
        help="Training ends within a second; what was learned until then is measured.",
        on_click=_try,
        args=(partial(store.request_stop, watch.run.id, visitor()),),
    )


def _learning_rate(watch: RunWatch, store: RunStore) -> None:
    key = f"{_RATE}_{watch.run.id}"
    st.number_input(
        "Learning rate (lr)",
        min_value=1e-8,
        max_value=_HIGHEST_RATE,
        value=watch.learning_rate,
        step=watch.run.job.recipe.learning_rate / 10,
        format="%g",
        key=key,
        help="Of the next step; a schedule goes on in proportion. The curves show what it does.",
    )
    st.button(
        "Use this rate",
        key="change_learning_rate",
        icon=":material/speed:",
        on_click=_change_rate,
        args=(watch, store, key),
    )
    for change in watch.changes[-3:]:
        st.caption(f"After step {change.step:,}: {change.learning_rate:g}")


def _change_rate(watch: RunWatch, store: RunStore, key: str) -> None:
    rate = float(st.session_state[key])
    _try(lambda: store.ask(watch.run.id, visitor(), ChangeLearningRate(learning_rate=rate)))


def _button(label: str, icon: str, help: str, watch: RunWatch, store: RunStore, wish: Wish) -> None:
    st.button(
        label,
        key=f"wish_{wish.kind}",
        icon=f":material/{icon}:",
        help=help,
        disabled=watch.status.stopping,
        on_click=_try,
        args=(partial(store.ask, watch.run.id, visitor(), wish),),
    )


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)
