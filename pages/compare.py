"""Compare: who did better on the test pictures, by how much, and at what cost."""

import streamlit as st

from explorer.runs.store import open_store
from explorer.ui.carried import header
from explorer.ui.places import page
from explorer.ui.runs.comparison import comparison
from explorer.ui.runs.shown_run import shown_run, watch
from explorer.ui.runs.watch import RunWatch
from explorer.ui.text import plain


def without_results(watched: RunWatch) -> None:
    """Say why there is nothing to compare, and where to go."""
    if watched.run.purpose == "range_test":
        st.info("This was a test of learning rates: its networks were thrown away, unmeasured.")
    elif watched.finished and watched.finished.untested:
        st.info(
            "This run was one of a series, so its test pictures were not read: validation chooses "
            "between such runs. Train once more with the settings you choose to get a test result."
        )
    elif watched.ended:
        reason = watched.status.reason or ""
        st.warning(f"This run ended without results. {plain(reason)}")
    else:
        st.info("This run is not finished: its results will be here when it is.")
    st.page_link(
        page("train"),
        label="Look at it on Train",
        query_params={"run": watched.run.id},
        icon=":material/model_training:",
    )


store = open_store()
run = shown_run(store, statuses=("finished", "stopped"))
header("Compare")
if run is None:
    st.markdown(
        "What does convolution buy? Train a network and a **fully connected baseline**, a plain "
        "network of about the same number of parameters, on the same pictures in the same order. "
        "This page then says which one did better, by how much, and at what cost."
    )
    st.page_link(page("train"), label="Train them first", icon=":material/model_training:")
else:
    watched = watch(run)
    watched.refresh(store)
    if watched.started and watched.finished and watched.finished.results:
        comparison(watched, store, watched.started, watched.finished)
    else:
        without_results(watched)
