"""Workers and servers that die or are asked to end, and runs that go on all the same."""

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from explorer.runs.queue import Dispatcher
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.resume import stored_step
from tests.runs.conftest import MakeDispatcher
from tests.runs.helpers import (
    ANN,
    BEN,
    ENDLESS,
    LONG,
    ROOT,
    SERVER,
    ended_run,
    has_said,
    kinds_of,
    make_job,
    the_run,
    wait_for,
    wait_for_progress,
    worker_pid,
)

pytestmark = pytest.mark.usefixtures("forked_workers")


def _kill_worker(store: RunStore, run_id: str, number: signal.Signals = signal.SIGKILL) -> int:
    pid = worker_pid(store, run_id)
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


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_worker_is_replaced_and_the_run_ends_as_if_nothing_had_happened(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    job = make_job(epochs=LONG, batch_size=64, schedule="one_cycle")
    run, same = (store.create(ANN, job, name) for name in ("killed", "not killed"))
    wait_for_progress(store, run.id)
    own_niceness = os.getpriority(os.PRIO_PROCESS, 0)
    pid = worker_pid(store, run.id)
    assert os.getpriority(os.PRIO_PROCESS, pid) > own_niceness, "it gives way to the server"
    wait_for(lambda: stored_step(run.directory), "a checkpoint")
    before = store.events(run.id)
    _kill_worker(store, run.id)
    seconds = wait_for(lambda: the_run(store, run.id).note, "the death is told")
    print(f"told after {seconds:.2f} s")
    note = the_run(store, run.id).note or ""
    assert "killed by signal 9" in note and "memory" in note
    assert "goes on from step" in note
    over = ended_run(store, run.id)
    assert (over.status, over.reason, over.note) == ("finished", None, None)
    assert store.events(run.id)[: len(before)] == before, "what came before stays"
    kinds = kinds_of(store, run.id)
    assert kinds.count("started") == kinds.count("resumed") == kinds.count("finished") == 1
    steps = _steps(store, run.id)
    assert steps == sorted(set(steps)), "no step is told twice"
    assert ended_run(store, same.id).status == "finished"
    assert _ends_of_epochs(store, run.id) == _ends_of_epochs(store, same.id)
    assert _results(store, run.id) == _results(store, same.id)
    assert stored_step(run.directory) is None, "what is over needs no checkpoint"


def test_a_second_death_ends_the_run(store: RunStore, new_dispatcher: MakeDispatcher) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "killed twice")
    wait_for_progress(store, run.id)
    first = _kill_worker(store, run.id)
    _wait_for_another_worker(store, run.id, first)
    _kill_worker(store, run.id)
    over = ended_run(store, run.id)
    assert over.status == "failed"
    assert "signal 9" in (over.reason or "")
    assert "second for this run" in (over.reason or "")


def test_a_worker_that_hangs_is_killed_and_replaced(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "hangs")
    wait_for_progress(store, run.id)
    monkeypatch.setattr("explorer.runs.queue.SILENT_SECONDS", 2)
    pid = _kill_worker(store, run.id, signal.SIGSTOP)
    wait_for(lambda: not _exists(pid), "it is killed")
    wait_for(
        lambda: "not heard of for 2 seconds" in (the_run(store, run.id).note or ""), "it is told"
    )
    monkeypatch.setattr("explorer.runs.queue.SILENT_SECONDS", 60)
    _wait_for_another_worker(store, run.id, pid)
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"


def test_a_worker_asked_to_end_leaves_the_run_to_another(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    new_dispatcher()
    run = store.create(ANN, make_job(epochs=ENDLESS), "terminated")
    wait_for_progress(store, run.id)
    pid = _kill_worker(store, run.id, signal.SIGTERM)
    _wait_for_another_worker(store, run.id, pid)
    wait_for(lambda: has_said(store, run.id, "resumed"), "it goes on")
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"
    steps = _steps(store, run.id)
    assert steps == sorted(set(steps))


def test_closing_the_server_leaves_its_runs_to_the_next_one(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "1")
    settings.cache_clear()
    dispatcher = Dispatcher(store)
    dispatcher.start()
    run = store.create(ANN, make_job(epochs=ENDLESS), "running")
    waiting = store.create(ANN, make_job(), "waiting")
    wait_for_progress(store, run.id)
    pid = worker_pid(store, run.id)
    dispatcher.close()
    assert the_run(store, run.id).status == "queued"
    assert kinds_of(store, run.id)[-1] == "suspended"
    assert not _exists(pid)
    assert the_run(store, waiting.id) == waiting
    assert store.position(run.id) == 1, "it has begun, and waits for longest"
    told = the_run(store, run.id).last_sequence
    following = Dispatcher(store)
    following.start()
    wait_for(lambda: the_run(store, run.id).last_sequence > told + 5, "it goes on")
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"
    assert ended_run(store, waiting.id).status == "finished"
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
        wait_for_progress(store, run.id)
    server.kill()
    server.wait()
    os.kill(worker_pid(store, dies.id), signal.SIGKILL)
    wait_for(lambda: not _exists(worker_pid(store, dies.id)), "the worker is gone")

    before = the_run(store, lives.id).last_sequence
    dispatcher = new_dispatcher()
    assert "server was stopped" in (the_run(store, dies.id).note or ""), (
        "told before the first page"
    )
    assert the_run(store, lives.id).status == "running"
    seconds = wait_for(lambda: has_said(store, dies.id, "resumed"), "it is taken up")
    print(f"taken up after {seconds:.1f} s")
    wait_for(lambda: the_run(store, lives.id).last_sequence > before, "it goes on")
    dispatcher.close()
    assert [the_run(store, run.id).status for run in (dies, lives)] == ["queued", "queued"]
    assert (
        kinds_of(store, lives.id).count("started") == kinds_of(store, dies.id).count("started") == 1
    )
