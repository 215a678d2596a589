"""What is inside the networks of a run, through time: shown beside the moment's line in the curves.

The browser is told which snapshots there are, and fetches each one once from `snapshots/RUN/FIRST/
LAST`, numbers of events: the server keeps none for its sessions, and no rerun sends any again.
As everything of a run, they can be had by whoever knows its id.
"""

import re

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.runs.store import open_store
from explorer.training.events import Snapshot
from explorer.ui import assets
from explorer.ui.palette import CONTENDERS
from explorer.ui.runs.watch import RunWatch

ADDRESS = "snapshots"
_MOST_AT_ONCE = 100  # twice as many as a run has
# More digits are no number of an event, and more than databases take.
_NUMBER = re.compile(r"[0-9]{1,18}")

_SNAPSHOTS = TypeAdapter(list[Snapshot])


def snapshots(watch: RunWatch) -> None:
    """Draw the section, if the run has snapshots: those of earlier releases have none."""
    if watch.started is None or not watch.snapshots:
        return
    assets.component("snapshots")(
        key="snapshots",
        data={
            "run": watch.run.id,
            "address": f"{ADDRESS}/{watch.run.id}",
            "contenders": [
                {"name": contender.name, "colour": colour}
                for contender, colour in zip(watch.run.job.contenders, CONTENDERS, strict=False)
            ],
            "classes": list(watch.started.dataset.classes),
            "steps": watch.started.steps_per_epoch * watch.started.epochs,
            "moments": [list(each) for each in watch.snapshots],
            "ended": watch.ended,
        },
    )


def routes() -> list[Route]:
    """For `st.App(routes=...)`."""
    return [Route(f"/{ADDRESS}/{{run_id}}/{{first}}/{{last}}", _answer)]


def _answer(request: Request) -> Response:
    """JSON: the snapshots of a run among its events `first` to `last`, which never change."""
    run_id, *ends = (request.path_params[name] for name in ("run_id", "first", "last"))
    if not all(map(_NUMBER.fullmatch, ends)):
        return PlainTextResponse("There are no such snapshots.", 404)
    first, last = map(int, ends)
    store = open_store()
    if store.status(run_id) is None:
        return PlainTextResponse("There is no such run. It may have been deleted.", 404)
    numbered = store.events(run_id, after=first - 1, kinds=("snapshot",))
    found = [each for sequence, each in numbered if sequence <= last][:_MOST_AT_ONCE]
    if not found:
        return PlainTextResponse("There are no such snapshots.", 404)
    body = _SNAPSHOTS.dump_json([each for each in found if isinstance(each, Snapshot)])
    return Response(body, media_type="application/json", headers=assets.FOREVER_OF_SOMEBODY)
