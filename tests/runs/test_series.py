"""A series of runs: made in one press or not at all, stopped and deleted together."""

import threading

import pytest

from explorer.errors import ExplorerError
from explorer.runs.owned import STOPPED_BY_OWNER
from explorer.runs.series import create_series, delete_series, runs_of, series_of, stop_series
from explorer.runs.store import MOST_WAITING, RunStore
from explorer.runs.validation import validated
from explorer.training.events import EpochEnd, Finished, Measure, Result
from explorer.training.series import Series, cross_validation, sweep
from tests.runs.helpers import ANN, BEN, make_job

NOBODYS = "A" * 22
FOLDS = cross_validation(make_job(), 3)


def test_the_runs_of_a_series_wait_in_their_order(store: RunStore) -> None:
    series_id = create_series(store, ANN, FOLDS, token="one")
    runs = runs_of(store, series_id)
    assert [(run.name, run.job) for run in runs] == list(FOLDS.members)
    assert [store.position(run.id) for run in runs] == [1, 2, 3]
    assert {run.series_label for run in runs} == {FOLDS.label}
    assert series_of(store, ANN) == {series_id: FOLDS.label}
    assert series_of(store, BEN) == {}
    assert runs_of(store, NOBODYS) == ()


def test_somebody_elses_run_comes_before_the_second_of_a_series(store: RunStore) -> None:
    series_id = create_series(store, ANN, FOLDS, token="one")
    other = store.create(BEN, make_job(), "Ben's")
    positions = [store.position(run.id) for run in runs_of(store, series_id)]
    assert (positions, store.position(other.id)) == ([1, 3, 4], 2)


def test_the_same_press_makes_one_series(store: RunStore) -> None:
    start = threading.Barrier(6)
    ids: list[str] = []

    def press() -> None:
        start.wait()
        ids.append(create_series(store, ANN, FOLDS, token="press"))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6 and len(set(ids)) == 1
    assert len(store.runs(ANN)) == 3
    assert create_series(store, ANN, FOLDS, token="another") not in ids
    assert create_series(store, BEN, FOLDS, token="press") not in ids


def test_more_than_may_wait_makes_none(store: RunStore) -> None:
    store.create(ANN, make_job(), "waits")
    job = make_job()
    many = Series("many", tuple((f"run {number}", job) for number in range(MOST_WAITING)))
    with pytest.raises(ExplorerError, match="These are 50 runs, and 1 of your runs") as refused:
        create_series(store, ANN, many, token="one")
    assert refused.value.remedy == "Choose at most 49 runs."
    assert len(store.runs(ANN)) == 1
    create_series(store, BEN, many, token="one")
    assert len(store.runs(BEN)) == MOST_WAITING


def test_a_series_is_stopped_and_deleted_as_a_whole_by_its_owner(store: RunStore) -> None:
    series_id = create_series(store, ANN, FOLDS, token="one")
    alone = store.create(ANN, make_job(), "alone")
    with pytest.raises(ExplorerError, match="no such run among yours"):
        stop_series(store, series_id, BEN)
    with pytest.raises(ExplorerError, match="Stop the series first"):
        delete_series(store, series_id, ANN)
    stop_series(store, series_id, ANN)
    assert {(run.status, run.reason) for run in runs_of(store, series_id)} == {
        ("stopped", STOPPED_BY_OWNER)
    }
    with pytest.raises(ExplorerError, match="no such run among yours"):
        delete_series(store, series_id, BEN)
    delete_series(store, series_id, ANN)
    assert runs_of(store, series_id) == () and series_of(store, ANN) == {}
    assert [run.id for run in store.runs(ANN)] == [alone.id]


def _epoch(number: int, *accuracies: float) -> EpochEnd:
    measures = tuple(Measure(loss=1.0, accuracy=accuracy) for accuracy in accuracies)
    return EpochEnd(epoch=number, step=number, seconds=1, train=measures, validation=measures)


def finished(*best_epochs: int | None) -> Finished:
    facts = {"parameters": 1, "mult_adds": 1, "test_loss": 1, "test_accuracy": 0.5, "seconds": 1}
    results = tuple(
        Result(name=f"contender {number}", best_epoch=best, **facts)  # type: ignore[arg-type]
        for number, best in enumerate(best_epochs)
    )
    return Finished(
        reason="completed",
        seconds=1,
        results=results,
        test_size=1,
        disagreement_count=0,
        disagreements=(),
    )


def test_what_validated_is_of_the_weights_that_are_kept(store: RunStore) -> None:
    series = sweep([make_job(epochs=3)], [0.1, 0.01, 0.001], [64])
    last, best, waits = (
        run.id for run in runs_of(store, create_series(store, ANN, series, token="one"))
    )
    epochs = [_epoch(1, 0.5, 0.5), _epoch(2, 0.9, 0.6), _epoch(3, 0.8, 0.7)]
    store.append(last, [*epochs, finished(None, None)])
    store.append(best, [*epochs, finished(2, 3)])
    found = validated(store, [last, best, waits])
    assert [one.accuracy for one in found[last].validation] == [0.8, 0.7]
    assert [one.accuracy for one in found[best].validation] == [0.9, 0.7]
    assert found[last].epochs == 3 and found[last].finished == finished(None, None)
    assert (found[waits].epochs, found[waits].validation, found[waits].finished) == (0, (), None)


def test_the_epochs_of_a_finished_run_are_read_once_for_everybody(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(ANN, make_job(epochs=3), "A run")
    store.append(run.id, [_epoch(1, 0.5), _epoch(2, 0.9), _epoch(3, 0.8), finished(2)])
    first = validated(store, [run.id])
    monkeypatch.setattr(store, "events", lambda *_, **__: pytest.fail("They were read again."))
    assert validated(store, [run.id]) == first
    assert [one.accuracy for one in first[run.id].validation] == [0.9]
