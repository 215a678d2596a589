"""Of several GPUs each worker sees its own: real workers, on a machine that is told it has two."""

from pathlib import Path

import pytest

from explorer.runs.claims import busy_gpus, place_on_gpu, reserve
from explorer.runs.processes import SpareWorkers
from explorer.runs.store import RunStore
from explorer.settings import settings
from tests.runs.conftest import MakeDispatcher
from tests.runs.helpers import (
    ANN,
    BEN,
    CY,
    ENDLESS,
    ended_run,
    make_job,
    wait_for,
    wait_for_progress,
    worker_pid,
)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="reads what processes were given, from Linux"
)
VARIABLE = "CUDA_VISIBLE_DEVICES"


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.runs.queue.gpus", lambda: ("4", "GPU-c2d4"))
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "3")
    settings.cache_clear()


def _environment(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_text("utf-8").split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _gpu(store: RunStore, run_id: str) -> str | None:
    status = store.status(run_id)
    assert status is not None
    return status.gpu


def _trains(store: RunStore, visitor: str) -> str:
    run = store.create(visitor, make_job(epochs=ENDLESS), "trains")
    wait_for_progress(store, run.id)
    return run.id


@pytest.mark.usefixtures("two_gpus")
def test_each_run_has_a_gpu_to_itself_as_long_as_there_are_enough(
    store: RunStore, new_dispatcher: MakeDispatcher
) -> None:
    dispatcher = new_dispatcher()
    assert dispatcher.quietest_gpu(None) == "4"
    first, second = _trains(store, ANN), _trains(store, BEN)
    given = [_environment(worker_pid(store, run_id))[VARIABLE] for run_id in (first, second)]
    assert given == ["4", "GPU-c2d4"] == [_gpu(store, first), _gpu(store, second)]
    store.request_stop(first, ANN)
    ended_run(store, first)
    assert _gpu(store, first) == "4", "that of its past"
    assert dispatcher.quietest_gpu("GPU-c2d4") == "4"
    third = _trains(store, CY)
    assert _environment(worker_pid(store, third))[VARIABLE] == "4"
    assert dispatcher.quietest_gpu("GPU-c2d4") == "GPU-c2d4", "as busy as the other"
    for run_id, visitor in ((second, BEN), (third, CY)):
        store.request_stop(run_id, visitor)
        ended_run(store, run_id)
    assert busy_gpus(store) == []


@pytest.mark.usefixtures("two_gpus")
def test_a_spare_worker_waits_on_the_gpu_of_the_next_run(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_SPARE_WORKERS", "1")
    monkeypatch.setattr("explorer.runs.processes.REFILL_SECONDS", 0)
    settings.cache_clear()
    dispatcher = new_dispatcher()
    wait_for(lambda: dispatcher._spares.gpus == ["4"], "a spare worker on the first")
    ((spare, _),) = dispatcher._spares._spares
    run_id = _trains(store, ANN)
    assert worker_pid(store, run_id) == spare.pid
    assert _environment(spare.pid)[VARIABLE] == "4" == _gpu(store, run_id)
    wait_for(lambda: dispatcher._spares.gpus == ["GPU-c2d4"], "the next on the other")
    ((next_spare, _),) = dispatcher._spares._spares
    assert _environment(next_spare.pid)[VARIABLE] == "GPU-c2d4"
    store.request_stop(run_id, ANN)
    ended_run(store, run_id)
    other = _trains(store, BEN)
    assert worker_pid(store, other) == next_spare.pid, "both are free, and there it starts at once"
    store.request_stop(other, BEN)
    ended_run(store, other)


def test_a_spare_worker_on_a_gpu_that_got_busy_gives_way_to_one_elsewhere() -> None:
    spares = SpareWorkers(max_workers=2)
    try:
        spares.refill(["1", "0"], {})
        first, second = (process for process, _ in spares._spares)
        spares.refill(["0", "0"], {})
        assert first.returncode is not None and second.poll() is None
        assert spares.gpus == ["0", "0"]
        assert [_environment(process.pid)[VARIABLE] for process, _ in spares._spares] == ["0", "0"]
        assert spares.take("a" * 22, "1") is None
    finally:
        spares.close()


def test_nothing_changes_where_there_is_at_most_one_gpu(
    store: RunStore, new_dispatcher: MakeDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "3")
    monkeypatch.setattr("explorer.runs.queue.gpus", lambda: ("3",))
    dispatcher = new_dispatcher()
    run_id = _trains(store, ANN)
    assert _environment(worker_pid(store, run_id))[VARIABLE] == "3"
    assert _gpu(store, run_id) is None is dispatcher.quietest_gpu(None)
    store.request_stop(run_id, ANN)
    ended_run(store, run_id)


def test_runs_of_other_machines_are_on_other_gpus(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (store.create(visitor, make_job(), "placed") for visitor in (ANN, BEN))
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("explorer.runs.claims.HOST", "another")
        assert reserve(store, max_workers=2) == here.id
        assert place_on_gpu(store, here.id, ("0", "1"), []) == "0"
    assert reserve(store, max_workers=2) == there.id
    assert place_on_gpu(store, there.id, ("0", "1"), []) == "0"
    assert busy_gpus(store) == ["0"]
