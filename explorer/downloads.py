"""Files of runs over HTTP: `exports/RUN_ID/NAME`, made when asked for and streamed from disk.

Streamlit's download button would keep what it offers in memory for every session. As everything
of a run, its files can be had by whoever knows its id.
"""

import asyncio
import logging
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO, BinaryIO, NamedTuple, cast
from weakref import WeakKeyDictionary

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from explorer.errors import ExplorerError
from explorer.runs.exports import weights_file, write_export
from explorer.runs.record import Run
from explorer.runs.store import open_store
from explorer.settings import settings
from explorer.training.export.points import safe_name

ADDRESS = "exports"
# So many files are made at a time; making one takes a processor.
_MOST_AT_ONCE = 2
_CHUNK_BYTES = 1 << 20
# On disk in all, until slow readers have them.
_MOST_BYTES = 4_000_000_000
_WEIGHTS_SUFFIX = ".safetensors"

logger = logging.getLogger(__name__)

_under_way: WeakKeyDictionary[IO[bytes], int] = WeakKeyDictionary()
"""Sizes of files that somebody is still reading; gone when that is over, whatever ends it."""


def address(run_id: str, name: str) -> str:
    """Where a file of a run is, relative to any page of the app."""
    return f"{ADDRESS}/{run_id}/{name}"


def routes() -> list[Route]:
    """For `st.App(routes=...)`."""
    turn = asyncio.Semaphore(_MOST_AT_ONCE)

    async def export(request: Request) -> Response:
        run_id, name = request.path_params["run_id"], request.path_params["name"]
        try:
            async with turn:
                return await run_sync(partial(_answer, run_id, name))
        except ExplorerError as error:
            return PlainTextResponse(str(error), 404)
        except OSError as error:
            logger.exception("A file of run %s could not be made", run_id)
            return PlainTextResponse(f"The server's disk refused: {error.strerror}.", 507)

    return [Route(f"/{ADDRESS}/{{run_id}}/{{name}}", export)]


class _Made(NamedTuple):
    file: IO[bytes]
    size: int
    name: str


def _answer(run_id: str, name: str) -> Response:
    run = open_store().run(run_id)
    if run is None:
        raise ExplorerError("There is no such run.", "It may have been deleted.")
    if name.endswith(_WEIGHTS_SUFFIX):
        path = weights_file(run, open_store(), name)
        return FileResponse(path, filename=f"{safe_name(run.name)}-{name}")
    made = _make(run, name)
    return StreamingResponse(
        _chunks(made.file),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{made.name}"',
            "Content-Length": str(made.size),
            "Cache-Control": "no-store",
        },
    )


def _make(run: Run, name: str) -> _Made:
    """A file without a name on disk: it vanishes with whoever reads it."""
    if sum(size for file, size in list(_under_way.items()) if not file.closed) > _MOST_BYTES:
        raise ExplorerError("Too many files are being downloaded.", "Try again in a few minutes.")
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=settings().data_dir)  # noqa: SIM115 - read until it is sent
    try:
        called = write_export(run, open_store(), name, cast(BinaryIO, file))
        size = file.seek(0, 2)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    _under_way[file] = size
    return _Made(file, size, called)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
