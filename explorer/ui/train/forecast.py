"""How long a training will take and how much memory it needs, said before it is started.

The page only asks; the browser fetches the answer when it is there. So nobody waits for it, and
nothing is drawn anew when it comes.
"""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer.runs.forecaster import Answer
from explorer.runs.forecasts import forecasts
from explorer.training.events import Finished, Started
from explorer.training.forecast import Forecast
from explorer.training.recipe import Job
from explorer.ui import assets
from explorer.ui.identity import visitor
from explorer.ui.text import duration, memory

_WAIT_SECONDS, _LOOK_SECONDS = 20, 0.2
_EPOCHS = re.compile(r"[1-9]\d{0,3}")


def forecast(job: Job | None) -> None:
    """Have a job measured, and a line that says what came of it as soon as that is known."""
    if job is None or not forecasts().running:
        return
    key = forecasts().ask(visitor(), job)
    address = f"forecast/{key}?epochs={job.recipe.epochs}"
    assets.component("forecast")(key="forecast", data={"address": address})


def routes() -> list[Route]:
    """Where the browser asks."""
    return [Route("/forecast/{key}", _answer)]


async def _answer(request: Request) -> Response:
    """The answer as JSON; status 202 if it is not known yet after some time."""
    epochs = request.query_params.get("epochs", "")
    if not _EPOCHS.fullmatch(epochs):
        return Response(status_code=400)
    key = request.path_params["key"]
    for _ in range(round(_WAIT_SECONDS / _LOOK_SECONDS)):
        known = forecasts().known(key)
        if known is not None:
            text, problem = words(known, int(epochs))
            # A browser that remembered it would show an old one after the machine was busier.
            headers = {"Cache-Control": "no-store"}
            return JSONResponse({"text": text, "problem": problem}, headers=headers)
        await asyncio.sleep(_LOOK_SECONDS)
    return Response(status_code=202)


def words(answer: Answer, epochs: int) -> tuple[str, bool]:
    """A sentence or two, and whether they are about a problem."""
    known = answer.forecast
    if known is None:
        return answer.problem, True
    if known.fitting is not None:
        return _too_large(known), True
    text = (
        f"Expect ≈ {duration(known.epoch_seconds)} per epoch, "
        f"{duration(epochs * known.epoch_seconds)} in all"
    )
    if known.memory is not None:
        text += f", {memory(known.memory)} of {_where(known.device)}"
    text += f" (a few steps, measured here: {known.device})."
    if known.busy:
        text += (
            f" The machine had other work and gave this only {known.share:.0%} of its time: "
            "when it is quiet, training is faster."
        )
    return text, False


def outcome(started: Started, finished: Finished) -> str:
    """What was predicted against what came, in a line; empty if that cannot be compared."""
    if finished.reason != "completed" or any(one.ending for one in finished.trained):
        return ""
    told = [f"{duration(started.predicted_seconds)} predicted, {duration(finished.seconds)} needed"]
    if finished.peak_memory is not None:
        needed = f"{memory(finished.peak_memory)} of {_where(started.device)} needed"
        if started.predicted_memory is not None:
            needed = f"{memory(started.predicted_memory)} predicted, {needed}"
        told.append(needed)
    return f"{'; '.join(told)}."


def _too_large(known: Forecast) -> str:
    assert known.memory is not None and known.available is not None
    problem = (
        f"This will not fit: it needs about {memory(known.memory)} of {_where(known.device)}, and "
        f"{memory(known.available)} are free."
    )
    if known.fitting:
        return f"{problem} A batch_size of at most {known.fitting:,} would."
    return f"{problem} A smaller network would."


def _where(device: str) -> str:
    return "GPU memory" if device.startswith("GPU") else "memory"
