"""Jobs small enough to train in a test, and waiting for other processes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from explorer.datasets.reference import DatasetRef
from explorer.network.layers import Conv2d, Flatten, Linear
from explorer.network.spec import InputShape, NetworkSpec
from explorer.runs.schema import runs_table
from explorer.runs.store import Run, RunStore
from explorer.training.recipe import Contender, Job, Recipe

ENDLESS, LONG = 1000, 60  # epochs
ANN, BEN, CY = "a" * 64, "b" * 64, "c" * 64

ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import time
from explorer.runs.processes import SPARE
from explorer.runs.queue import Dispatcher
from explorer.runs.store import open_store
Dispatcher(open_store()).start()
time.sleep(600)
"""
"""A server without pages: the queue alone, in a process of its own."""

TINY = NetworkSpec(
    name="tiny",
    input=InputShape(channels=1, height=8, width=8),
    layers=(Conv2d(out_channels=2, kernel_size=3), Flatten(), Linear(out_features=10)),
)


def make_job(**recipe: object) -> Job:
    """A tiny network on the 8×8 digits for one epoch; recipe fields by name."""
    values = {"epochs": 1, "batch_size": 256, "precision": "fp32", **recipe}
    return Job(
        contenders=(Contender(name="tiny", network=TINY),),
        dataset=DatasetRef(source="digits"),
        recipe=Recipe.model_validate(values),
    )


def wait_for(
    condition: Callable[[], object], what: str, seconds: float = 120, every: float = 0.02
) -> float:
    """Look until `condition` holds; fail after `seconds`. Returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"Not within {seconds} s: {what}"
        time.sleep(every)  # between two looks at another process, never before an assertion
    return time.monotonic() - start


def the_run(store: RunStore, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


def ended_run(store: RunStore, run_id: str) -> Run:
    """The run once it has ended."""
    wait_for(lambda: the_run(store, run_id).ended, f"the end of {the_run(store, run_id)}")
    return the_run(store, run_id)


def kinds_of(store: RunStore, run_id: str) -> list[str]:
    return [event.kind for _, event in store.events(run_id)]


def has_said(store: RunStore, run_id: str, kind: str) -> bool:
    return bool(store.events(run_id, kinds=(kind,)))


def kinds_after(store: RunStore, run_id: str, kind: str) -> list[str]:
    """What a run said after it first said this; nothing if it did not."""
    kinds = kinds_of(store, run_id)
    return kinds[kinds.index(kind) + 1 :] if kind in kinds else []


def wait_for_progress(store: RunStore, run_id: str) -> None:
    wait_for(lambda: has_said(store, run_id, "progress"), f"progress of {the_run(store, run_id)}")


def worker_pid(store: RunStore, run_id: str) -> int:
    with store.engine.connect() as connection:
        pid = connection.scalar(select(runs_table.c.worker_pid).where(runs_table.c.id == run_id))
    assert pid is not None
    return pid


def deleted_two_hours_ago(store: RunStore, run_id: str) -> None:
    """Put back the moment at which a run was deleted."""
    moment = datetime.now(UTC) - timedelta(hours=2)
    with store.engine.begin() as connection:
        connection.execute(
            update(runs_table).where(runs_table.c.id == run_id).values(deleted=moment)
        )
