"""Train: the network and a fully connected baseline, side by side, on the same batches."""

import streamlit as st

from explorer.runs.store import open_store
from explorer.ui.carried import header
from explorer.ui.runs.panel import run_panel
from explorer.ui.runs.series import several_runs
from explorer.ui.runs.shown_run import shown_run, watch
from explorer.ui.train.setup_link import enter, publish, say
from explorer.ui.train.start_button import range_button
from explorer.ui.train.training_setup import choices, pictures, start, what_happens

store = open_store()
run = shown_run(store)
enter(run)
header("Train")
say()
with st.container(key="beside_train"):  # the second beside the others where there is room
    training, beside, below = st.container(), st.container(), st.container()
with beside:
    setup = choices()
publish(setup, run)
with training:
    start(setup, store)
    with st.container(horizontal=True, vertical_alignment="center"):
        several_runs(setup, store)
        range_button(setup.job, store)
    if run:
        run_panel(watch(run), store)
    else:
        what_happens()
with below:
    pictures(setup)
