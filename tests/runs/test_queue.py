"""Real dispatchers and real worker processes, training a tiny network on the digits."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from explorer.errors import ExplorerError
from explorer.runs.processes import SPARE
from explorer.runs.queue import Dispatcher
from explorer.runs.schema import runs_table
from explorer.runs.store import Run, RunStore
from explorer.settings import settings
from explorer.training.control import ChangeLearningRate, Continue, Pause, SaveNow
from explorer.training.resume import stored_step
from tests.runs.helpers import ANN, BEN, make_job, wait_for

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = 1000
LONG = 60

SERVER = """
import time
from explorer.runs.processes import SPARE
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


def _kinds_after(store: RunStore, run_id: str, kind: str) -> list[str]:
    """What a run said after it first said this; nothing if it did not."""
    kinds = _kinds(store, run_id)
    return kinds[kinds.index(kind) + 1 :] if kind in kinds else []


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


def _kill_worker(store: RunStore, run_id: str, number: signal.Signals = signal.SIGKILL) -> int:
    pid = _worker_pid(store, run_id)
    os.kill(pid, number)
    return pid


def _wait_for_another_worker(store: RunStore, run_id: str, pid: int, seconds: float = 120) -> None:
    def another() -> bool:
        with store.engine.connect() as connection:
            now = connection.scalar(
                select(runs_table.c.worker_pid).where(runs_table.c.id == run_id)
            )
        return now not in (None, pid)

    wait_for(another, f"another worker than {pid}", seconds)


def _steps(store: RunStore, run_id: str) -> list[int]:
    return [e.step for _, e in store.events(run_id, kinds=("progress",)) if e.kind == "progress"]


def _ends_of_epochs(store: RunStore, run_id: str) -> list[object]:
    ends = [event for _, event in store.events(run_id, kinds=("epoch_end",))]
    return [event.model_copy(update={"seconds": 0}) for event in ends]


def _results(store: RunStore, run_id: str) -> list[object]:
    ((_, finished),) = store.events(run_id, kinds=("finished",))
    assert finished.kind == "finished"
    return [result.model_copy(update={"seconds": 0}) for result in finished.results]


def test_a_killed_worker_is_replaced_and_the_run_ends_as_if_nothing_had_happened(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    job = make_job(epochs=LONG, batch_size=64, schedule="one_cycle")
    run, same = (store.create(ANN, job, name) for name in ("killed", "not killed"))
    _wait_for_progress(store, run.id)
    own_niceness = os.getpriority(os.PRIO_PROCESS, 0)
    pid = _worker_pid(store, run.id)
    assert os.getpriority(os.PRIO_PROCESS, pid) > own_niceness, "it gives way to the server"
    wait_for(lambda: stored_step(run.directory), "a checkpoint")
    before = store.events(run.id)
    _kill_worker(store, run.id)
    seconds = wait_for(lambda: _run(store, run.id).note, "the death is told", seconds=5)
    print(f"told after {seconds:.2f} s")
    note = _run(store, run.id).note or ""
    assert "killed by signal 9" in note and "memory" in note
    assert "goes on from step" in note
    over = _over(store, run.id)
    assert (over.status, over.reason, over.note) == ("finished", None, None)
    assert store.events(run.id)[: len(before)] == before, "what came before stays"
    kinds = _kinds(store, run.id)
    assert kinds.count("started") == kinds.count("resumed") == kinds.count("finished") == 1
    steps = _steps(store, run.id)
    assert steps == sorted(set(steps)), "no step is told twice"
    assert _over(store, same.id).status == "finished"
    assert _ends_of_epochs(store, run.id) == _ends_of_epochs(store, same.id)
    assert _results(store, run.id) == _results(store, same.id)
    assert stored_step(run.directory) is None, "what is over needs no checkpoint"


def test_a_second_death_ends_the_run(store: RunStore, new_dispatcher: MakeDispatcher) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "killed twice")
    _wait_for_progress(store, run.id)
    first = _kill_worker(store, run.id)
    _wait_for_another_worker(store, run.id, first)
    _kill_worker(store, run.id)
    over = _over(store, run.id)
    assert over.status == "failed"
    assert "signal 9" in (over.reason or "")
    assert "second for this run" in (over.reason or "")


def test_a_worker_that_hangs_is_killed_and_replaced(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "hangs")
    _wait_for_progress(store, run.id)
    monkeypatch.setattr("explorer.runs.queue.SILENT_SECONDS", 2)
    pid = _kill_worker(store, run.id, signal.SIGSTOP)
    wait_for(lambda: not _exists(pid), "it is killed")
    monkeypatch.setattr("explorer.runs.queue.SILENT_SECONDS", 60)
    assert "not heard of for 2 seconds" in (_run(store, run.id).note or "")
    _wait_for_another_worker(store, run.id, pid)
    store.request_stop(run.id, ANN)
    assert _over(store, run.id).status == "stopped"


def test_a_worker_asked_to_end_leaves_the_run_to_another(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "terminated")
    _wait_for_progress(store, run.id)
    pid = _kill_worker(store, run.id, signal.SIGTERM)
    _wait_for_another_worker(store, run.id, pid)
    wait_for(lambda: "resumed" in _kinds(store, run.id), "it goes on")
    store.request_stop(run.id, ANN)
    assert _over(store, run.id).status == "stopped"
    steps = _steps(store, run.id)
    assert steps == sorted(set(steps))


def test_pause_change_save_and_continue_are_answered_within_a_second(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "asked")
    _wait_for_progress(store, run.id)
    for wish, answer in (
        (SaveNow(), "checkpointed"),
        (ChangeLearningRate(learning_rate=0.003), "learning_rate_changed"),
        (Pause(), "paused"),
    ):
        store.ask(run.id, ANN, wish)
        seconds = wait_for(lambda: answer in _kinds(store, run.id), answer, every=0.01)  # noqa: B023
        print(f"{answer} after {seconds:.2f} s")
        assert seconds < 1.5  # on a machine that does other things too
    status = store.status(run.id)
    assert status is not None and status.paused and status.status == "running"
    last = store.events(run.id)[-1]
    time.sleep(0.6)  # three times as long as a worker needs to report
    assert store.events(run.id)[-1] == last, "it rests"
    store.ask(run.id, ANN, Continue())
    wait_for(lambda: "progress" in _kinds_after(store, run.id, "continued"), "it goes on")
    status = store.status(run.id)
    assert status is not None and not status.paused
    store.request_stop(run.id, ANN)
    assert _over(store, run.id).status == "stopped"
    timed = [e for _, e in store.events(run.id, kinds=("progress",)) if e.kind == "progress"]
    paused = next(e.step for _, e in store.events(run.id) if e.kind == "paused")
    before = [event.seconds for event in timed if event.step <= paused]
    after = [event.seconds for event in timed if event.step > paused]
    assert after[0] - before[-1] < 0.6, "the rest does not count"


def test_a_paused_run_lets_others_train_and_goes_on_later(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "rests")
    _wait_for_progress(store, run.id)
    store.ask(run.id, ANN, Pause())
    wait_for(lambda: "paused" in _kinds(store, run.id), "it rests")
    other = store.create(BEN, make_job(), "waits")
    assert _over(store, other.id).status == "finished"
    assert _run(store, run.id).status == "paused"
    store.ask(run.id, ANN, Continue())
    wait_for(lambda: "continued" in _kinds(store, run.id), "it goes on")
    wait_for(lambda: "progress" in _kinds_after(store, run.id, "continued"), "it trains")
    store.request_stop(run.id, ANN)
    assert _over(store, run.id).status == "stopped"


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


def test_closing_the_server_leaves_its_runs_to_the_next_one(
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
    assert _run(store, run.id).status == "queued"
    assert _kinds(store, run.id)[-1] == "suspended"
    assert not _exists(pid)
    assert _run(store, waiting.id) == waiting
    assert store.position(run.id) == 1, "it has begun, and waits for longest"
    told = _run(store, run.id).last_sequence
    following = Dispatcher(store)
    following.start()
    wait_for(lambda: _run(store, run.id).last_sequence > told + 5, "it goes on")
    store.request_stop(run.id, ANN)
    assert _over(store, run.id).status == "stopped"
    assert _over(store, waiting.id).status == "finished"
    following.close()
    steps = _steps(store, run.id)
    assert steps == sorted(set(steps))


def test_the_next_server_takes_up_dead_runs_and_adopts_living_ones(
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
    assert "server was stopped" in (_run(store, dies.id).note or ""), "told before the first page"
    assert _run(store, lives.id).status == "running"
    seconds = wait_for(lambda: "resumed" in _kinds(store, dies.id), "it is taken up", seconds=30)
    print(f"taken up after {seconds:.1f} s")
    wait_for(lambda: _run(store, lives.id).last_sequence > before, "it goes on")
    dispatcher.close()
    assert [_run(store, run.id).status for run in (dies, lives)] == ["queued", "queued"]
    assert _kinds(store, lives.id).count("started") == _kinds(store, dies.id).count("started") == 1


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


def test_a_spare_worker_takes_the_next_run_and_ends_with_its_server(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_SPARE_WORKERS", "1")
    settings.cache_clear()
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=dict(os.environ))
    wait_for(_children_of_worker_module, "a spare worker")
    (spare,) = _children_of_worker_module()
    run = store.create(ANN, make_job(), "quick")
    assert _over(store, run.id).status == "finished"
    assert _worker_pid(store, run.id) == spare
    log = (run.directory / "worker.log").read_text()
    assert "Traceback" not in log
    wait_for(lambda: _children_of_worker_module() - {spare}, "another spare worker")
    server.kill()
    server.wait()
    wait_for(lambda: not _children_of_worker_module(), "it ends with its server")


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
    assert _over(store, run.id).status == "finished"
    assert _worker_pid(store, run.id) != spare
