"""Runs: everything this visitor has trained, is training, or has waiting."""

import streamlit as st

from explorer.runs.store import open_store
from explorer.ui.carried import header
from explorer.ui.identity import visitor
from explorer.ui.places import page
from explorer.ui.runs.compare import PARAMETER, run_compare
from explorer.ui.runs.filter import Wanted, wanted
from explorer.ui.runs.run_list import (
    IDLE_REFRESH_SECONDS,
    PAGE_LENGTH,
    REFRESH_SECONDS,
    is_live,
    run_cards,
    selection_bar,
)

header("Runs")
store = open_store()


def show_runs(followed: bool) -> None:
    st.markdown(
        "A **run** is one training: networks, data and settings, with the curves, results and "
        "weights that came of it. Runs go on when you close this page, and only you can see this "
        "list."
    )
    runs = store.runs(visitor())
    choice = wanted(runs) if len(runs) > 1 else Wanted()
    selection_bar(runs, store)
    if not runs:
        st.info("There are no runs here.", icon=":material/model_training:")
        st.page_link(page("train"), label="Train a network")
        return
    listed = choice.of(runs, store)
    if not listed:
        st.info("None of your runs is like that.", icon=":material/search_off:")
    cards, pages = st.container(), max(1, -(-len(listed) // PAGE_LENGTH))
    number = min(st.pagination(pages, key="runs_page"), pages) if pages > 1 else 1
    with cards:
        run_cards(listed[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH], store)
    if PARAMETER in st.query_params or any(map(is_live, runs)) != followed:
        st.rerun()


if asked := st.query_params.get(PARAMETER):
    run_compare(asked, store)
else:
    live = any(map(is_live, store.runs(visitor())))
    st.fragment(show_runs, run_every=REFRESH_SECONDS if live else IDLE_REFRESH_SECONDS)(live)
