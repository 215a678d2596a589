"""The process that measures forecasts: `python -m explorer.runs.forecaster`, started by the server.

It reads jobs from its input and writes answers to its output, each a line of JSON, and ends with
its input.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from explorer.errors import ExplorerError
from explorer.training.device import keep_freed_memory
from explorer.training.forecast import Forecast, forecast
from explorer.training.recipe import Job

# As workers do: it gives way to the server.
_NICENESS = 5
# If memory runs out, this process is the one that nobody would miss.
_FIRST_TO_GO = "1000"


class Answer(BaseModel):
    """A forecast, or why there is none: what is wrong and what would work."""

    forecast: Forecast | None = None
    problem: str = ""


def answer(line: str) -> Answer:
    """What is to be said about the job of a line."""
    try:
        return Answer(forecast=forecast(Job.model_validate_json(line)))
    except ExplorerError as error:
        return Answer(problem=str(error))


def main() -> None:
    """Answer until nobody asks any more."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_freed_memory()
    for line in sys.stdin:
        answers.write(answer(line).model_dump_json() + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
