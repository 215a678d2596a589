"""What the runs of a series are called, and ways from them to other pages."""

import streamlit as st

from explorer.runs.record import Run, Status
from explorer.ui import state
from explorer.ui.places import page
from explorer.ui.recipe_form import use_recipe
from explorer.ui.text import plain

STATES: dict[Status, str] = {
    "finished": "finished",
    "running": "in training",
    "queued": "waiting",
    "paused": "paused",
    "stopped": "stopped",
    "failed": "failed",
}


def run_link(run: Run, text: str) -> str:
    """To its curves, in another tab; what it gets on the test is not to choose by."""
    return f"[{plain(text)}](train?run={run.id})"


def use_settings(run: Run, label: str) -> None:
    """A button that opens Train with the recipe and the network of a run."""
    clicked = st.button(
        label,
        icon=":material/tune:",
        key="use_settings",
        type="tertiary",
        help="Opens Train with this network and recipe; the data set there stays as it is.",
    )
    if clicked:
        use_recipe(run.job.recipe, run.job.dataset.source)
        state.set_network(run.job.contenders[0].network)
        st.switch_page(page("train"))
