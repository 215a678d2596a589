"""Real dispatchers and real worker processes, training a tiny network on the digits."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from explorer.errors import ExplorerError
from explorer.runs.queue import Dispatcher
from explorer.runs.schema import runs_table
from explorer.runs.store import Run, RunStore
from explorer.settings import settings
from tests.runs.helpers import ANN, BEN, make_job, wait_for

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = 1000

SERVER = """
import time
from explorer.runs.queue import Dispatcher
from explorer.runs.store import open_store
Dispatcher(open_store()).start()
time.sleep(600)
"""

MakeDispatcher = Callable[[], Dispatcher]


@pytest.fixture
def new_dispatcher(store: RunStore) -> Iterator[MakeDispatcher]:
    """Dispatchers of their own store each, as servers have them; closed after the test."""
    dispatchers: list[Dispatcher] = []

    def make() -> Dispatcher:
        dispatcher = Dispatcher(RunStore(settings().database) if dispatchers else store)
        dispatchers.append(dispatcher)
        dispatcher.start()
        return dispatcher

    yield make
    for dispatcher in dispatchers:
        dispatcher.close()


def _run(store: RunStore, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


def _over(store: RunStore, run_id: str) -> Run:
    """The run once it has ended."""
    wait_for(lambda: _run(store, run_id).ended, f"the end of {_run(store, run_id)}")
    return _run(store, run_id)


def _kinds(store: RunStore, run_id: str) -> list[str]:
    return [event.kind for _, event in store.events(run_id)]


def _wait_for_progress(store: RunStore, run_id: str) -> None:
    wait_for(lambda: "progress" in _kinds(store, run_id), f"progress of {_run(store, run_id)}")


def _worker_pid(store: RunStore, run_id: str) -> int:
    with store.engine.connect() as connection:
        pid = connection.scalar(select(runs_table.c.worker_pid).where(runs_table.c.id == run_id))
    assert pid is not None
    return pid


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
    over = _over(store, run.id)
    dispatcher.close()
    store.engine.dispose()
    assert (over.status, over.reason) == ("finished", None)
    assert over.started is not None
    assert over.ended is not None
    assert over.created <= over.started < over.ended
    numbered = store.events(run.id)
    assert [sequence for sequence, _ in numbered] == list(range(1, over.last_sequence + 1))
    kinds = _kinds(store, run.id)
    assert kinds[-1] == "finished"
    assert kinds.count("started") == kinds.count("training_ended") == 1
    assert kinds.count("epoch_end") == 2
    (saved,) = [event for _, event in numbered if event.kind == "saved"]
    assert all((tmp_path / over.directory / name).is_file() for name in saved.files.values())


def test_stop_ends_training_at_once_and_only_for_its_owner(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "stops")
    _wait_for_progress(store, run.id)
    with pytest.raises(ExplorerError):
        store.request_stop(run.id, BEN)
    assert not _run(store, run.id).stopping
    store.request_stop(run.id, ANN)
    seconds = wait_for(
        lambda: "training_ended" in _kinds(store, run.id), "the stop", seconds=10, every=0.01
    )
    print(f"stopped after {seconds:.2f} s")
    over = _over(store, run.id)
    assert (over.status, over.reason) == ("stopped", "Stopped on request.")
    kinds = _kinds(store, run.id)
    after = kinds[kinds.index("training_ended") :]
    assert "progress" not in after
    assert after[-1] == "finished"
    ends = store.events(run.id, kinds=("training_ended", "finished"))
    assert [getattr(event, "reason", None) for _, event in ends] == ["stopped", "stopped"]


def test_a_killed_worker_is_noticed_and_its_signal_named(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "killed")
    _wait_for_progress(store, run.id)
    pid = _worker_pid(store, run.id)
    own_niceness = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, pid) > own_niceness, "it gives way to the server"
    before = store.events(run.id)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: _run(store, run.id).ended, "the death is noticed", seconds=10)
    over = _run(store, run.id)
    assert over.status == "failed"
    assert over.reason is not None
    assert "signal 9" in over.reason
    assert "memory" in over.reason
    assert store.events(run.id)[: len(before)] == before, "what came before stays"
    assert "training_ended" not in _kinds(store, run.id)


def test_a_worker_that_hangs_is_given_up_and_killed(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "hangs")
    _wait_for_progress(store, run.id)
    pid = _worker_pid(store, run.id)
    monkeypatch.setattr("explorer.runs.queue.SILENT_SECONDS", 2)
    os.kill(pid, signal.SIGSTOP)
    over = _over(store, run.id)
    assert (over.status, over.reason) == (
        "failed",
        "The worker process was not heard of for 2 seconds.",
    )
    wait_for(lambda: not _exists(pid), "it is killed")


def test_sigterm_stops_a_worker_in_good_order(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "terminated")
    _wait_for_progress(store, run.id)
    os.kill(_worker_pid(store, run.id), signal.SIGTERM)
    over = _over(store, run.id)
    assert (over.status, over.reason) == ("stopped", "The worker process was asked to end.")
    assert _kinds(store, run.id)[-1] == "finished"


def test_a_loss_that_is_no_number_fails_the_run_in_words(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=200, learning_rate=10, momentum=0.99), "diverges")
    over = _over(store, run.id)
    assert over.status == "failed"
    assert _kinds(store, run.id)[-1] == "failed"
    assert over.reason is not None
    assert "NaN" in over.reason
    assert "learning_rate 10" in over.reason


def test_a_worker_that_cannot_even_start_leaves_its_last_words(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dispatcher()
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "many")
    over = _over(store, store.create(ANN, make_job(), "no start").id)
    assert over.status == "failed"
    assert over.reason is not None
    assert "ended with status 1" in over.reason
    assert "Its last words: " in over.reason


def test_a_folder_that_cannot_be_made_fails_the_run_and_not_the_queue(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    runs = settings().data_dir / "runs"
    runs.write_text("in the way")
    over = _over(store, store.create(ANN, make_job(), "no folder").id)
    assert over.status == "failed"
    assert "could not start a worker process" in (over.reason or "")
    runs.unlink()
    assert _over(store, store.create(ANN, make_job(), "folder").id).status == "finished"


def test_closing_the_server_stops_its_runs_and_keeps_the_queue(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    dispatcher = Dispatcher(store)
    dispatcher.start()
    run = store.create(ANN, make_job(epochs=ENDLESS), "running")
    waiting = store.create(ANN, make_job(), "waiting")
    _wait_for_progress(store, run.id)
    pid = _worker_pid(store, run.id)
    dispatcher.close()
    over = _run(store, run.id)
    assert (over.status, over.reason) == ("stopped", "The server was shut down.")
    assert _kinds(store, run.id)[-1] == "finished"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert _run(store, waiting.id) == waiting


def test_the_next_server_fails_dead_runs_and_adopts_living_ones(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "2")
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=dict(os.environ))
    dies = store.create(ANN, make_job(epochs=ENDLESS), "dies with the server")
    lives = store.create(BEN, make_job(epochs=ENDLESS), "outlives the server")
    for run in (dies, lives):
        _wait_for_progress(store, run.id)
    server.kill()
    server.wait()
    os.kill(_worker_pid(store, dies.id), signal.SIGKILL)
    wait_for(lambda: not _exists(_worker_pid(store, dies.id)), "the worker is gone")

    before = _run(store, lives.id).last_sequence
    dispatcher = new_dispatcher()
    dead = _run(store, dies.id)
    assert dead.status == "failed", "told before the first page is served"
    assert "server was stopped" in (dead.reason or "")
    assert _run(store, lives.id).status == "running"
    wait_for(lambda: _run(store, lives.id).last_sequence > before, "it goes on")
    dispatcher.close()
    over = _run(store, lives.id)
    assert (over.status, over.reason) == ("stopped", "The server was shut down.")
    assert _kinds(store, lives.id).count("started") == 1


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
    ended = sorted((_over(store, run.id) for run in runs), key=lambda run: str(run.started))
    assert [run.name for run in ended] == ["Ann's first", "Ben's first", "Ann's second"]
    for earlier, later in pairwise(ended):
        assert earlier.ended is not None
        assert later.started is not None
        assert earlier.ended <= later.started, "one at a time"
    for run in ended:
        assert run.status == "finished", run.reason
        assert _kinds(store, run.id).count("started") == 1


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
