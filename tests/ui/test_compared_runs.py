"""Several runs followed together, put together as the browser does it, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from explorer.figures.curves import Curves
from explorer.runs.record import Run, Status
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.events import EpochEnd, Measure
from explorer.ui.runs.compared_runs import ComparedRun, ComparedRuns, _nothing_after
from tests.runs.helpers import ANN
from tests.runs.told import STEPS_PER_EPOCH, steps, told_run


@pytest.fixture
def store() -> Iterator[RunStore]:
    store = RunStore(settings().database)
    yield store
    store.engine.dispose()


class Browser:
    """What the browser knows of each run after every part, which must leave no gap."""

    def __init__(self) -> None:
        self.training: dict[str, list[int]] = {}
        self.validation: dict[str, list[int]] = {}

    def take(self, runs: list[ComparedRun]) -> None:
        for each in runs:
            part = each.part
            known = self.training.get(each.run.id, [])
            assert part["after"] <= max(known, default=0)
            for kept, columns in (
                (self.training, part["training"]),
                (self.validation, part["validation"]),
            ):
                before = kept.get(each.run.id, [])
                assert len(columns["loss"]) == 2, "a column for each contender, also when empty"
                kept[each.run.id] = [step for step in before if step <= part["after"]] + columns[
                    "steps"
                ]


def points(runs: ComparedRuns) -> int:
    """How many training points are on their way to the browser."""
    return sum(len(each.part["training"]["steps"]) for each in runs.runs)


def end(store: RunStore, run: Run, status: Status = "finished") -> None:
    values = {"status": status, "ended": datetime.now(UTC)}
    with store.engine.begin() as connection:
        connection.execute(update(runs_table).where(runs_table.c.id == run.id).values(values))


def test_live_runs_grow_and_ended_ones_are_sent_once(store: RunStore) -> None:
    done = told_run(store, ANN, "done", epochs=3)
    live = told_run(store, ANN, "live", epochs=1, status="running")
    compared, browser = ComparedRuns([live.id, done.id]), Browser()
    compared.refresh(store)
    browser.take(compared.runs)
    assert compared.live
    assert [each.run.id for each in compared.runs] == [live.id, done.id]
    assert [each.steps_per_epoch for each in compared.runs] == [STEPS_PER_EPOCH] * 2
    for first in (STEPS_PER_EPOCH + 1, 2 * STEPS_PER_EPOCH + 1):
        store.append(live.id, steps(first, first + STEPS_PER_EPOCH - 1, 1))
        compared.refresh(store)
        browser.take(compared.runs)
        assert points(compared) <= 2 * STEPS_PER_EPOCH
        compared.refresh(store)
        assert points(compared) == 0, "nothing new is nothing sent"
    end(store, live)
    compared.refresh(store)
    browser.take(compared.runs)
    assert not compared.live
    whole = list(range(1, 3 * STEPS_PER_EPOCH + 1))
    assert browser.training == {done.id: whole, live.id: whole}
    assert browser.validation[live.id] == browser.validation[done.id] == whole[19::20]
    compared.send_everything()
    compared.refresh(store)
    assert points(compared) == 2 * len(whole)


def test_a_run_that_ends_before_it_was_read_comes_whole(store: RunStore) -> None:
    run = told_run(store, ANN, "waits", epochs=0, status="queued")
    compared, browser = ComparedRuns([run.id]), Browser()
    compared.refresh(store)
    browser.take(compared.runs)
    store.append(run.id, steps(1, STEPS_PER_EPOCH, 1))
    end(store, run)
    compared.refresh(store)
    browser.take(compared.runs)
    assert browser.training[run.id] == list(range(1, STEPS_PER_EPOCH + 1))


def test_what_cannot_be_compared_is_said(store: RunStore) -> None:
    run, old = (told_run(store, ANN, name) for name in ("kept", "old"))
    with store.engine.begin() as connection:
        other = {"job": '{"networks": []}'}
        connection.execute(update(runs_table).where(runs_table.c.id == old.id).values(other))
    compared = ComparedRuns([run.id, "A" * 22, old.id, "../../etc"])
    compared.refresh(store)
    assert [each.run.id for each in compared.runs] == [run.id]
    missing, unreadable = compared.problems
    assert missing.startswith("2 of the runs")
    assert "another release" in unreadable


def test_many_runs_are_thinned_to_what_a_browser_draws(store: RunStore) -> None:
    runs = [told_run(store, ANN, f"run {number}", epochs=50) for number in range(12)]
    compared = ComparedRuns([run.id for run in runs])
    compared.refresh(store)
    assert 12 * 300 <= points(compared) <= 6000
    assert {each.part["training"]["steps"][-1] for each in compared.runs} == {1000}


def test_no_news_keeps_every_column_that_the_browser_has() -> None:
    """It drops a column that a part does not have."""
    measure = Measure(loss=1, accuracy=0.5, mean_average_precision=0.75)
    both = (measure, measure)
    curves = Curves(2)
    curves.add([*steps(1, 3, 1), EpochEnd(epoch=1, step=3, seconds=1, train=both, validation=both)])
    part = curves.complete()
    assert part["validation"].get("average_precision") == [[0.75], [0.75]]
    nothing = _nothing_after(part)
    assert nothing["after"] == 3
    for name in ("training", "validation"):
        assert nothing[name].keys() == part[name].keys()
        assert nothing[name]["steps"] == [] and nothing[name]["loss"] == [[], []]
    assert nothing["validation"].get("average_precision") == [[], []]
    assert _nothing_after(nothing) == nothing
