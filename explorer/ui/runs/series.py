"""Several runs in one press: cross-validation, and sweeps of settings; what they are, and Start."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from explorer.datasets.reference import MOST_FOLDS
from explorer.errors import ExplorerError
from explorer.network.presets import CLASSIFIERS
from explorer.runs.forecasts import forecasts
from explorer.runs.series import create_series, runs_of
from explorer.runs.store import MOST_WAITING, RunStore
from explorer.training.forecast import forecast_key
from explorer.training.recipe import Job
from explorer.training.series import Series, cross_validation, sweep
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import count, duration, plain
from explorer.ui.train.plan import plan
from explorer.ui.train.training_setup import Setup

PARAMETER = "series"
FOLDS, SWEEP = "Cross-validation", "Sweep of settings"
_PRESS = "series_press"
_USUAL_FOLDS = 5
# Steps of about three, in both directions from the chosen one.
_RATE_FACTORS = (0.1, 0.3, 3.0, 10.0)
_HIGHEST_RATE = 10.0
_BATCH_SIZES = (16, 32, 64, 128, 256)

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class _Press:
    """The last press of the button: another for the same runs, while they last, makes none."""

    token: str
    series: Series
    series_id: str | None = None


def several_runs(setup: Setup, store: RunStore) -> None:
    """A popover on Train with the choices of a series, and the button that starts it."""
    job = setup.job
    popover = st.popover(
        "Several runs",
        icon=":material/library_add:",
        help="Train more than once in one press: on different folds of the pictures, or with "
        "different settings.",
        disabled=job is None,
        key="several_runs",
        on_change="rerun",
    )
    with popover:
        if not popover.open or job is None:
            return
        kind = st.segmented_control(
            "Several runs",
            (FOLDS, SWEEP),
            default=FOLDS,
            required=True,
            key="series_kind",
            label_visibility="collapsed",
            persist_state="session",
        )
        try:
            series = _cross_validation(job) if kind == FOLDS else _sweep(setup, job)
            if series is not None:
                _total(series, job)
                _start(series, store)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")


def _cross_validation(job: Job) -> Series:
    st.markdown(
        "**How much of a result is luck of the draw?** All pictures but those of the test are "
        "dealt into folds of equal size, with the same share of every class. Each run validates "
        "with another fold and trains on the rest, so that every picture is validated with once. "
        "Mean and standard deviation over the folds say more than any one run."
    )
    folds = st.number_input(
        "Folds",
        2,
        MOST_FOLDS,
        _USUAL_FOLDS,
        key="series_folds",
        help="How many runs there will be (k of k-fold cross-validation). 5 and 10 are usual.",
        persist_state="session",
    )
    return cross_validation(job, folds)


def _sweep(setup: Setup, job: Job) -> Series | None:
    """None as long as something is left empty."""
    st.markdown(
        "**Which settings are best?** Every combination is trained once. *Choose by validation, "
        "report the test once*: whoever picks the best of many test results reports luck as skill."
    )
    recipe = job.recipe
    others = [float(f"{recipe.learning_rate * factor:.2g}") for factor in _RATE_FACTORS]
    rates = _several(
        "Learning rates",
        [rate for rate in others if rate <= _HIGHEST_RATE],
        recipe.learning_rate,
        key="series_rates",
    )
    sizes = _several(
        "Batch sizes",
        _BATCH_SIZES,
        recipe.batch_size,
        key="series_batch_sizes",
    )
    more = st.multiselect(
        f"Networks besides {plain(job.contenders[0].name)}",
        [name for name in CLASSIFIERS if name != job.contenders[0].name],
        key="series_networks",
        placeholder="None",
        help="Each is trained beside a fully connected baseline of its own size.",
        persist_state="session",
    )
    if not rates or not sizes:
        st.caption("Choose at least one learning rate and one batch size.")
        return None
    return sweep([job, *(_with_network(setup, name) for name in more)], rates, sizes)


def _several(label: str, others: Sequence[Number], chosen: Number, key: str) -> list[Number]:
    """Some of a few numbers; at first the chosen one and its neighbours."""
    options = sorted({chosen, *others})
    place = options.index(chosen)
    return st.pills(
        label,
        options,
        selection_mode="multi",
        default=options[max(0, place - 1) : place + 2],
        format_func=lambda number: f"{number:g}",
        key=f"{key}_{chosen:g}",
        persist_state="session",
    )


def _with_network(setup: Setup, name: str) -> Job:
    """What Start would train if that network was carried.

    Raises:
        ExplorerError: It cannot work on these pictures.
    """
    assert setup.data.ref is not None
    planned = plan(CLASSIFIERS[name], input=setup.data.input, classes=len(setup.data.classes))
    return planned.job(setup.data.ref, setup.recipe)


def _total(series: Series, job: Job) -> None:
    seconds = _seconds(series, job)
    lasting = f", about {duration(seconds)} of training" if seconds else ""
    runs, epochs = count(len(series.members), "run"), count(series.epochs, "epoch")
    st.markdown(
        f"**{runs}, {epochs}** in all{lasting}. They wait in the queue like any other run: "
        "more than one of yours trains at a time only while nobody else waits."
    )


def _seconds(series: Series, job: Job) -> float | None:
    """How long all runs are expected to take; None as long as nobody has measured `job`.

    What was not measured itself is taken to need as long for an epoch as `job` does.
    """
    usual = _epoch_seconds(job)
    if usual is None:
        return None
    return sum((_epoch_seconds(one) or usual) * one.recipe.epochs for _, one in series.members)


def _epoch_seconds(job: Job) -> float | None:
    answer = forecasts().known(forecast_key(job))
    return answer.forecast.epoch_seconds if answer and answer.forecast else None


def _start(series: Series, store: RunStore) -> None:
    number = len(series.members)
    if number > MOST_WAITING:
        st.error(f"At most {MOST_WAITING} runs may wait at a time: choose fewer.")
    press = _press(series, store)
    under_way = press.series_id is not None
    clicked = st.button(
        "Look at them" if under_way else f"Start {count(number, 'run')}",
        type="primary",
        icon=":material/play_arrow:",
        disabled=number > MOST_WAITING,
        key="start_series",
    )
    if not clicked:
        return
    st.session_state[_PRESS] = press
    series_id = create_series(store, visitor(), series, token=press.token)
    st.session_state[_PRESS] = _Press(press.token, series, series_id)
    st.switch_page(page("series"), query_params={PARAMETER: series_id})


def _press(series: Series, store: RunStore) -> _Press:
    """The same as before for the same series, as long as a run of it waits or trains."""
    last: _Press | None = st.session_state.get(_PRESS)
    if last is not None and last.series == series:
        if last.series_id is None:
            return last
        if any(run.status not in ENDED for run in runs_of(store, last.series_id)):
            return last
    return _Press(secrets.token_hex(16), series)
