"""What the runs of a series are called, and ways from them to other pages."""

import streamlit as st

from explorer.runs.record import Run, Status
from explorer.ui.places import page
from explorer.ui.setup_link import use_job
from explorer.ui.text import plain

STATES: dict[Status, str] = {
    "finished": "finished",
    "running": "in training",
    "queued": "waiting",
    "paused": "paused",
    "stopped": "stopped",
    "failed": "failed",
}


NOT_TESTED = "test set not read: this run was part of a series"


def run_link(run: Run, text: str) -> str:
    """To its curves, in another tab; what it gets on the test is not to choose by."""
    return f"[{plain(text)}](train?run={run.id})"


def use_settings(run: Run, label: str) -> None:
    """A button that opens Train with all that a run was made of."""
    clicked = st.button(
        label,
        icon=":material/tune:",
        key="use_settings",
        type="tertiary",
        help="Opens Train with this network, data set and recipe.",
    )
    if clicked:
        use_job(run.job)
        st.switch_page(page("train"))
