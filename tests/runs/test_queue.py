"""Real dispatchers and real worker processes, training a tiny network on the digits."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.runs.processes import SPARE
from explorer.runs.queue import Dispatcher
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.control import ChangeLearningRate, Continue, Pause, SaveNow
from tests.runs.conftest import MakeDispatcher
from tests.runs.helpers import (
    ANN,
    BEN,
    ENDLESS,
    ROOT,
    SERVER,
    ended_run,
    has_said,
    kinds_after,
    kinds_of,
    make_job,
    the_run,
    wait_for,
    wait_for_progress,
    worker_pid,
)


def _children_of_worker_module() -> set[int]:
    """Processes that wait as spare workers, of all servers on this machine with our data folder."""
    found = set()
    ours = f"EXPLORER_DATA_DIR={settings().data_dir}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile
            continue
        if SPARE.encode() in command and ours in environment:
            found.add(int(folder.name))
    return found


def test_a_run_trains_from_queue_to_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A data folder relative to where the server was started, among files that hide real modules.
    (tmp_path / "torch.py").write_text("raise ImportError('the wrong torch')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXPLORER_DATA_DIR", "relative")
    settings.cache_clear()
    store = RunStore(settings().database)
    dispatcher = Dispatcher(store)
    dispatcher.start()
    run = store.create(ANN, make_job(epochs=2), "whole")
    over = ended_run(store, run.id)
    dispatcher.close()
    store.engine.dispose()
    assert (over.status, over.reason) == ("finished", None)
    assert over.started is not None
    assert over.ended is not None
    assert over.created <= over.started < over.ended
    numbered = store.events(run.id)
    assert [sequence for sequence, _ in numbered] == list(range(1, over.last_sequence + 1))
    kinds = kinds_of(store, run.id)
    assert kinds[-1] == "finished"
    assert kinds.count("started") == kinds.count("training_ended") == 1
    assert kinds.count("epoch_end") == 2
    (saved,) = [event for _, event in numbered if event.kind == "saved"]
    assert all((tmp_path / over.directory / name).is_file() for name in saved.files.values())


@pytest.mark.usefixtures("forked_workers")
def test_stop_ends_training_at_once_and_only_for_its_owner(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "stops")
    wait_for_progress(store, run.id)
    with pytest.raises(ExplorerError):
        store.request_stop(run.id, BEN)
    assert not the_run(store, run.id).stopping
    store.request_stop(run.id, ANN)
    seconds = wait_for(lambda: has_said(store, run.id, "training_ended"), "the stop", every=0.01)
    print(f"stopped after {seconds:.2f} s")
    over = ended_run(store, run.id)
    assert (over.status, over.reason) == ("stopped", "Stopped on request.")
    kinds = kinds_of(store, run.id)
    after = kinds[kinds.index("training_ended") :]
    assert "progress" not in after
    assert after[-1] == "finished"
    ends = store.events(run.id, kinds=("training_ended", "finished"))
    assert [getattr(event, "reason", None) for _, event in ends] == ["stopped", "stopped"]


@pytest.mark.usefixtures("forked_workers")
def test_pause_change_save_and_continue_are_answered(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "asked")
    wait_for_progress(store, run.id)
    for wish, answer in (
        (SaveNow(), "checkpointed"),
        (ChangeLearningRate(learning_rate=0.003), "learning_rate_changed"),
        (Pause(), "paused"),
    ):
        store.ask(run.id, ANN, wish)
        seconds = wait_for(lambda: has_said(store, run.id, answer), answer, every=0.01)  # noqa: B023
        print(f"{answer} after {seconds:.2f} s")
    status = store.status(run.id)
    assert status is not None and status.paused and status.status == "running"
    last = store.events(run.id)[-1]
    time.sleep(0.6)  # three times as long as a worker needs to report
    assert store.events(run.id)[-1] == last, "it rests"
    store.ask(run.id, ANN, Continue())
    wait_for(lambda: "progress" in kinds_after(store, run.id, "continued"), "it goes on")
    status = store.status(run.id)
    assert status is not None and not status.paused
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"


@pytest.mark.usefixtures("forked_workers")
def test_a_paused_run_lets_others_train_and_goes_on_later(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "rests")
    wait_for_progress(store, run.id)
    store.ask(run.id, ANN, Pause())
    wait_for(lambda: has_said(store, run.id, "paused"), "it rests")
    other = store.create(BEN, make_job(), "waits")
    assert ended_run(store, other.id).status == "finished"
    assert the_run(store, run.id).status == "paused"
    store.ask(run.id, ANN, Continue())
    wait_for(lambda: has_said(store, run.id, "continued"), "it goes on")
    wait_for(lambda: "progress" in kinds_after(store, run.id, "continued"), "it trains")
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"


@pytest.mark.usefixtures("forked_workers")
def test_a_loss_that_is_no_number_fails_the_run_in_words(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=200, learning_rate=10, momentum=0.99), "diverges")
    over = ended_run(store, run.id)
    assert over.status == "failed"
    assert kinds_of(store, run.id)[-1] == "failed"
    assert over.reason is not None
    assert "NaN" in over.reason
    assert "learning_rate 10" in over.reason


def test_a_worker_that_cannot_even_start_leaves_its_last_words(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dispatcher()
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "many")
    over = ended_run(store, store.create(ANN, make_job(), "no start").id)
    assert over.status == "failed"
    assert over.reason is not None
    assert "ended with status 1" in over.reason
    assert "Its last words: " in over.reason


def test_a_folder_that_cannot_be_made_fails_the_run_and_not_the_queue(
    store: RunStore, new_dispatcher: MakeDispatcher, fork_workers: Callable[[], None]
) -> None:
    new_dispatcher()
    runs = settings().data_dir / "runs"
    runs.write_text("in the way")
    over = ended_run(store, store.create(ANN, make_job(), "no folder").id)
    assert over.status == "failed"
    assert "could not start a worker process" in (over.reason or "")
    runs.unlink()
    fork_workers()
    assert ended_run(store, store.create(ANN, make_job(), "folder").id).status == "finished"


@pytest.mark.usefixtures("forked_workers")
def test_two_servers_train_each_run_once_and_in_a_fair_order(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    visitors = (ANN, ANN, BEN)
    names = ("Ann's first", "Ann's second", "Ben's first")
    runs = [store.create(v, make_job(), n) for v, n in zip(visitors, names, strict=True)]
    new_dispatcher()
    new_dispatcher()
    ended = sorted((ended_run(store, run.id) for run in runs), key=lambda run: str(run.started))
    assert [run.name for run in ended] == ["Ann's first", "Ben's first", "Ann's second"]
    for earlier, later in pairwise(ended):
        assert earlier.ended is not None
        assert later.started is not None
        assert earlier.ended <= later.started, "one at a time"
    for run in ended:
        assert run.status == "finished", run.reason
        assert kinds_of(store, run.id).count("started") == 1


def test_a_spare_worker_takes_the_next_run_and_ends_with_its_server(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_SPARE_WORKERS", "1")
    settings.cache_clear()
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=dict(os.environ))
    wait_for(_children_of_worker_module, "a spare worker")
    (spare,) = _children_of_worker_module()
    run = store.create(ANN, make_job(), "quick")
    assert ended_run(store, run.id).status == "finished"
    assert worker_pid(store, run.id) == spare
    log = (run.directory / "worker.log").read_text()
    assert "Traceback" not in log
    wait_for(lambda: _children_of_worker_module() - {spare}, "another spare worker")
    server.kill()
    server.wait()
    wait_for(lambda: not _children_of_worker_module(), "it ends with its server")


@pytest.mark.usefixtures("forked_workers")
def test_a_spare_worker_that_died_is_not_waited_for(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_SPARE_WORKERS", "1")
    settings.cache_clear()
    new_dispatcher()
    wait_for(_children_of_worker_module, "a spare worker")
    (spare,) = _children_of_worker_module()
    os.kill(spare, signal.SIGKILL)
    run = store.create(ANN, make_job(), "cold")
    assert ended_run(store, run.id).status == "finished"
    assert worker_pid(store, run.id) != spare
