"""The top of every page: its title, and what is carried from page to page, to see and to change."""

from functools import partial

import streamlit as st

from explorer.network.presets import ABOUT, PRESETS
from explorer.network.shapes import trace
from explorer.runs.store import open_store
from explorer.ui import state
from explorer.ui.header_choices import choices_of, close
from explorer.ui.identity import visitor
from explorer.ui.pictures import picture_choice, picture_problem
from explorer.ui.places import page
from explorer.ui.runs.shown_run import show
from explorer.ui.text import plain

RECENT_RUNS = 6


def header(title: str) -> None:
    """Title on the left; picture, network and run on the right, each opening its choices."""
    with st.container(horizontal=True, vertical_alignment="center", key="carried"):
        st.title(title, width="stretch")
        picture_choice()
        _network_choice()
        _run_choice()
    picture_problem()


def _network_choice() -> None:
    network = state.network()
    with choices_of("network", network.name, "The network you carry") as opened:
        if not opened:
            return
        traced = trace(network)
        size = "does not work yet" if traced.failure else f"has {traced.parameters:,} parameters"
        st.page_link(page("network"), label=f"Open it in the builder (it {size})")
        st.markdown("**Or take one that people know**")
        for name, about in ABOUT.items():
            st.button(
                name,
                key=f"carried_network_{name}",
                help=about.description,
                on_click=partial(_take_network, name),
                width="stretch",
            )


def _take_network(name: str) -> None:
    state.set_network(PRESETS[name])
    close("network")


def _run_choice() -> None:
    store = open_store()
    mine = store.runs(visitor())[:RECENT_RUNS]
    run_id = state.run_id()
    # Without a choice, pages about a run take the latest.
    run = store.run(run_id) if run_id else next(iter(mine), None)
    with choices_of("run", run.name if run else "none yet", "The training run you carry") as opened:
        if not opened:
            return
        st.page_link(page("runs" if mine else "train"), label="All runs" if mine else "Train")
        for each in mine:
            st.button(
                f"{plain(each.name)} ({each.status})",
                key=f"carried_run_{each.id}",
                on_click=partial(_take_run, each.id),
                width="stretch",
            )


def _take_run(run_id: str) -> None:
    show(run_id)
    close("run")
