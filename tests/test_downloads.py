"""What can be fetched of a run, by whom, and what cannot."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer import downloads
from explorer.downloads import address, routes
from explorer.runs.record import Run
from explorer.runs.store import RunStore, open_store
from explorer.settings import settings
from explorer.training.loop import train
from explorer.training.recipe import Job
from tests.training.jobs import LINEAR, digits, job


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=routes()))


@pytest.fixture
def store() -> Iterator[RunStore]:
    store = open_store()
    yield store
    store.engine.dispose()


@pytest.fixture
def trained(store: RunStore) -> Run:
    """A run with all its events and files."""
    run = store.create("a" * 64, job(LINEAR), 'My "best" run')
    store.append(run.id, list(train(run.job, dataset=digits(), directory=run.directory)))
    return run


def test_files_are_made_when_asked_for(client: TestClient, trained: Run) -> None:
    for name, begins in {
        "curves.csv": b"part,network,epoch",
        "tensorboard.zip": b"PK",
        "receipt.zip": b"PK",
        "network_1.py": b"# PyTorch source of the network 'Linear'",
    }.items():
        answer = client.get(f"/{address(trained.id, name)}")
        assert answer.status_code == 200 and answer.content.startswith(begins)
        assert answer.headers["content-disposition"].endswith(f'"my-best-run-{name}"')
        assert int(answer.headers["content-length"]) == len(answer.content)
    answer = client.get(f"/{address(trained.id, 'job.json')}")
    assert Job.model_validate_json(answer.content) == trained.job
    weights = trained.directory / "contender-1.safetensors"
    answer = client.get(f"/{address(trained.id, weights.name)}")
    assert answer.content == weights.read_bytes()
    assert not [path for path in settings().data_dir.iterdir() if path.name.startswith("tmp")]


def test_nothing_else_can_be_had(client: TestClient, trained: Run) -> None:
    (trained.directory / "run.safetensors").write_bytes(b"its state")
    (trained.directory / "contender-3.safetensors").write_bytes(b"nobody's")
    for name in (
        *("run.safetensors", "contender-3.safetensors", "worker.log", "network_2.py", "x"),
        *(quote("../../runs.sqlite3", safe=""), quote("..\\x.safetensors", safe="")),
    ):
        assert client.get(f"/{address(trained.id, name)}").status_code == 404, name
    for run_id in ("x", "A" * 22, quote("../..", safe="")):
        assert client.get(f"/{address(run_id, 'curves.csv')}").status_code == 404, run_id
    weights = trained.directory / "contender-1.safetensors"
    weights.unlink()
    answer = client.get(f"/{address(trained.id, weights.name)}")
    assert (answer.status_code, "are gone" in answer.text) == (404, True)


def test_what_is_not_there_yet_is_said(client: TestClient, store: RunStore) -> None:
    run = store.create("a" * 64, job(LINEAR), "Waiting")
    assert "no curves so far" in client.get(f"/{address(run.id, 'curves.csv')}").text
    assert client.get(f"/{address(run.id, 'network_1.py')}").status_code == 200


def test_slow_readers_do_not_fill_the_disk(
    client: TestClient, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = downloads._make(trained, "curves.csv")
    monkeypatch.setattr(downloads, "_MOST_BYTES", made.size - 1)
    refused = client.get(f"/{address(trained.id, 'curves.csv')}")
    assert (refused.status_code, "Too many files" in refused.text) == (404, True)
    made.file.close()
    for _ in range(2):
        assert client.get(f"/{address(trained.id, 'curves.csv')}").status_code == 200
