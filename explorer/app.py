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
from starlette.requests import Request  # noqa: E402
from starlette.responses import PlainTextResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from explorer.runs.queue import Dispatcher  # noqa: E402
from explorer.runs.store import open_store  # noqa: E402
from explorer.server import middleware  # noqa: E402
from explorer.ui import assets  # noqa: E402


async def _ready(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ready")


@contextlib.asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    """What lives as long as the server."""
    # A full collection follows every rerun unless told otherwise; with PyTorch's hundred thousand
    # objects out of its sight it is short.
    gc.collect()
    gc.freeze()
    dispatcher = Dispatcher(open_store())
    dispatcher.start()
    try:
        yield
    finally:
        await asyncio.to_thread(dispatcher.close)


app = st.App(
    HERE / "main.py",
    lifespan=_lifespan,
    routes=[Route("/readyz", _ready), *assets.routes()],
    middleware=middleware(),
)
