"""A database that goes away and comes back: no run is lost by it, and nothing is told twice."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from explorer.runs import database
from explorer.runs.claim import Claim, ClaimLostError
from explorer.runs.claims import reserve
from explorer.runs.database import DatabaseAwayError
from explorer.runs.queue import Dispatcher
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.runs.writer import Writer
from explorer.settings import settings
from explorer.training.events import Preparing
from tests.runs.helpers import (
    ANN,
    ENDLESS,
    ended_run,
    kinds_of,
    make_job,
    the_run,
    wait_for,
    wait_for_progress,
    worker_pid,
)


def _said(*numbers: int) -> list[Preparing]:
    return [Preparing(message="x", done=number, total=100) for number in numbers]


def _told(store: RunStore, run_id: str) -> list[int]:
    numbered = store.events(run_id)
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    return [event.done for _, event in numbered if isinstance(event, Preparing)]


@contextmanager
def _answers_are_lost(store: RunStore) -> Iterator[None]:
    """The database does what is asked of it, and nobody hears so."""
    dialect: Any = store.engine.dialect
    commit = dialect.do_commit

    def done_and_gone(connection: Any) -> None:
        commit(connection)
        raise dialect.dbapi.OperationalError("the connection was lost")

    dialect.do_commit = done_and_gone
    try:
        yield
    finally:
        dialect.do_commit = commit


@contextmanager
def _away(store: RunStore) -> Iterator[None]:
    """The database cannot be reached through this store."""
    dialect: Any = store.engine.dialect
    begin = dialect.do_begin

    def refuse(_connection: Any) -> None:
        raise dialect.dbapi.OperationalError("nobody there")

    dialect.do_begin = refuse
    try:
        yield
    finally:
        dialect.do_begin = begin


def _looks(own: RunStore) -> None:
    """Until the queue has looked at the runs once more, from beginning to end."""
    for _ in range(2):
        own.changed.set()
        wait_for(lambda: not own.changed.is_set(), "the queue looks")


def test_events_whose_storing_was_not_confirmed_are_not_stored_twice(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.record(_said(1, 2))
    with _answers_are_lost(store), pytest.raises(OperationalError):
        claim.record(_said(3, 4))
    claim.record(_said(3, 4, 5))
    with _away(store), pytest.raises(OperationalError):
        claim.record(_said(6))
    claim.record(_said(6, 7))
    claim.record(_said(8))
    assert _told(store, run.id) == [1, 2, 3, 4, 5, 6, 7, 8]
    with _answers_are_lost(store), pytest.raises(OperationalError):
        claim.end(_said(9), "finished", None)
    claim.end(_said(9), "finished", None)
    assert _told(store, run.id)[-2:] == [8, 9]
    assert the_run(store, run.id).status == "finished"


def test_a_run_ended_by_somebody_else_during_an_outage_is_not_taken_for_ones_own_end(
    store: RunStore,
) -> None:
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    with _away(store), pytest.raises(OperationalError):
        claim.end(_said(1), "finished", None)
    with store.engine.begin() as connection:
        connection.execute(update(runs_table).values(status="failed"))
    with pytest.raises(ClaimLostError):
        claim.end(_said(1), "finished", None)


def test_a_worker_that_took_its_run_without_hearing_so_has_it(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    with _answers_are_lost(store), pytest.raises(OperationalError):
        Claim.take(store, run.id)
    assert Claim.take(store, run.id) is None, "it has a worker"
    claim = Claim.take(store, run.id, again=True)
    assert claim is not None
    claim.record(_said(1))
    assert _told(store, run.id) == [1]


def test_what_is_said_while_the_database_is_away_is_stored_in_order_afterwards(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.runs.database.time.sleep", lambda _seconds: None)
    run = store.create(ANN, make_job(), "run")
    claim = Claim.take(store, run.id)
    assert claim is not None
    refused = threading.Event()
    record = claim.record

    def watched(*arguments: Any) -> Any:
        try:
            return record(*arguments)
        except SQLAlchemyError:
            refused.set()
            raise

    monkeypatch.setattr(claim, "record", watched)
    with Writer(claim) as writer:
        for lost in (_away, _answers_are_lost):
            refused.clear()
            with lost(store):
                for event in _said(*range(10)):
                    writer.put(event)
                assert refused.wait(60)
    writer.end("finished", None)
    assert _told(store, run.id) == [*range(10), *range(10)]


def test_the_queue_does_not_take_workers_for_dead_that_could_not_report(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own, clock = RunStore(settings().database), time.monotonic
    dispatcher = Dispatcher(own)
    dispatcher.start()
    run = store.create(ANN, make_job(epochs=ENDLESS), "trains on")
    wait_for_progress(store, run.id)
    pid = worker_pid(store, run.id)
    _looks(own)
    os.kill(pid, signal.SIGSTOP)  # it cannot report either
    with _away(own), caplog.at_level(logging.ERROR):
        wait_for(lambda: "will try again" in caplog.text, "the queue has noticed")
        monkeypatch.setattr(
            "explorer.runs.queue.time", SimpleNamespace(monotonic=lambda: clock() + 60)
        )
    _looks(own)
    os.kill(pid, signal.SIGCONT)
    told = the_run(store, run.id).last_sequence
    wait_for(lambda: the_run(store, run.id).last_sequence > told + 5, "it trains")
    assert worker_pid(store, run.id) == pid
    assert the_run(store, run.id).note is None
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"
    monkeypatch.setattr("explorer.runs.queue.time", time)
    dispatcher.close()
    own.engine.dispose()


def test_a_server_without_database_ends_its_workers_and_the_next_one_takes_the_runs_up(
    store: RunStore,
) -> None:
    dispatcher = Dispatcher(store)
    dispatcher.start()
    run = store.create(ANN, make_job(epochs=ENDLESS), "goes on")
    wait_for_progress(store, run.id)
    with _away(store):
        dispatcher.close()
    assert kinds_of(store, run.id)[-1] == "suspended"
    following = Dispatcher(store)
    following.start()
    wait_for(lambda: "resumed" in kinds_of(store, run.id), "it goes on")
    store.request_stop(run.id, ANN)
    assert ended_run(store, run.id).status == "stopped"
    following.close()


def test_a_server_whose_data_folder_is_not_there_yet_starts_beside_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EXPLORER_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere/runs.db")
    monkeypatch.setenv("EXPLORER_DATA_DIR", str(tmp_path / "new" / "data"))
    settings.cache_clear()
    store = RunStore(settings().database)
    run = store.create(ANN, make_job(), "another server's")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("explorer.runs.claims.HOST", "another")
        assert reserve(store, max_workers=1) == run.id
    dispatcher = Dispatcher(store)
    dispatcher.start()
    dispatcher.close()
    assert the_run(store, run.id).status == "running", "the other server's"
    store.engine.dispose()


def test_a_database_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setattr(database, "LONGEST_SILENCE_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DatabaseAwayError, match="cannot be reached"):
            database.connect(f"postgresql://ann@127.0.0.1:{port}/runs")
