"""Which series of runs a page is about, kept in the address so that it can be shared."""

import streamlit as st

from explorer.runs.record import Run
from explorer.runs.series import runs_of, series_of
from explorer.runs.store import RunStore
from explorer.ui.identity import visitor
from explorer.ui.runs.series import PARAMETER

_CARRIED, _CHOICE = "carried_series", "series_choice"


def shown_series(store: RunStore) -> tuple[Run, ...]:
    """The runs of the series of the address, else the carried one, else this visitor's latest."""
    asked = st.query_params.get(PARAMETER)
    runs = runs_of(store, asked) if asked else ()
    if asked and not runs:
        st.warning("The series in this address does not exist, or was deleted.")
    mine = series_of(store, visitor())
    carried = st.session_state.get(_CARRIED)
    if not runs and mine:
        runs = runs_of(store, carried if carried in mine else next(iter(mine)))
    if not runs:
        st.query_params.pop(PARAMETER, None)
        return ()
    _carry(runs[0].series)
    if len(mine) > 1 and runs[0].series in mine:
        _choice(mine, runs[0].series)
    return runs


def forget_series() -> None:
    """The page is about the latest again; for callbacks."""
    st.session_state.pop(_CARRIED, None)
    st.query_params.pop(PARAMETER, None)


def _carry(series_id: str | None) -> None:
    st.session_state[_CARRIED] = series_id
    if series_id and st.query_params.get(PARAMETER) != series_id:
        st.query_params[PARAMETER] = series_id


def _choice(mine: dict[str, str], series_id: str) -> None:
    st.session_state[_CHOICE] = series_id
    st.selectbox(
        "Series",
        list(mine),
        format_func=lambda one: mine[one],
        key=_CHOICE,
        on_change=lambda: _carry(st.session_state[_CHOICE]),
    )
