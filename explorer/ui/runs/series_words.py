"""What the runs of a series are called, and ways from them to other pages."""

from collections.abc import Mapping

import streamlit as st

from explorer.runs.record import Run, Status
from explorer.ui.places import page
from explorer.ui.text import plain
from explorer.ui.train.setup_link import use_job

STATES: dict[Status, str] = {
    "finished": "finished",
    "running": "in training",
    "queued": "waiting",
    "paused": "paused",
    "stopped": "stopped",
    "failed": "failed",
}

NOT_TESTED = "test set not read: this run was part of a series"


def run_links(runs: Mapping[str, Run], title: str = "Curves of") -> None:
    """Ways to the curves of runs, by what is shown for each.

    Beside the table and not in it: a link in a table opens another tab. To their curves, not to a
    comparison: what a run gets on the test is not to choose by.
    """
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="run_links"):
        st.caption(title, width="content")
        for label, run in runs.items():
            st.page_link(
                page("train"),
                label=plain(label),
                icon=":material/show_chart:",
                query_params={"run": run.id},
            )


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
