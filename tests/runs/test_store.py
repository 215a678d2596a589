"""Runs and events in the database: what goes in comes out, once, in order, for its owner only."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from explorer.errors import ExplorerError
from explorer.runs.owned import LONGEST_NAME, LONGEST_REMARK
from explorer.runs.record import run_directory
from explorer.runs.schema import runs_table, schema_table
from explorer.runs.store import MOST_WAITING, RunStore
from explorer.settings import settings
from explorer.training.events import Failed, Preparing, TrainingEnded
from tests.runs.helpers import ANN, BEN, make_job

ROOT = Path(__file__).resolve().parents[2]
NOBODYS_RUN = "A" * 22

APPENDER = """
import sys
from explorer.runs.store import open_store
from explorer.training.events import Preparing
run_id, tag, batches, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = open_store()
for batch in range(batches):
    store.append(run_id, [
        Preparing(message=tag, done=batch * size + index, total=batches * size)
        for index in range(size)
    ])
"""


def _preparing(number: int) -> Preparing:
    return Preparing(message="reading", done=number, total=100)


def test_a_run_comes_back_as_it_was_created(store: RunStore) -> None:
    job = make_job(epochs=7)
    run = store.create(ANN, job, "first")
    assert store.run(run.id) == run
    assert run.job == job
    assert (run.visitor, run.name, run.status) == (ANN, "first", "queued")
    assert run.created.tzinfo is not None
    assert (run.started, run.ended, run.reason, run.stopping) == (None, None, None, False)


def test_another_store_of_the_same_database_reads_it_too(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "kept")
    store.append(run.id, [_preparing(1)])
    again = RunStore(settings().database)
    assert again.runs(ANN) == store.runs(ANN)
    assert again.events(run.id) == [(1, _preparing(1))]
    again.engine.dispose()


def test_events_are_numbered_from_one_and_read_by_what_is_new(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "events")
    assert store.append(run.id, [_preparing(1), _preparing(2)]) == 2
    ended = TrainingEnded(reason="completed", step=3, seconds=0.5)
    assert store.append(run.id, [ended]) == 3
    assert store.append(run.id, []) == 3
    assert store.events(run.id) == [(1, _preparing(1)), (2, _preparing(2)), (3, ended)]
    assert store.events(run.id, after=1, limit=1) == [(2, _preparing(2))]
    assert store.events(run.id, after=3) == []
    assert store.events(run.id, kinds=("training_ended", "failed")) == [(3, ended)]
    status = store.status(run.id)
    assert status is not None
    assert (status.status, status.last_sequence) == ("queued", 3)


def test_runs_do_not_mix_their_events(store: RunStore) -> None:
    one, other = (store.create(ANN, make_job(), name) for name in ("one", "other"))
    store.append(one.id, [_preparing(1)])
    store.append(other.id, [_preparing(2)])
    assert store.events(one.id) == [(1, _preparing(1))]
    assert store.events(other.id) == [(1, _preparing(2))]


def test_processes_appending_at_once_lose_and_reorder_nothing(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "crowd")
    batches, size, tags = 60, 5, ["a", "b", "c"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, run.id, tag, str(batches), str(size)], cwd=ROOT
        )
        for tag in tags
    ]
    seen: list[tuple[int, object]] = []
    while any(writer.poll() is None for writer in writers):
        seen += store.events(run.id, after=seen[-1][0] if seen else 0)
    seen += store.events(run.id, after=seen[-1][0] if seen else 0)
    assert [writer.returncode for writer in writers] == [0] * len(tags)

    assert [sequence for sequence, _ in seen] == list(range(1, len(tags) * batches * size + 1))
    stored = store.events(run.id)
    assert seen == stored
    for tag in tags:
        numbers = [e.done for _, e in stored if isinstance(e, Preparing) and e.message == tag]
        assert numbers == list(range(batches * size))
    by_batch = [stored[start : start + size] for start in range(0, len(stored), size)]
    for batch in by_batch:
        assert len({e.message for _, e in batch if isinstance(e, Preparing)}) == 1


def test_appending_to_no_run_is_refused(store: RunStore) -> None:
    with pytest.raises(ExplorerError, match="no such run"):
        store.append(NOBODYS_RUN, [_preparing(1)])


def test_visitors_see_and_change_only_their_own_runs(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "Ann's")
    assert store.runs(BEN) == []
    for change in (
        lambda: store.request_stop(run.id, BEN),
        lambda: store.delete(run.id, BEN),
        lambda: store.rename(run.id, BEN, "Ben's"),
    ):
        with pytest.raises(ExplorerError, match="no such run among yours") as of_others:
            change()
    with pytest.raises(ExplorerError) as of_nobody:
        store.rename(NOBODYS_RUN, BEN, "Ben's")
    assert str(of_others.value) == str(of_nobody.value), "the words must not tell which exist"
    assert store.runs(ANN) == [run]
    assert store.run(run.id) == run, "whoever knows the id may look"


def test_runs_are_listed_newest_first(store: RunStore) -> None:
    runs = [store.create(ANN, make_job(), f"run {number}") for number in range(3)]
    assert store.runs(ANN) == runs[::-1]


def test_the_same_press_of_the_button_makes_one_run(store: RunStore) -> None:
    start = threading.Barrier(8)
    ids: list[str] = []

    def press() -> None:
        start.wait()
        ids.append(store.create(ANN, make_job(), "pressed", token="press 1").id)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1
    assert len(store.runs(ANN)) == 1
    assert store.create(ANN, make_job(), "pressed", token="press 2").id not in ids
    assert store.create(BEN, make_job(), "pressed", token="press 1").id not in ids


def test_stopping_a_waiting_run_takes_it_out_of_the_queue(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "waits")
    store.request_stop(run.id, ANN)
    stopped = store.run(run.id)
    assert stopped is not None
    assert (stopped.status, stopped.reason) == ("stopped", "Stopped on request.")
    assert stopped.ended is not None
    store.request_stop(run.id, ANN)
    assert store.run(run.id) == stopped, "a second request changes nothing"


@pytest.mark.parametrize(
    "run_id",
    [
        *("", ".", "..", "../../etc/passwd", "/etc/passwd", "a" * 21 + "/", "a" * 20 + ".."),
        *("a" * 21, "a" * 23, "a" * 22 + "\n", "é" * 22, "a" * 21 + "\0"),
    ],
)
def test_what_is_no_id_names_no_folder(store: RunStore, run_id: str, own_data_dir: Path) -> None:
    own_data_dir.mkdir(exist_ok=True)
    with pytest.raises(ExplorerError, match="not the id of a run"):
        run_directory(run_id)
    with pytest.raises(ExplorerError):
        store.delete(run_id, ANN)
    assert store.run(run_id) is None
    assert own_data_dir.exists()


@given(st.from_regex(r"\A[A-Za-z0-9_-]{22}\Z"))
def test_a_run_folder_lies_directly_under_runs(run_id: str) -> None:
    folder = run_directory(run_id)
    assert folder.resolve().parent == (settings().data_dir / "runs").resolve()


@pytest.mark.parametrize(
    ("name", "kept"),
    [("  two\n words\t", "two words"), ("a" * LONGEST_NAME, "a" * LONGEST_NAME), ("日本", "日本")],
)
def test_names_are_tidied(store: RunStore, name: str, kept: str) -> None:
    run = store.create(ANN, make_job(), "before")
    store.rename(run.id, ANN, name)
    assert store.runs(ANN)[0].name == kept


@pytest.mark.parametrize("name", ["", " \n", "\x00\x1b", "a" * (LONGEST_NAME + 1)])
def test_names_that_cannot_be_shown_are_refused(store: RunStore, name: str) -> None:
    with pytest.raises(ExplorerError, match="1 to 80 characters"):
        store.create(ANN, make_job(), name)
    run = store.create(ANN, make_job(), "before")
    with pytest.raises(ExplorerError, match="1 to 80 characters"):
        store.rename(run.id, ANN, name)
    assert store.runs(ANN)[0].name == "before"


def test_a_remark_is_the_owners_and_bounded(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "run")
    assert run.remark == ""
    store.remark(run.id, ANN, "  larger\x00 batch \n\n worked \n")
    assert store.runs(ANN)[0].remark == "larger batch\n\nworked"
    with pytest.raises(ExplorerError, match="no such run among yours"):
        store.remark(run.id, BEN, "mine now")
    with pytest.raises(ExplorerError, match="at most 500 characters"):
        store.remark(run.id, ANN, "a" * (LONGEST_REMARK + 1))
    store.remark(run.id, ANN, " ")
    assert store.runs(ANN)[0].remark == ""


def test_runs_are_read_in_the_order_asked_for(store: RunStore) -> None:
    first, second, gone = (store.create(ANN, make_job(), name) for name in ("1", "2", "gone"))
    store.delete(gone.id, ANN)
    for here in ([first.id, second.id], [second.id, first.id]):
        asked = [here[0], NOBODYS_RUN, gone.id, here[1]]
        assert [run.id for run in store.runs_of(asked)] == here


def test_nobody_fills_the_queue_without_end(store: RunStore) -> None:
    for number in range(MOST_WAITING):
        store.create(ANN, make_job(), f"run {number}")
    with pytest.raises(ExplorerError, match=f"{MOST_WAITING} of your runs are waiting"):
        store.create(ANN, make_job(), "one too many")
    store.create(BEN, make_job(), "others are not affected")


def test_a_job_of_another_release_spoils_neither_list_nor_deletion(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "old")
    with store.engine.begin() as connection:
        connection.execute(update(runs_table).values(job='{"networks": []}'))
    (old,) = store.runs(ANN)
    with pytest.raises(ExplorerError, match="another release"):
        _ = old.job
    store.delete(run.id, ANN)
    assert store.runs(ANN) == []


def test_a_database_of_a_later_release_is_refused(store: RunStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(schema_table).values(version=99))
    with pytest.raises(ExplorerError, match="schema version 99"):
        RunStore(settings().database)


def test_readers_and_writers_do_not_wait_for_each_other(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "read me")
    snapshot = "BEGIN" if store.engine.dialect.name == "sqlite" else "SELECT 1"
    with store.engine.connect().execution_options(isolation_level="SERIALIZABLE") as reading:
        reading.exec_driver_sql(snapshot)
        assert reading.scalar(select(runs_table.c.last_sequence)) == 0
        store.append(run.id, [_preparing(1)])
        assert reading.scalar(select(runs_table.c.last_sequence)) == 0, "as when it began"
    with store.engine.begin() as writing:
        writing.execute(update(schema_table).values(version=schema_table.c.version))
        assert store.events(run.id) == [(1, _preparing(1))]


def test_events_survive_as_they_are(store: RunStore) -> None:
    run = store.create(ANN, make_job(), "text")
    failed = Failed(what="<b>“loss”</b>\n", why="NaN – 0/0", remedy="🙂 '; DROP TABLE runs; --")
    store.append(run.id, [failed])
    assert store.events(run.id) == [(1, failed)]
