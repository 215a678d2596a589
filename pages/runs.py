"""Runs: everything this visitor has trained, is training, or has waiting."""

import streamlit as st

from explorer.runs.store import open_store
from explorer.ui.carried import header
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.run_list import (
    IDLE_REFRESH_SECONDS,
    PAGE_LENGTH,
    REFRESH_SECONDS,
    is_live,
    run_cards,
)

header("Runs")
st.markdown(
    "A **run** is one training: networks, data and settings, with the curves, results and weights "
    "that came of it. Runs go on when you close this page, and only you can see this list."
)
store = open_store()


def show_runs(followed: bool) -> None:
    runs = store.runs(visitor())
    if not runs:
        st.info("You have not trained anything yet.", icon=":material/model_training:")
        st.page_link(page("train"), label="Train a first network")
        return
    pages = -(-len(runs) // PAGE_LENGTH)
    number = st.pagination(pages, key="runs_page") if pages > 1 else 1
    run_cards(runs[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH], store)
    if any(map(is_live, runs)) != followed:
        st.rerun()


live = any(map(is_live, store.runs(visitor())))
st.fragment(show_runs, run_every=REFRESH_SECONDS if live else IDLE_REFRESH_SECONDS)(live)
