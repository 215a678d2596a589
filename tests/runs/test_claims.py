"""Who trains what, when several processes want the same: decided once, in the database."""

import threading
from collections.abc import Callable

import pytest

from explorer.errors import ExplorerError
from explorer.runs.claims import (
    Claim,
    ClaimLostError,
    ask_to_stop,
    end_in_place,
    in_training,
    reserve,
)
from explorer.runs.store import Run, RunStore
from explorer.settings import settings
from explorer.training.events import Preparing, TrainingEnded
from tests.runs.helpers import ANN, BEN, CY, make_job

EVENT = Preparing(message="reading", done=1, total=2)


def _at_once(times: int, action: Callable[[RunStore], object]) -> list[object]:
    """What `action` returns in so many threads that start together, each with its own store."""
    start = threading.Barrier(times)
    results: list[object] = []

    def act() -> None:
        store = RunStore(settings().database)
        start.wait()
        results.append(action(store))
        store.engine.dispose()

    threads = [threading.Thread(target=act) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times, "no thread broke off"
    return results


def _run(store: RunStore, run_id: str) -> Run:
    run = store.run(run_id)
    assert run is not None
    return run


def test_dispatchers_at_once_start_each_run_once_and_no_more_than_allowed(store: RunStore) -> None:
    for _ in range(15):
        ids = [store.create(visitor, make_job(), "run").id for visitor in (ANN, BEN, CY, ANN)]
        reserved = _at_once(6, lambda own: reserve(own, max_workers=2))
        taken = sorted(str(run_id) for run_id in reserved if run_id is not None)
        running = in_training(store)
        assert taken == sorted(run.id for run in running)
        assert len(taken) == 2
        for run in running:
            end_in_place(store, run, "failed", "test")
        for run_id in set(ids) - set(taken):
            store.delete(run_id, _run(store, run_id).visitor)


def test_of_workers_at_once_one_gets_the_run(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claims = _at_once(8, lambda own: Claim.take(own, run.id))
    assert sum(claim is not None for claim in claims) == 1


def test_the_next_run_is_the_first_of_the_order(store: RunStore) -> None:
    ids = [store.create(visitor, make_job(), "run").id for visitor in (ANN, ANN, BEN)]
    assert [store.position(run_id) for run_id in ids] == [1, 3, 2]
    assert reserve(store, max_workers=1) == ids[0]
    assert reserve(store, max_workers=1) is None
    assert [store.position(run_id) for run_id in ids] == [None, 2, 1]
    assert reserve(store, max_workers=2) == ids[2]
    # Everybody has one running: now Ann's second may start.
    assert reserve(store, max_workers=3) == ids[1]


def test_whoever_just_had_a_turn_lets_others_go_first(store: RunStore) -> None:
    ids = [store.create(visitor, make_job(), "run").id for visitor in (ANN, ANN, BEN)]
    assert reserve(store, max_workers=1) == ids[0]
    (training,) = in_training(store)
    assert end_in_place(store, training, "failed", "test")
    assert reserve(store, max_workers=1) == ids[2]


def test_a_stopped_run_does_not_count_as_a_turn(store: RunStore) -> None:
    ids = [store.create(visitor, make_job(), "run").id for visitor in (ANN, ANN, BEN)]
    store.request_stop(ids[0], ANN)
    assert reserve(store, max_workers=1) == ids[1]


def test_only_waiting_and_reserved_runs_can_be_taken(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    store.request_stop(run.id, ANN)
    assert Claim.take(store, run.id) is None
    assert Claim.take(store, "A" * 22) is None
    assert _run(store, run.id).status == "stopped"


def test_a_worker_records_shows_that_it_lives_and_hears_of_a_stop(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    taken = _run(store, run.id)
    assert taken.heartbeat is not None
    assert claim.record([EVENT]) is None
    recorded = _run(store, run.id)
    assert recorded.heartbeat is not None
    assert recorded.heartbeat > taken.heartbeat
    store.request_stop(run.id, ANN)
    stopping = store.status(run.id)
    assert stopping is not None
    assert (stopping.status, stopping.stopping) == ("running", True)
    assert claim.record([EVENT]) == "Stopped on request."
    ended = TrainingEnded(reason="stopped", step=1, seconds=1)
    claim.end([ended], "stopped", "Stopped on request.")
    assert store.events(run.id) == [(1, EVENT), (2, EVENT), (3, ended)]
    over = _run(store, run.id)
    assert (over.status, over.reason, over.stopping) == ("stopped", "Stopped on request.", False)
    assert over.ended is not None


def test_a_worker_believed_dead_cannot_write_any_more(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.record([EVENT])
    (training,) = in_training(store)
    assert end_in_place(store, training, "failed", "It was not heard of.")
    with pytest.raises(ClaimLostError):
        claim.record([EVENT])
    with pytest.raises(ClaimLostError):
        claim.end([EVENT], "finished", None)
    failed = _run(store, run.id)
    assert (failed.status, failed.reason) == ("failed", "It was not heard of.")
    assert store.events(run.id) == [(1, EVENT)]


def test_what_was_seen_before_a_worker_came_does_not_end_its_run(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    reserve(store, max_workers=1)
    (before,) = in_training(store)
    claim = Claim.take(store, run.id)
    assert claim is not None
    assert not end_in_place(store, before, "failed", "No worker came.")
    claim.end([], "finished", None)
    assert not end_in_place(store, before, "failed", "No worker came.")
    assert _run(store, run.id).status == "finished"


def test_the_owners_wish_to_stop_is_not_overwritten(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    other = store.create(BEN, make_job(), "run")
    claims = [Claim.take(store, each.id) for each in (run, other)]
    store.request_stop(run.id, ANN)
    ask_to_stop(store, [run.id, other.id], "The server was shut down.")
    reasons = [claim.record([]) for claim in claims if claim]
    assert reasons == ["Stopped on request.", "The server was shut down."]


def test_a_run_in_training_is_not_deleted(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    with pytest.raises(ExplorerError, match="being trained"):
        store.delete(run.id, ANN)
    claim.end([], "finished", None)
    store.delete(run.id, ANN)
    assert store.run(run.id) is None
