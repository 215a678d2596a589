"""Entry point: `streamlit run explorer/app.py`, from any folder and without an install."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Streamlit puts this file's folder first on the path, where our packages' names could hide others'.
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry).resolve() != HERE)]

import streamlit as st  # noqa: E402
import torch  # noqa: E402  # before the first visitor, who would wait two seconds for it
from starlette.requests import Request  # noqa: E402
from starlette.responses import PlainTextResponse, RedirectResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from explorer import downloads  # noqa: E402
from explorer.runs.forecasts import forecasts  # noqa: E402
from explorer.runs.queue import Dispatcher  # noqa: E402
from explorer.runs.store import open_store  # noqa: E402
from explorer.server import housekeeping, middleware  # noqa: E402
from explorer.ui import assets  # noqa: E402
from explorer.ui.runs import snapshots  # noqa: E402
from explorer.ui.train import forecast  # noqa: E402

COLLECT_SECONDS = 60

# A page's tensors are small: handing them to a second thread takes many times longer than the work
# itself, most of all while others compute. Training has processes of its own.
torch.set_num_threads(1)


async def _ready(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ready")


async def _first_page(request: Request) -> RedirectResponse:
    """Streamlit knows the default page as / alone, people may share it under its name."""
    return RedirectResponse(str(request.url.replace(path="/", netloc="", scheme="")))


@contextlib.asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    """What lives as long as the server: the run queue, the garbage timer and the housekeeping."""
    store = open_store()
    dispatcher = Dispatcher(store)
    dispatcher.start()
    forecasts().start(dispatcher.quietest_gpu)
    timers = [asyncio.create_task(_collect_garbage()), asyncio.create_task(housekeeping(store))]
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        await asyncio.to_thread(forecasts().close)
        await asyncio.to_thread(dispatcher.close)


async def _collect_garbage() -> None:
    """In place of Streamlit's full collection after every rerun, which is switched off.

    What the imports left behind (PyTorch: hundreds of thousands of objects that stay) is taken out
    of the collector's sight, so that a collection takes a few milliseconds.
    """
    gc.collect()
    gc.freeze()
    while True:
        await asyncio.sleep(COLLECT_SECONDS)
        gc.collect()


app = st.App(
    HERE / "main.py",
    lifespan=_lifespan,
    routes=[
        Route("/readyz", _ready),
        Route("/convolution", _first_page),
        *assets.routes(),
        *downloads.routes(),
        *forecast.routes(),
        *snapshots.routes(),
    ],
    middleware=middleware(),
)
