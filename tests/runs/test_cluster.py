"""What is passed on between a run's worker and a cluster, without a cluster."""

import sys
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.runs.cluster import LOST, ClusterLostError, Trainer, train
from explorer.runs.queue import Dispatcher
from explorer.runs.store import RunStore
from explorer.runs.worker import main
from explorer.settings import settings
from explorer.training.control import Control
from explorer.training.events import EventAdapter, Failed, Preparing
from explorer.training.told import Told
from tests.runs.helpers import ANN, make_job


@pytest.fixture
def on_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_EXECUTOR", "ray")
    settings.cache_clear()


def test_without_ray_it_is_said_what_to_install(
    on_a_cluster: None, store: RunStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExplorerError, match="pip install ray"):
        list(train(make_job(), directory=tmp_path, control=Control(), told=Told()))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(ExplorerError, match="pip install ray"):
        Dispatcher(store)


def test_a_machine_that_does_not_share_the_folder_says_so(tmp_path: Path) -> None:
    for token in ("", "another run's"):
        (tmp_path / ".shared").write_text(token)
        events = Trainer().train(make_job().model_dump_json(), tmp_path, "mine", Told())
        (failed,) = [EventAdapter.validate_json(event) for event in events]
        assert isinstance(failed, Failed)
        assert "EXPLORER_DATA_DIR" in failed.remedy


def test_a_lost_machine_leaves_the_run_to_another_worker_with_all_that_was_said(
    on_a_cluster: None, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Preparing(message="there", done=1, total=2)

    def breaks_off(*_: object, **__: object) -> object:
        yield said
        raise ClusterLostError("gone")

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("os.nice", lambda _: None)
    monkeypatch.setattr("explorer.runs.cluster.train", breaks_off)
    run = store.create(ANN, make_job(), "lost")
    assert main(run.id) == LOST
    after = store.run(run.id)
    assert after is not None
    assert (after.status, after.reason) == ("running", None), "whoever watches takes it up"
    assert store.events(run.id) == [(1, said)]
