"""Who trains what, when several processes want the same: decided once, in the database."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from explorer.errors import ExplorerError
from explorer.runs.claim import Claim, ClaimLostError, Orders
from explorer.runs.claims import (
    ask_to_leave,
    end_in_place,
    in_training,
    leave_in_place,
    make_room,
    reserve,
    take_over,
)
from explorer.runs.store import Run, RunStore
from explorer.settings import settings
from explorer.training.control import ChangeLearningRate, Continue, Pause, SaveNow
from explorer.training.events import Paused, Preparing, Suspended, TrainingEnded
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
    assert claim.record([EVENT]) == Orders(None, False, ())
    recorded = _run(store, run.id)
    assert recorded.heartbeat is not None
    assert recorded.heartbeat > taken.heartbeat
    store.request_stop(run.id, ANN)
    stopping = store.status(run.id)
    assert stopping is not None
    assert (stopping.status, stopping.stopping) == ("running", True)
    assert claim.record([EVENT]).stop_reason == "Stopped on request."
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


def test_wishes_are_heard_in_order_and_once(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    with pytest.raises(ExplorerError, match="not being trained"):
        store.ask(run.id, ANN, Pause())
    claim = Claim.take(store, run.id)
    assert claim is not None
    wishes = (ChangeLearningRate(learning_rate=0.5), Pause(), SaveNow(), Continue())
    for wish in wishes[:2]:
        store.ask(run.id, ANN, wish)
    with pytest.raises(ExplorerError, match="no such run among yours"):
        store.ask(run.id, BEN, Pause())
    assert claim.record([]).wishes == ((1, wishes[0]), (2, wishes[1]))
    for wish in wishes[2:]:
        store.ask(run.id, ANN, wish)
    assert claim.record([], wishes_heard=2).wishes == ((3, wishes[2]), (4, wishes[3]))
    assert claim.record([], wishes_heard=4).wishes == ()
    claim.end([], "finished", None)
    with pytest.raises(ExplorerError, match="not being trained"):
        store.ask(run.id, ANN, Pause())


def test_wishes_of_many_at_once_get_a_number_each(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    _at_once(8, lambda own: own.ask(run.id, ANN, SaveNow()))
    assert [number for number, _ in claim.record([]).wishes] == list(range(1, 9))


def _status(store: RunStore, run_id: str) -> str:
    return _run(store, run_id).status


def test_a_run_that_rests_gives_its_place_to_whoever_waits(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "rests")
    assert reserve(store, max_workers=1) == run.id
    claim = Claim.take(store, run.id)
    assert claim is not None
    store.ask(run.id, ANN, Pause())
    assert not _run(store, run.id).paused, "not before the worker says so"
    claim.record([Paused(step=3, command=1)], wishes_heard=1)
    assert _run(store, run.id).paused
    make_room(store, timedelta(minutes=1))
    assert not claim.record([], 1).leaving, "nobody waits"
    other = store.create(BEN, make_job(), "waits")
    assert reserve(store, max_workers=1) is None
    make_room(store, timedelta(minutes=1))
    assert claim.record([], 1).leaving
    claim.leave([Suspended(step=3)], paused=True, wishes_heard=1)
    assert _status(store, run.id) == "paused"
    assert reserve(store, max_workers=1) == other.id
    assert store.position(run.id) is None
    store.ask(run.id, ANN, Continue())
    assert _status(store, run.id) == "queued"
    assert store.position(run.id) == 1
    assert reserve(store, max_workers=2) == run.id
    again = Claim.take(store, run.id)
    assert again is not None
    assert again.record([]).wishes == ((1, Pause()), (2, Continue()))


def test_a_long_rest_ends_the_process_even_if_nobody_waits(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "rests")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.record([Paused(step=3, command=1)])
    make_room(store, timedelta(0))
    assert claim.record([]).leaving


def test_a_rest_that_is_about_to_end_is_left_alone(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "rests")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.record([Paused(step=3, command=1)])
    store.create(BEN, make_job(), "waits")
    store.request_stop(run.id, ANN)
    make_room(store, timedelta(0))
    assert not claim.record([]).leaving


def test_a_wish_that_crosses_with_leaving_brings_the_run_back(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "rests")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.record([Paused(step=3, command=1)])
    store.ask(run.id, ANN, Continue())
    claim.leave([], paused=True, wishes_heard=0)
    assert _status(store, run.id) == "queued"


def test_stopping_a_paused_run_has_it_measured(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "rests")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.leave([], paused=True, wishes_heard=0)
    store.request_stop(run.id, ANN)
    assert (_status(store, run.id), _run(store, run.id).stopping) == ("queued", True)
    again = Claim.take(store, run.id)
    assert again is not None
    assert again.record([]).stop_reason == "Stopped on request."


def test_of_servers_at_once_one_takes_over_a_run_without_worker(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    (training,) = in_training(store)
    taken = _at_once(6, lambda own: take_over(own, training, "It died.", step=7, death=True))
    assert sum(each is not None for each in taken) == 1
    (now,) = in_training(store)
    assert (now.deaths, now.interruptions, now.resumed_step, now.worker_pid) == (1, 0, 7, None)
    assert _run(store, run.id).note == "It died."
    with pytest.raises(ClaimLostError):
        claim.record([EVENT])
    assert not leave_in_place(store, training), "another worker may have it already"
    workers = _at_once(4, lambda own: Claim.take(own, run.id))
    assert sum(worker is not None for worker in workers) == 1


def test_interruptions_are_counted_until_the_run_gets_further(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    counted = []
    for step in (None, 5, 5, 5, 6):
        claim = Claim.take(store, run.id)
        assert claim is not None
        (training,) = in_training(store)
        assert take_over(store, training, "gone", step=step, death=False)
        counted.append(in_training(store)[0].interruptions)
    assert counted == [1, 1, 2, 3, 1]


def test_whoever_is_asked_to_leave_hears_it(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    other = store.create(BEN, make_job(), "run")
    claims = [Claim.take(store, each.id) for each in (run, other)]
    ask_to_leave(store, [run.id])
    assert [claim.record([]).leaving for claim in claims if claim] == [True, False]


def test_a_run_in_training_is_not_deleted(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    with pytest.raises(ExplorerError, match="being trained"):
        store.delete(run.id, ANN)
    claim.end([], "finished", None)
    store.delete(run.id, ANN)
    assert store.run(run.id) is None
