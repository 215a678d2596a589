"""Deleted runs: gone from everywhere at once, brought back by their owner, removed in time."""

import pytest

from explorer.errors import ExplorerError
from explorer.runs import trash
from explorer.runs.claim import Claim
from explorer.runs.claims import reserve
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.control import Continue
from explorer.training.events import Preparing
from tests.runs.helpers import ANN, BEN, deleted_two_hours_ago, make_job, the_run

EVENT = Preparing(message="reading", done=1, total=2)


def ended_run(store: RunStore, name: str = "run") -> Run:
    """A finished run with an event and a file."""
    run = store.create(ANN, make_job(), name)
    claim = Claim.take(store, run.id)
    assert claim is not None
    claim.end([EVENT], "finished", None)
    run.directory.mkdir(parents=True)
    (run.directory / "weights.safetensors").write_bytes(b"weights")
    return the_run(store, run.id)


def test_a_deleted_run_is_nowhere_and_comes_back_whole(store: RunStore) -> None:
    run, other = ended_run(store), ended_run(store, "other")
    store.delete(run.id, ANN)
    assert store.runs(ANN) == [other]
    assert (store.run(run.id), store.status(run.id)) == (None, None)
    for change in (
        lambda: store.rename(run.id, ANN, "new"),
        lambda: store.remark(run.id, ANN, "new"),
        lambda: store.request_stop(run.id, ANN),
        lambda: store.ask(run.id, ANN, Continue()),
        lambda: store.delete(run.id, ANN),
    ):
        with pytest.raises(ExplorerError, match="no such run among yours"):
            change()
    assert [each.id for each in trash.deleted_runs(store, ANN)] == [run.id]
    assert trash.deleted_runs(store, BEN) == []
    with pytest.raises(ExplorerError, match="cannot be brought back"):
        trash.restore(store, run.id, BEN)
    trash.restore(store, run.id, ANN)
    assert store.run(run.id) == run
    assert store.events(run.id) == [(1, EVENT)]
    assert trash.deleted_runs(store, ANN) == []


def test_waiting_runs_leave_the_queue_when_they_are_deleted(store: RunStore) -> None:
    fresh, begun = (store.create(ANN, make_job(), name) for name in ("fresh", "begun"))
    claim = Claim.take(store, begun.id)
    assert claim is not None
    claim.leave([], paused=False, wishes_heard=0)
    assert the_run(store, begun.id).status == "queued"
    for run in (fresh, begun):
        store.delete(run.id, ANN)
        assert store.position(run.id) is None
    assert reserve(store, max_workers=2) is None
    for run, status in ((fresh, "stopped"), (begun, "paused")):
        trash.restore(store, run.id, ANN)
        assert the_run(store, run.id).status == status
    assert the_run(store, fresh.id).ended is not None
    store.ask(begun.id, ANN, Continue())  # from its checkpoint
    assert store.position(begun.id) == 1


def test_after_a_while_runs_events_and_files_are_removed(store: RunStore) -> None:
    old, new, kept = (ended_run(store, name) for name in ("old", "new", "kept"))
    for run in (old, new):
        store.delete(run.id, ANN)
    deleted_two_hours_ago(store, old.id)
    assert [run.id for run in trash.deleted_runs(store, ANN)] == [new.id]
    with pytest.raises(ExplorerError, match="60 minutes"):
        trash.restore(store, old.id, ANN)
    assert trash.empty(store) == 1
    assert store.events(old.id) == []
    assert [run.directory.exists() for run in (old, new, kept)] == [False, True, True]
    assert trash.empty(store) == 0
    trash.restore(store, new.id, ANN)
    assert {run.id for run in store.runs(ANN)} == {new.id, kept.id}
