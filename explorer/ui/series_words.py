"""What the runs of a series are called, and links to them inside of Markdown."""

from explorer.runs.record import Run, Status
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
    """To its curves; what it gets on the test is one click further, and not to choose by."""
    return f"[{plain(text)}](/train?run={run.id})"
