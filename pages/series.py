"""Series: runs that were made in one press, and what they say together."""

import streamlit as st

from explorer.runs.store import open_store
from explorer.ui.carried import header
from explorer.ui.places import page
from explorer.ui.runs.series_view import series_deleted, series_view
from explorer.ui.runs.shown_series import shown_series

header("Series")
store = open_store()
series_deleted(store)
runs = shown_series(store)
if runs:
    series_view(runs, store)
else:
    st.markdown(
        "One run says little about luck, and nothing about other settings. A **series** is several "
        "runs in one press:\n\n"
        "- **Cross-validation** deals the pictures into folds and validates with another fold in "
        "each run: mean and standard deviation tell how much of a result is the luck of the draw.\n"
        "- A **sweep** tries every combination of some learning rates, batch sizes and networks, "
        "and shows which does best on the validation pictures.\n\n"
        "On **Train**, choose data and recipe, then **Several runs**."
    )
    st.page_link(page("train"), label="Go to Train", icon=":material/model_training:")
