"""Snapshots on their way to the browser, and its pure functions under Node."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.runs.store import RunStore, open_store
from explorer.training.events import Snapshot
from explorer.training.loop import train
from explorer.ui.runs.snapshots import ADDRESS, routes
from explorer.ui.runs.watch import RunWatch
from tests.training.jobs import LINEAR, digits, job

TESTS = Path(__file__).parent / "components" / "snapshots" / "moments.test.js"


@pytest.fixture
def store() -> Iterator[RunStore]:
    store = open_store()
    yield store
    store.engine.dispose()


def test_pure_functions_of_the_snapshots() -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    result = subprocess.run(
        [node, "--test", str(TESTS)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_a_session_knows_of_them_can_be_fetched_once_and_for_all(store: RunStore) -> None:
    run = store.create("a" * 64, job(LINEAR), "A run")
    events = list(train(run.job, dataset=digits()))
    store.append(run.id, events)
    told = [event for event in events if isinstance(event, Snapshot)]
    watch = RunWatch.of(run)
    watch.refresh(store)
    assert [step for _, step in watch.snapshots] == [event.step for event in told]

    client = TestClient(Starlette(routes=routes()))
    numbers = [number for number, _ in watch.snapshots]

    def fetched(first: int, last: int) -> list[Snapshot]:
        answer = client.get(f"/{ADDRESS}/{run.id}/{first}/{last}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert "private" in answer.headers["cache-control"], "shared proxies keep nothing of a run"
        return TypeAdapter(list[Snapshot]).validate_json(answer.content)

    assert fetched(numbers[0], numbers[-1]) == told
    assert fetched(numbers[1], numbers[2]) == told[1:3]
    odd = (f"{run.id}/1/1", f"{'A' * 22}/1/99", "x/1/99", f"{run.id}/9/1", f"{run.id}/x/9")
    large = (f"{run.id}/{'9' * length}/{'9' * length}" for length in (18, 19, 30, 5000))
    for unknown in (*odd, *large):
        answer = client.get(f"/{ADDRESS}/{unknown}")
        assert (answer.status_code, answer.headers.get("cache-control")) == (404, None)
    store.delete(run.id, run.visitor)
    assert client.get(f"/{ADDRESS}/{run.id}/{numbers[0]}/{numbers[-1]}").status_code == 404
