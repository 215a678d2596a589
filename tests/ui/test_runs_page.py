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
from explorer.ui.run_filter import BEST, BY_NAME, SHORTEST, Wanted
from tests.runs.helpers import ANN
from tests.runs.told import told_run, two_networks
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
    assert len(app.dataframe[0].value) == 4
    assert "same settings" in app.markdown[-1].value
    pages.run(app.button[0].click())
    assert listed(app) == ["run 2", "run 1", "run 0"]
