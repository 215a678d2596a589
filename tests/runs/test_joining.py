"""Clusters that cannot be reached: nobody hangs, it is said, and one that comes later is joined."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.runs import cluster, joining
from explorer.runs.local_cluster import LocalCluster
from explorer.runs.processes import process_exists, worker_log
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.control import Control
from explorer.training.events import Event, Preparing
from explorer.training.loop import train
from explorer.training.told import Told, told_by
from tests.runs.conftest import MakeDispatcher
from tests.runs.helpers import (
    ANN,
    BEN,
    ENDLESS,
    ended_run,
    make_job,
    the_run,
    wait_for,
    worker_pid,
)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that lets everybody in and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        name = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("EXPLORER_EXECUTOR", "ray")
        monkeypatch.setenv("RAY_ADDRESS", name)
        settings.cache_clear()
        yield name


@pytest.fixture
def init(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """A Ray whose `init` does what the list says, one after the other: raise, wait, or work."""
    plan: list[object] = []

    def follow(*_: object, **__: object) -> None:
        match plan.pop(0) if plan else None:
            case threading.Event() as until:
                until.wait()
            case Exception() as error:
                raise error

    ray = SimpleNamespace(
        init=follow,
        shutdown=lambda: None,
        exceptions=SimpleNamespace(RayError=LookupError, RayTaskError=KeyError),
    )
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(joining, "_RETRY_SECONDS", 0.01)
    joining.joining.cache_clear()
    yield plan
    joining.joining.cache_clear()


def _messages(events: Iterator[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Preparing)]


def test_a_cluster_that_comes_later_is_joined(address: str, init: list[object]) -> None:
    init += [ConnectionError("nobody\nthere"), ValueError("no address"), LookupError("not you")]
    attempts = joining.joining()
    assert attempts.joined(60)
    assert init == []
    assert attempts.refusal == "not you"


def test_what_keeps_a_run_waiting_is_said_once_with_what_would_help(
    address: str, init: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    comes = threading.Event()
    monkeypatch.setattr(joining, "TELL_SECONDS", -1)
    init += [ConnectionError("Nobody at home.\nmore"), comes]
    joining.joining()
    wait_for(lambda: not init, "the second attempt hangs")
    told = joining.join(Control())
    first = next(told)
    assert isinstance(first, Preparing)
    for words in (address, "Nobody at home)", "start that cluster", "RAY_ADDRESS"):
        assert words in first.message
    assert "more" not in first.message
    comes.set()
    assert _messages(told) == []


def test_who_waits_for_a_cluster_can_stop_or_leave(address: str, init: list[object]) -> None:
    hangs = threading.Event()
    init.append(hangs)
    for ask, last in ((Control.stop, "finished"), (Control.suspend, "suspended")):
        control = Control()
        ask(control)
        events = cluster.train(make_job(), directory=Path(), control=control, told=Told())
        assert [event.kind for event in events][-1] == last
    hangs.set()


def test_what_was_learned_before_the_cluster_was_lost_is_kept_when_stopped(
    address: str, init: list[object], tmp_path: Path
) -> None:
    control, said = Control(), []
    for event in train(make_job(epochs=ENDLESS), directory=tmp_path, control=control):
        said.append(event)
        if event.kind == "epoch_end":
            control.suspend()
    assert said[-1].kind == "suspended"
    hangs, control = threading.Event(), Control()
    init.append(hangs)
    events = cluster.train(
        make_job(epochs=ENDLESS), directory=tmp_path, control=control, told=told_by(said)
    )
    said = [next(events)]
    control.stop()
    said += events
    hangs.set()
    (ended,) = [event for event in said if event.kind == "training_ended"]
    assert ended.step >= 1
    saved, finished = said[-2:]
    assert saved.kind == "saved" and (tmp_path / saved.files["tiny"]).is_file()
    assert finished.kind == "finished" and len(finished.results) == 1


def test_a_silent_cluster_holds_up_neither_the_queue_nor_a_stop(
    address: str, store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    new_dispatcher()
    run = store.create(ANN, make_job(), "waits for the cluster")
    other = store.create(BEN, make_job(), "waits for a place")

    def told() -> bool:
        return any(address in message for message in _messages(e for _, e in store.events(run.id)))

    wait_for(told, "it is said that nobody answers")
    pid = worker_pid(store, run.id)
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"
    wait_for(lambda: not process_exists(pid), "its worker does not hang")
    log = worker_log(run.id).read_text()
    assert "Traceback" not in log and "Fatal" not in log
    wait_for(lambda: the_run(store, other.id).status == "running", "the queue goes on")
    assert the_run(store, run.id).note is None, "nobody died"


RAY = """
import os, sys, time
from pathlib import Path
def init(*_, **__):
    plan = Path(__file__).with_name("plan").read_text()
    Path(__file__).with_name(f"{plan}-{os.getpid()}").touch()
    if plan == "end": sys.exit(3)
    if plan == "hang": time.sleep(1000)
class get_runtime_context: gcs_address = "here:1"
def shutdown(): pass
"""


def test_a_cluster_of_the_servers_own_that_ends_or_hangs_is_started_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "ray"
    package.mkdir()
    (package / "__init__.py").write_text(RAY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("EXPLORER_EXECUTOR", "ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace())
    monkeypatch.setattr("explorer.runs.local_cluster.RETRY_SECONDS", 0)
    settings.cache_clear()
    own = LocalCluster()
    address = Path(own.environment()[joining.ADDRESS_FILE])

    def plan(what: str) -> None:
        (package / "plan").write_text(what)

    def started(what: str) -> int:
        own.look_after()
        return len(list(package.glob(f"{what}-*")))

    plan("end")
    wait_for(lambda: started("end") >= 2, "another one after one that ended")
    plan("hang")
    wait_for(lambda: started("hang"), "another one after the last that ended")
    plan("work")
    monkeypatch.setattr("explorer.runs.local_cluster.LONGEST_START_SECONDS", -1)
    own.look_after()
    monkeypatch.setattr("explorer.runs.local_cluster.LONGEST_START_SECONDS", 1000)
    wait_for(lambda: started("work"), "another one after one that hung")
    wait_for(address.exists, "it is there")
    assert address.read_text() == "here:1"
    own.close()
    assert not address.exists()
    assert started("work") == started("hang") == 1, "one that works is left alone"


def test_workers_wait_for_the_address_of_the_servers_own_cluster(
    init: list[object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(joining, "TELL_SECONDS", -1)
    file = tmp_path / "address"
    monkeypatch.setenv(joining.ADDRESS_FILE, str(file))
    told: Any = joining.join(Control())
    assert "own Ray cluster is not there yet" in next(told).message
    file.write_text("here:1")
    assert _messages(told) == []
    assert joining.joining().joined(0)
