"""Which of the visitor's runs are listed, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import streamlit as st

from explorer.errors import ExplorerError
from explorer.runs.outcomes import outcome
from explorer.runs.record import Run
from explorer.runs.store import RunStore

ANY = "any"
STATUSES = {
    "waiting": ("queued",),
    "training": ("running", "paused"),
    "finished": ("finished",),
    "stopped": ("stopped",),
    "failed": ("failed",),
}
NEWEST, BEST, SHORTEST, BY_NAME = "newest", "best accuracy", "shortest", "name"


@dataclass(frozen=True)
class Wanted:
    """What was asked for; `words` have to occur in a run, in any case and order."""

    words: str = ""
    status: str = ANY
    data: str = ANY
    order: str = NEWEST

    def of(self, runs: Sequence[Run], store: RunStore) -> list[Run]:
        """Those of the runs (newest first) that are wanted, in the order that is wanted."""
        words = self.words.casefold().split()
        statuses = STATUSES.get(self.status)
        found = [
            run
            for run in runs
            if (statuses is None or run.status in statuses)
            and (self.data in (ANY, data_name(run)))
            and all(word in _text(run) for word in words)
        ]
        match self.order:  # sorting keeps the newest first among equals
            case "best accuracy":
                return sorted(found, key=lambda run: -_accuracy(run, store))
            case "shortest":
                return sorted(found, key=lambda run: _seconds(run, store))
            case "name":
                return sorted(found, key=lambda run: run.name.casefold())
        return found


def wanted(runs: Sequence[Run]) -> Wanted:
    """Draw the choices, which last for the session."""
    data = sorted({data_name(run) for run in runs} - {""}, key=str.casefold)
    row = st.container(horizontal=True, vertical_alignment="bottom")  # wraps where it is narrow
    return Wanted(
        row.text_input(
            "Search",
            key="runs_search",
            max_chars=80,
            placeholder="name, network, data or note",
            persist_state="session",
        )
        or "",
        row.selectbox(
            "Status", [ANY, *STATUSES], key="runs_status", persist_state="session", width=120
        ),
        row.selectbox(
            "Data set", [ANY, *data], key="runs_data", persist_state="session", width=130
        ),
        row.selectbox(
            "First",
            [NEWEST, BEST, SHORTEST, BY_NAME],
            key="runs_order",
            help="What the list begins with: the newest runs, those with the best accuracy on test "
            "pictures (of several networks in a run the best counts), or those trained in the "
            "shortest time. Runs without results then come last.",
            persist_state="session",
            width=150,
        ),
    )


def data_name(run: Run) -> str:
    """The data set of a run; empty for one that another release stored."""
    try:
        dataset = run.job.dataset
    except ExplorerError:
        return ""
    return dataset.name or dataset.source


def _text(run: Run) -> str:
    try:
        networks = [contender.name for contender in run.job.contenders]
    except ExplorerError:
        networks = []
    return "\n".join([run.name, run.remark, data_name(run), *networks]).casefold()


def _accuracy(run: Run, store: RunStore) -> float:
    found = outcome(run, store)
    return found.best_accuracy if found and found.results else -1


def _seconds(run: Run, store: RunStore) -> float:
    found = outcome(run, store)
    return found.seconds if found else inf
