"""A run while it happens: its state, progress, curves, and what can be asked of it."""

from typing import Literal, NamedTuple

import streamlit as st

from explorer.runs.store import RunStore
from explorer.training.events import BatchHalved
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.runs.control import run_control
from explorer.ui.runs.curves import live_curves
from explorer.ui.runs.series_words import NOT_TESTED
from explorer.ui.runs.snapshots import snapshots
from explorer.ui.runs.watch import Phase, RunWatch
from explorer.ui.text import count, duration, plain
from explorer.ui.train.forecast import outcome
from explorer.ui.train.range_test import range_result

REFRESH_SECONDS = 0.4


class _Look(NamedTuple):
    label: str
    icon: str
    colour: Literal["gray", "blue", "orange", "green", "red"]


LOOKS: dict[Phase, _Look] = {
    "waiting": _Look("waiting", ":material/hourglass_empty:", "gray"),
    "preparing": _Look("preparing", ":material/inventory_2:", "blue"),
    "training": _Look("training", ":material/model_training:", "blue"),
    "paused": _Look("paused", ":material/pause_circle:", "orange"),
    "stopping": _Look("stopping", ":material/stop_circle:", "orange"),
    "measuring": _Look("measuring on the test pictures", ":material/straighten:", "blue"),
    "finished": _Look("finished", ":material/check_circle:", "green"),
    "stopped": _Look("stopped", ":material/stop_circle:", "orange"),
    "failed": _Look("failed", ":material/error:", "red"),
}


def run_panel(watch: RunWatch, store: RunStore) -> None:
    """Show the run and follow it until it has ended; then the page is drawn once more."""
    watch.refresh(store)
    following = None if watch.ended else REFRESH_SECONDS
    st.fragment(_follow, run_every=following)(watch, store, following is not None)


def _follow(watch: RunWatch, store: RunStore, following: bool) -> None:
    try:
        watch.refresh(store)
    except LookupError:
        st.info("This run was deleted.")
        return
    owner = watch.run.visitor == visitor()
    _head(watch, store, owner)
    st.progress(min(max(_fraction(watch), 0.0), 1.0), text=_doing(watch))
    st.caption(_facts(watch))
    for note in _notes(watch):
        st.caption(f":material/info: {plain(note)}")
    for halved in watch.halved.values():
        st.caption(f":material/memory: {_half_batches(halved)}")
    _ending(watch)
    if watch.range_tested and watch.ended:
        range_result(watch.range_tested)
    else:
        live_curves(watch, key="live_curves", on_resync=watch.send_everything)
        snapshots(watch)
    if watch.ended and following:
        st.rerun()


def _notes(watch: RunWatch) -> tuple[str, ...]:
    """What is worth knowing about the data and the first weights; each once."""
    if not watch.started:
        return ()
    of_weights = [note for contender in watch.started.contenders for note in contender.notes]
    return tuple(dict.fromkeys([*watch.started.dataset.notes, *of_weights]))


def _half_batches(halved: BatchHalved) -> str:
    return (
        f"There was not enough memory for a whole batch: since step {halved.step:,} "
        f"**{plain(halved.contender)}** looks at the {halved.batch_size:,} pictures of each in two "
        "halves, one after the other, and adds up their gradients. Steps and learning rate mean "
        "the same as before."
    )


def _head(watch: RunWatch, store: RunStore, owner: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run_head"):
        st.markdown(f"#### {plain(watch.run.name)}", width="content")
        label, icon, colour = LOOKS[watch.phase]
        st.badge(label, icon=icon, color=colour)
    if watch.run.series:
        st.page_link(
            page("series"),
            label=f"One of: {plain(watch.run.series_label or 'a series')}",
            icon=":material/stacks:",
            query_params={"series": watch.run.series},
        )
    if owner and not watch.ended:
        with st.container(horizontal=True, gap="small", key="run_control"):
            run_control(watch, store)
    if watch.status.note and not watch.ended:
        st.warning(plain(watch.status.note), icon=":material/autorenew:")
    if not owner:
        st.caption(
            ":material/visibility: Somebody else’s run: you see everything, and only its owner "
            "can stop, rename or delete it."
        )


def _fraction(watch: RunWatch) -> float:
    if watch.phase == "preparing" and watch.preparing and watch.preparing.total:
        return watch.preparing.done / watch.preparing.total
    if watch.started and watch.progress:
        return watch.progress.step / (watch.started.steps_per_epoch * watch.started.epochs)
    return 0.0


def _doing(watch: RunWatch) -> str:
    """What is happening, above the bar."""
    started, progress = watch.started, watch.progress
    match watch.phase:
        case "waiting" if watch.position == 1:
            return f"Waiting: the next to start{_expected(watch)}."
        case "waiting" if watch.position:
            before = count(watch.position - 1, "run")
            return f"Waiting: {before} will start before this one{_expected(watch)}."
        case "waiting":
            return "About to start."
        case "preparing":
            return plain(watch.preparing.message) if watch.preparing else "Starting a worker."
        case "measuring":
            return "Measuring on the test pictures, which were not used until now."
    if started is None:
        return "It ended before the first step."
    if progress is None:
        return f"Epoch 1 of {started.epochs}"
    steps = started.steps_per_epoch * started.epochs
    if watch.run.purpose == "range_test":
        return f"Step {progress.step:,} of at most {steps:,}: the learning rate rises with each"
    resting = "Paused · " if watch.phase == "paused" else ""
    reached = (
        f"{resting}Epoch {progress.epoch} of {started.epochs} · step {progress.step:,} of {steps:,}"
    )
    if watch.phase == "stopped" and watch.status.reason:
        reached += f" · {plain(watch.status.reason)}"
    return reached


def _expected(watch: RunWatch) -> str:
    if watch.expected_wait is None:
        return ""
    return f", in about {duration(watch.expected_wait)}" if watch.expected_wait >= 1 else ", soon"


def _facts(watch: RunWatch) -> str:
    """Device and speed, below the bar."""
    started, progress = watch.started, watch.progress
    if started is None:
        return "Device and speed are known when training starts."
    number = f" (number {plain(watch.status.gpu)})" if watch.status.gpu is not None else ""
    facts = [f"On {plain(started.device)}{number}", started.precision]
    if started.plan.get("graphs"):
        facts.append("CUDA graphs")
    if progress and watch.ended:
        # What was last said of the speed is often that of a few steps only.
        if watch.run.purpose != "range_test":
            pictures = progress.step / started.steps_per_epoch * started.dataset.train
            facts.append(f"{pictures / max(progress.seconds, 1e-9):,.0f} pictures per second")
        facts.append(f"{duration(progress.seconds)} of training")
    elif progress:
        facts.append(f"{progress.samples_per_second:,.0f} pictures per second")
        facts.append(f"{duration(progress.seconds)} so far")
        if watch.phase == "training":
            facts.append(f"about {duration(progress.seconds_left)} left")
    return " · ".join(facts)


def _ending(watch: RunWatch) -> None:
    """Why it ended, and where to go on."""
    if watch.phase == "failed":
        if watch.failed:
            failed = watch.failed
            text = f"**{plain(failed.what)}** {plain(failed.why)}\n\n{plain(failed.remedy)}"
        else:
            text = plain(watch.status.reason or "The run failed.")
        st.error(text, icon=":material/error:")
    elif watch.ended and watch.finished and watch.finished.trained:
        if watch.started and (told := outcome(watch.started, watch.finished)):
            st.caption(f":material/timer: {told}")
        if watch.finished.untested:
            st.caption(f":material/visibility_off: {NOT_TESTED[0].upper()}{NOT_TESTED[1:]}.")
            return
        st.page_link(
            page("compare"),
            label="Compare the results on the test pictures",
            icon=":material/balance:",
            query_params={"run": watch.run.id},
        )
    elif watch.ended and not watch.range_tested:
        st.info(plain(watch.status.reason or "The run was stopped before there was a result."))
