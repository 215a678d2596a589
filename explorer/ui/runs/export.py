"""What a run is taken away as: a link for each file, which is made when it is clicked."""

from collections.abc import Iterator
from typing import TypedDict

import streamlit as st

from explorer.downloads import address
from explorer.errors import ExplorerError
from explorer.runs.exports import CURVES, EVENT_FILES, RECEIPT, SETTINGS, saved_files
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.ui import assets
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import plain


class _Link(TypedDict):
    label: str
    href: str
    icon: str
    """The name of one of Material's symbols."""


class _Row(TypedDict):
    links: list[_Link]
    about: str


def run_export(run: Run, store: RunStore) -> None:
    """Draw the links; nothing is computed before one is clicked."""
    try:
        rows = list(_rows(run, store))
    except ExplorerError as error:
        st.caption(plain(str(error)))
        return
    assets.component("run_files")(key=f"run_export_{run.id}", data={"rows": rows})


def _rows(run: Run, store: RunStore) -> Iterator[_Row]:
    saved = saved_files(run, store)
    if saved and run.status in ENDED:
        yield _row(
            [_link(run, "Receipt (zip)", RECEIPT, "receipt_long")],
            "Everything about this run in one file, with an explanation. From the command line it "
            "trains the run again and says whether the same comes out.",
        )
    if run.last_sequence:
        yield _row(
            [_link(run, "Curves (CSV)", CURVES, "table")],
            "Every loss and accuracy that was measured, for a spreadsheet or pandas.",
        )
        yield _row(
            [_link(run, "TensorBoard", EVENT_FILES, "monitoring")],
            "The curves as event files. Unzip them, then: tensorboard --logdir FOLDER",
        )
    yield _row(
        [_link(run, "Settings (JSON)", SETTINGS, "tune")],
        "Networks, data set and recipe. To train them again: python -m explorer.training job.json",
    )
    for number, contender in enumerate(run.job.contenders, 1):
        code = _link(run, "Code", f"network_{number}.py", "code")
        if contender.name in saved:
            weights = _link(run, "Weights", saved[contender.name], "download")
            about = "the learned numbers (safetensors), and the network as PyTorch code."
            yield _row([weights, code], f"{contender.name}: {about}")
        else:
            yield _row([code], f"{contender.name}: PyTorch code that builds the network.")


def _link(run: Run, label: str, name: str, icon: str) -> _Link:
    return {"label": label, "href": address(run.id, name), "icon": icon}


def _row(links: list[_Link], about: str) -> _Row:
    return {"links": links, "about": about}
