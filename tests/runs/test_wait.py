"""The expected wait: from the runs in training, their places, and what runs usually take."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from explorer.runs import wait
from explorer.runs.claim import Claim
from explorer.runs.claims import reserve
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.runs.wait import expected_starts
from explorer.settings import settings
from explorer.training.control import Pause
from explorer.training.events import Measure, Paused, Progress
from tests.runs.helpers import ANN, BEN, CY, make_job


def _progress(seconds_left: float) -> Progress:
    return Progress(
        step=1,
        epoch=1,
        samples_per_second=1,
        seconds=1,
        seconds_left=seconds_left,
        contenders=(Measure(loss=1, accuracy=0),),
    )


@pytest.mark.parametrize(
    ("places", "left", "expected"),
    [
        (1, [], [0, 10, 20]),
        (1, [4], [4, 14, 24]),
        (2, [4], [0, 4, 10]),
        (2, [4, 7], [4, 7, 14]),
        (3, [4], [0, 0, 4]),
        (1, [4, 7], [7, 17, 27]),
    ],
)
def test_each_takes_the_place_that_is_free_first(
    places: int, left: list[float], expected: list[float]
) -> None:
    assert list(expected_starts("abc", places, left, usual=10).values()) == expected


def test_a_queue_knows_when_the_runs_before_end(store: RunStore) -> None:
    running = store.create(ANN, make_job(), "trains")
    assert reserve(store, max_workers=1) == running.id
    first, second = (store.create(visitor, make_job(), "waits") for visitor in (BEN, CY))
    assert store.expected_wait(running.id, places=1) is None
    assert store.expected_wait(first.id, places=1) is None, "nothing tells yet"
    claim = Claim.take(store, running.id)
    assert claim is not None
    claim.record([_progress(90)])
    assert store.expected_wait(first.id, places=1) == pytest.approx(90)
    assert store.expected_wait(second.id, places=1) == pytest.approx(180, abs=10)
    assert store.expected_wait(first.id, places=2) == 0


def test_runs_that_ended_tell_what_one_takes_and_one_that_rests_is_no_hindrance(
    store: RunStore,
) -> None:
    now = datetime.now(UTC)
    for minutes in (1, 2, 60):
        ended = store.create(ANN, make_job(), "ended")
        with store.engine.begin() as connection:
            connection.execute(
                update(runs_table)
                .where(runs_table.c.id == ended.id)
                .values(status="finished", started=now, ended=now + timedelta(minutes=minutes))
            )
    running = store.create(ANN, make_job(), "trains")
    assert reserve(store, max_workers=1) == running.id
    waits = store.create(BEN, make_job(), "waits")
    assert store.expected_wait(waits.id, places=1) == pytest.approx(120)
    claim = Claim.take(store, running.id)
    assert claim is not None
    store.ask(running.id, ANN, Pause())
    claim.record([Paused(step=1, command=1)])
    assert store.expected_wait(waits.id, places=1) == 0


def test_the_queue_is_put_in_order_once_for_all_who_ask_and_anew_when_it_changes(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[None] = []
    order = wait.waiting_order

    def counted(connection: Connection) -> list[str]:
        looked.append(None)
        return order(connection)

    monkeypatch.setattr(wait, "waiting_order", counted)
    runs = [store.create(visitor, make_job(), "waits") for visitor in (ANN, BEN, CY)]
    for _ in range(5):
        assert [store.position(run.id) for run in runs] == [1, 2, 3]
        assert store.expected_wait(runs[2].id, places=1) is None, "nothing tells yet"
    assert len(looked) == 1
    another = RunStore(settings().database)  # as of another server
    assert reserve(another, max_workers=1) == runs[0].id
    another.engine.dispose()
    assert [store.position(run.id) for run in runs] == [None, 1, 2]
    store.request_stop(runs[1].id, BEN)
    replacing = store.create(BEN, make_job(), "waits in its place")
    assert [store.position(run.id) for run in (*runs, replacing)] == [None, None, 1, 2]
    assert len(looked) == 3
