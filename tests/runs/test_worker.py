"""Inside a worker: nothing that training said is lost, and every end has its words."""

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, update

from explorer.errors import ExplorerError
from explorer.runs.claim import Claim
from explorer.runs.schema import runs_table
from explorer.runs.store import Run, RunStore
from explorer.runs.worker import _told, main
from explorer.runs.writer import Writer
from explorer.training import events
from explorer.training.told import Told
from tests.runs.helpers import ANN, make_job, wait_for

FINISHED = events.Finished(
    reason="completed",
    seconds=1,
    results=(),
    test_size=0,
    disagreement_count=0,
    disagreements=(),
)


def test_of_halved_batches_a_worker_knows_every_contender(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "halved")
    both = [
        events.BatchHalved(step=1, contender=name, batch_size=64) for name in ("first", "second")
    ]
    store.append(run.id, both)
    told = _told(store, run.id)
    assert [told.knows(event) for event in both] == [True, True]
    assert not told.knows(both[0].model_copy(update={"contender": "third"}))


def _preparing(number: int) -> events.Preparing:
    return events.Preparing(message="x" * 2000, done=number, total=100)


def _run_of(
    store: RunStore,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., Iterator[events.Event]],
) -> Run:
    """The run after a worker (in this process) iterated `train` for it."""
    # Signals and niceness are this whole process's; the tests with real workers cover them.
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("os.nice", lambda _: None)
    monkeypatch.setattr("explorer.runs.worker.open_store", lambda: store)
    monkeypatch.setattr("explorer.training.loop.train", train)
    created = store.create(ANN, make_job(), "run")
    assert main(created.id) == 0
    run = store.run(created.id)
    assert run is not None
    return run


def test_training_gets_the_job_and_its_folder(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def train(job: Any, **options: Any) -> Iterator[events.Event]:
        given.update(options, job=job)
        yield FINISHED

    run = _run_of(store, monkeypatch, train)
    assert (run.status, run.reason) == ("finished", None)
    assert given["job"] == make_job()
    assert given["directory"] == run.directory
    assert run.directory.is_dir()
    assert given["control"].attention is False
    assert given["told"] == Told()
    assert store.events(run.id) == [(1, FINISHED)]


def test_what_training_says_about_its_failure_is_the_reason(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = events.Failed(what="It broke.", why="Because.", remedy="Mend it.")
    run = _run_of(store, monkeypatch, lambda *_, **__: iter([failed]))
    assert (run.status, run.reason) == ("failed", "It broke. Because. Mend it.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ExplorerError("2 is not 3.", "Take 3."), "^2 is not 3. Take 3.$"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("first line\nsecond line"), "unexpected RuntimeError: first line. The"),
        (KeyError(), "unexpected KeyError. The run's log"),
    ],
)
def test_an_error_ends_the_run_with_a_reason_and_keeps_what_was_said(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def train(*_: object, **__: object) -> Iterator[events.Event]:
        yield _preparing(1)
        raise error

    run = _run_of(store, monkeypatch, train)
    assert run.status == "failed"
    assert run.reason is not None
    assert re.search(words, run.reason)
    assert "second line" not in run.reason
    assert store.events(run.id) == [(1, _preparing(1))]


def test_training_that_just_ends_has_failed(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run_of(store, monkeypatch, lambda *_, **__: iter([_preparing(1)]))
    assert (run.status, run.reason) == ("failed", "Training ended without saying how.")


def test_a_job_of_another_release_fails_in_words(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = store.create(ANN, make_job(), "old")
    with store.engine.begin() as connection:
        connection.execute(update(runs_table).values(job="{}"))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("os.nice", lambda _: None)
    assert main(created.id) == 0
    run = store.run(created.id)
    assert run is not None
    assert run.status == "failed"
    assert "another release" in (run.reason or "")


def test_a_run_that_is_over_is_left_alone(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run_of(store, monkeypatch, lambda *_, **__: iter([FINISHED]))
    assert main(run.id) == 1
    assert store.run(run.id) == run
    assert store.events(run.id) == [(1, FINISHED)]


def test_a_full_disk_delays_events_but_loses_and_doubles_none(
    store: RunStore, caplog: pytest.LogCaptureFixture
) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("how SQLite is told that the disk is full")
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    pages = 1

    @event.listens_for(store.engine, "checkout")
    def limit(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    with caplog.at_level(logging.ERROR), Writer(claim) as writer:
        for number in range(20):
            writer.put(_preparing(number))
        wait_for(lambda: "database or disk is full" in caplog.text, "SQLite refuses")
        assert store.events(run.id) == []
        pages = 1_000_000
        wait_for(lambda: len(store.events(run.id)) == 20, "the events are stored after all")
        writer.put(_preparing(20))
    writer.end("finished", None)
    assert store.events(run.id) == [(n + 1, _preparing(n)) for n in range(21)]
