"""The Runs page: what is listed in which order, several at once, deleting and bringing back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.datasets.reference import DatasetRef
from explorer.runs.outcomes import outcome
from explorer.runs.store import open_store
from explorer.server import VISITOR_COOKIE
from explorer.ui.runs.filter import BEST, BY_NAME, SHORTEST, Wanted
from explorer.ui.runs.run_list import _score
from tests.runs.helpers import ANN
from tests.runs.told import STEPS_PER_EPOCH, measures, told_run, two_networks
from tests.ui import pages


def listed(app: AppTest) -> list[str]:
    """The names of the listed runs, as the labels of their ticks say."""
    return [box.label.removeprefix("Compare ") for box in app.checkbox]


def me(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id under which the runs of the tested session are stored."""

    def script() -> None:
        import streamlit as st

        from explorer.ui.identity import visitor

        st.text(visitor())

    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: {VISITOR_COOKIE: "a" * 32}))
    return AppTest.from_function(script).run().text[0].value


def test_runs_are_found_and_sorted() -> None:
    store = open_store()
    mnist = two_networks().model_copy(update={"dataset": DatasetRef(source="mnist", name="MNIST")})
    slow = told_run(store, ANN, "b slow", epochs=4, speed=0.5, ago=timedelta(hours=3))
    best = told_run(store, ANN, "C best", job=mnist, epochs=3, ago=timedelta(hours=2))
    waits = told_run(store, ANN, "a waits", status="queued", epochs=0, ago=timedelta(hours=1))
    store.remark(slow.id, ANN, "Smaller STEPS")
    runs = store.runs(ANN)

    def of(**asked: str) -> list[str]:
        return [run.id for run in Wanted(**asked).of(runs, store)]

    assert of() == [waits.id, best.id, slow.id]
    assert of(order=BEST) == of(order=SHORTEST) == [best.id, slow.id, waits.id]
    assert of(order=BY_NAME) == [waits.id, slow.id, best.id]
    assert of(words="steps SMALLER") == of(words="b sl") == [slow.id]
    assert of(words="cnn", status="finished") == [best.id, slow.id]
    assert of(status="waiting") == [waits.id]
    assert of(data="MNIST") == [best.id]
    found = outcome(best, store)
    assert found is not None and found.best_accuracy == found.results[0].test_accuracy
    assert outcome(waits, store) is None


def test_a_run_of_a_series_is_listed_by_its_validation_and_never_the_best_on_the_test() -> None:
    store = open_store()
    member = two_networks().model_copy(update={"purpose": "candidate"})
    part = told_run(store, ANN, "part", job=member, epochs=4)
    alone = told_run(store, ANN, "alone", epochs=1)
    found = outcome(part, store)
    assert found is not None and (found.results, found.test_size) == ((), 0)
    accuracies, pictures, told = _score(part, store)
    assert accuracies == [measure.accuracy for measure in measures(4 * STEPS_PER_EPOCH, 1.0)]
    assert pictures == " on validation pictures"
    assert told.endswith("test set not read: this run was part of a series")
    assert _score(alone, store)[1] == " on test pictures"
    assert Wanted(order=BEST).of([part, alone], store) == [alone, part]


def test_runs_of_a_series_are_compared_by_their_validation() -> None:
    def script() -> None:
        from explorer.runs.store import open_store
        from explorer.ui.runs.results import results_table
        from tests.runs.helpers import ANN

        store = open_store()
        results_table(store.runs(ANN), store)

    store = open_store()
    member = two_networks().model_copy(update={"purpose": "candidate"})
    told_run(store, ANN, "part", job=member)
    app = AppTest.from_function(script, default_timeout=30).run()
    assert not app.exception
    assert app.subheader[0].value == "Results on the validation pictures"
    columns = set(app.table[0].value.columns)
    assert "Validation accuracy" in columns
    assert not any("Test" in name for name in columns)
    assert "leaves the test pictures alone" in app.caption[1].value
    told_run(store, ANN, "alone")
    app.run()
    assert app.subheader[0].value == "Results on the test and validation pictures"
    assert {"Test accuracy", "Validation accuracy"} <= set(app.table[0].value.columns)
    missing = [cell == "–" for cell in app.table[0].value["Test accuracy"]]
    assert missing == [False, False, True, True], "what was tested comes first"
    assert "share of the 374 test pictures" in app.caption[0].value


def test_a_run_of_another_release_can_be_listed_and_searched() -> None:
    store = open_store()
    run = told_run(store, ANN, "old")
    unreadable = replace(run, job_json="{}")
    assert Wanted(words="old").of([unreadable], store) == [unreadable]
    assert Wanted(data="digits").of([unreadable], store) == []


def test_the_page_lists_compares_deletes_and_brings_back(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, store = me(monkeypatch), open_store()
    for number in range(3):
        told_run(store, visitor, f"run {number}", ago=timedelta(hours=-number))
    cookies = type(st.context).cookies
    app = pages.start(monkeypatch, "runs")
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    pages.run(app)
    assert listed(app) == ["run 2", "run 1", "run 0"]
    assert app.button(key="runs_compare").disabled
    pages.run(app.text_input(key="runs_search").set_value("run 1"))
    assert listed(app) == ["run 1"]
    pages.run(app.text_input(key="runs_search").set_value(""))
    for number in (0, 2):
        pages.run(app.checkbox[number].check())
    assert app.button(key="runs_compare").label == "Compare 2 runs"

    (gone,) = (run for run in store.runs(visitor) if run.name == "run 1")
    app.session_state[f"menu_{gone.id}"] = True  # as a click on the menu leaves it
    pages.run(pages.run(app).button(key=f"delete_{gone.id}").click())
    assert listed(app) == ["run 2", "run 0"]
    pages.run(app.button(key="undo_delete").click())
    assert listed(app) == ["run 2", "run 1", "run 0"]

    pages.run(app.button(key="runs_compare").click())
    assert pages.address_parameters(app) == {
        "compare": ",".join(run.id for run in store.runs(visitor)[::2])
    }
    assert app.subheader[0].value == "2 runs compared"
    assert len(app.table[0].value) == 4
    assert "same settings" in app.markdown[-1].value
    pages.run(app.button[0].click())
    assert listed(app) == ["run 2", "run 1", "run 0"]
