"""The pages about a run, opened by addresses that people change, shorten or keep for long."""

import pytest

from explorer.runs.store import open_store
from explorer.training.events import Finished
from tests.runs.helpers import ANN
from tests.runs.told import started, steps, told_run, two_networks
from tests.ui import pages


def test_a_test_of_learning_rates_has_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store()
    job = two_networks().model_copy(update={"purpose": "range_test"})
    run = store.create(ANN, job, "rates", token="t")
    names = [contender.name for contender in job.contenders]
    nothing = Finished(
        reason="completed",
        seconds=1,
        results=(),
        test_size=0,
        disagreement_count=0,
        disagreements=(),
    )
    store.append(run.id, [started(names, 1), *steps(1, 1, 1.0), nothing])
    app = pages.start(monkeypatch, "compare", run=run.id)
    assert "test of learning rates" in app.info[0].value


def test_a_comparison_of_no_runs_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    app = pages.start(monkeypatch, "runs", compare=",,")
    assert "names no runs" in app.warning[0].value


def test_the_speed_of_a_run_that_ended_is_that_of_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However quick its last few steps were."""
    run = told_run(open_store(), ANN, "done", epochs=3)  # each step says 1,000 pictures per second
    app = pages.start(monkeypatch, "train", run=run.id)
    (facts,) = (each.value for each in app.caption if "pictures per second" in each.value)
    assert "1,280 pictures per second · 3.0 s of training" in facts
