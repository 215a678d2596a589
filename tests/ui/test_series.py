"""Several runs in one press, and the page of a series, without a browser."""

from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.runs.claim import Claim
from explorer.runs.forecaster import Answer
from explorer.runs.series import create_series, runs_of, series_of, stop_series
from explorer.runs.store import open_store
from explorer.training.events import EpochEnd, Measure
from explorer.training.forecast import Forecast, forecast_key
from explorer.training.series import Series, cross_validation, sweep
from explorer.ui.runs.series import _seconds
from tests.runs.test_series import FOLDS, finished
from tests.training.jobs import DROPOUT, LINEAR, job
from tests.ui.pages import ROOT, run, start
from tests.ui.test_run_watch import STARTED

NBSP = "\N{NO-BREAK SPACE}"
HOSTILE = LINEAR.model_copy(update={"name": "<b>[x](javascript:1)</b>"})


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> str:
    for module in (
        "runs.series",
        "runs.series_view",
        "runs.shown_series",
        "carried",
        "runs.shown_run",
    ):
        monkeypatch.setattr(f"explorer.ui.{module}.visitor", lambda: "ann")
    return "ann"


def form(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    app = start(monkeypatch, "train")
    app.session_state["several_runs"] = True
    return run(app)


def press(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the series whose page is opened."""
    opened: list[str] = []
    monkeypatch.setattr(
        st, "switch_page", lambda _, query_params: opened.append(query_params["series"])
    )
    run(app.button(key="start_series").click())
    return opened[0]


def test_one_press_makes_the_folds_and_a_second_makes_none(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    app = run(form(monkeypatch).number_input(key="series_folds").set_value(3))
    assert app.button(key="start_series").label == "Start 3 runs"
    series_id = press(app, monkeypatch)
    runs = runs_of(open_store(), series_id)
    assert [one.job.fold.number for one in runs if one.job.fold] == [1, 2, 3]
    assert len(runs[0].job.contenders) == 2
    assert run(app).button(key="start_series").label == "Look at them"
    assert press(app, monkeypatch) == series_id
    assert len(open_store().runs(visitor)) == 3


def test_a_sweep_starts_from_what_is_chosen_and_asks_for_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    app = form(monkeypatch)
    app.session_state["series_kind"] = "Sweep of settings"
    run(app)
    rates, sizes = (chosen(app, label) for label in ("Learning rates", "Batch sizes"))
    assert (rates.value, sizes.value) == ([0.003, 0.01, 0.03], [32, 64, 128])
    assert app.button(key="start_series").label == "Start 9 runs"
    run(app.multiselect(key="series_networks").set_value(["LeNet-5", "1×1-convolution CNN"]))
    assert "Start 27 runs" in [button.label for button in app.button]
    run(chosen(app, "Batch sizes").set_value([]))
    assert any("at least one learning rate" in each.value for each in app.caption)
    assert "start_series" not in [button.key for button in app.button]


def chosen(app: AppTest, label: str) -> Any:
    return next(pills for pills in app.pills if pills.label == label)


def train(series: Series, accuracies: list[tuple[float, float]], visitor: str) -> str:
    """A series in the store, of whose runs the first ones have finished with these results."""
    store = open_store()
    series_id = create_series(store, visitor, series, token="press")
    for one, values in zip(runs_of(store, series_id), accuracies, strict=False):
        claim = Claim.take(store, one.id)
        assert claim is not None
        measures = tuple(Measure(loss=1 - value, accuracy=value) for value in values)
        ended = EpochEnd(epoch=1, step=9, seconds=1, train=measures, validation=measures)
        claim.record([STARTED, ended])
        claim.end([finished(None, None)], "finished", None)
    return series_id


def shown(app: AppTest) -> str:
    """All words of a page, as they were before Markdown."""
    words = [each.value for kind in (app.markdown, app.caption) for each in kind]
    return "\n".join(words).replace("\\", "").replace(NBSP, " ")


def test_cross_validation_tells_mean_and_deviation_and_who_was_better(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    series = cross_validation(job(LINEAR, HOSTILE), 4)
    train(series, [(0.90, 0.8), (0.94, 0.9), (0.98, 0.99)], visitor)
    app = start(monkeypatch, "series")
    words = shown(app)
    assert "**Linear** 94.0 ± 4.0 %" in words and "over 3 of 4 folds so far" in words
    assert "better in 2 of 3 folds; on average by 4.3 ± 5.5 percentage points" in words
    assert "(validation accuracy: mean" in words
    assert "4 runs: 3 finished, 1 waiting" in words + "".join(bar.text for bar in progress(app))
    rows = app.table[0].value
    assert list(rows.iloc[:, 1])[3:] == ["waiting", "**94.0 ± 4.0 %**".replace(" ", NBSP)]
    assert HOSTILE.name not in rows.columns[2], "names are shown as text"
    assert app.button(key="stop_series").label == "Stop all"


def test_the_better_contender_is_named_whichever_it_is(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    train(cross_validation(job(LINEAR, HOSTILE), 2), [(0.5, 0.9), (0.5, 0.7)], visitor)
    words = shown(start(monkeypatch, "series"))
    name = next(one for one in words.split("**") if HOSTILE.name[:3] in one)
    assert f"On the same fold **{name}** was better in 2 of 2 folds; on average by 30.0" in words


def progress(app: AppTest) -> list[Any]:
    return [each.proto for each in app.get("progress")]


def test_a_sweep_is_told_best_first_and_judged_by_validation(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    series_id = train(
        sweep([job(LINEAR, DROPOUT)], [0.1, 0.01], [64]), [(0.9, 0.5), (0.7, 0.8)], visitor
    )
    app = start(monkeypatch, "series", series=series_id)
    words = shown(app)
    first, second = words.index("**Linear**: 90.0"), words.index("**With dropout**: 80.0")
    assert first < second
    assert "with learning rate 0.01 and batches of 64" in words[first:second]
    assert "the lowest learning rate tried" in words[first:second]
    table = app.table[0].value
    assert list(table["Learning rate"]) == ["0.01", "0.1", "0.1", "0.01"]
    assert [each[:2] for each in table["Validation accuracy"]] == ["90", "80", "70", "50"]
    assert "Choose by validation, report the test once" in words


def test_a_sweep_that_goes_on_has_no_last_word(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    train(sweep([job(LINEAR, DROPOUT)], [0.1, 0.01, 0.02], [64]), [(0.9, 0.5), (0.7, 0.8)], visitor)
    app = start(monkeypatch, "series")
    assert "**Linear** so far: 90.0" in shown(app)
    assert "learning rate tried" not in shown(app)
    run(app.button(key="stop_series").click())
    assert "**Linear**: 90.0" in shown(app)
    assert "the highest learning rate tried" in shown(app), "0.02 was never trained with"


def test_a_series_of_somebody_else_can_be_seen_and_not_changed(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    series_id = train(FOLDS, [], "ben")
    app = start(monkeypatch, "series", series=series_id)
    assert "3-fold cross-validation" in shown(app)
    assert not [button for button in app.button if button.key == "stop_series"]
    app = start(monkeypatch, "series", series="A" * 22)
    assert "does not exist" in app.warning[0].value
    assert "several runs in one press" in shown(app).replace("\n", " ")


def test_a_series_is_stopped_deleted_and_brought_back(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    series_id = train(FOLDS, [], visitor)
    app = start(monkeypatch, "series")
    for key in ("stop_series", "delete_series"):
        app = run(app.button(key=key).click())
    assert series_of(open_store(), visitor) == {}
    assert "several runs" in shown(app)
    app = run(app.button(key="undo_series").click())
    assert list(series_of(open_store(), visitor)) == [series_id]
    assert "3 runs: 3 stopped" in shown(app)


def forecast_of(epoch_seconds: float) -> Answer:
    return Answer(
        forecast=Forecast(
            steps_per_epoch=1,
            step_seconds=epoch_seconds,
            validation_seconds=0,
            memory=None,
            available=None,
            fitting=None,
            device="CPU",
            precision="fp32",
        )
    )


def test_the_expected_time_counts_what_was_measured_of_each(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    answers: dict[str, Answer] = {}
    monkeypatch.setattr(
        "explorer.ui.runs.series.forecasts", lambda: SimpleNamespace(known=answers.get)
    )
    base = job(LINEAR, epochs=3)
    series = sweep([base], [0.01], [32, 64])
    keys = [forecast_key(one) for _, one in series.members]
    answers[keys[0]] = forecast_of(2.0)
    assert _seconds(series, base) == 3 * 2 + 3 * 2
    answers[keys[1]] = forecast_of(5.0)
    assert _seconds(series, base) == 3 * 2 + 3 * 5
    answers.clear()
    assert _seconds(series, base) is None


def test_the_best_settings_are_used_for_another_training(
    monkeypatch: pytest.MonkeyPatch, visitor: str
) -> None:
    train(sweep([job(LINEAR, DROPOUT)], [0.1, 0.02], [64]), [(0.9, 0.5), (0.7, 0.8)], visitor)
    app = start(monkeypatch, "series")
    monkeypatch.setattr(st, "switch_page", lambda _: None)
    app = run(app.button(key="use_settings").click())
    app = run(app.switch_page(str(ROOT / "pages" / "train.py")))
    assert app.number_input(key="recipe_learning_rate").value == 0.02
    assert app.session_state["carried_network"] == LINEAR


def test_a_run_leads_to_its_series(monkeypatch: pytest.MonkeyPatch, visitor: str) -> None:
    series_id = train(FOLDS, [], "ben")
    app = start(monkeypatch, "train", run=runs_of(open_store(), series_id)[0].id)
    links = [link.proto for link in app.get("page_link")]
    (link,) = [link for link in links if link.label.startswith("One of: 3")]
    assert series_id in link.query_string


def test_two_quick_clicks_bring_a_series_back_once(visitor: str) -> None:
    def script() -> None:
        import streamlit as st

        from explorer.runs.series import runs_of
        from explorer.runs.store import open_store
        from explorer.ui.runs.series_view import _delete, _restore

        store, series_id = open_store(), st.session_state["asked"]
        runs = runs_of(store, series_id)
        _delete(store, series_id)
        for _ in range(2):
            _restore(store, runs)
        st.text(str(st.session_state.get("series_restoring")))

    series_id = train(FOLDS, [], visitor)
    stop_series(open_store(), series_id, visitor)
    app = AppTest.from_function(script)
    app.session_state["asked"] = series_id
    assert run(app).text[0].value == "None"
    assert list(series_of(open_store(), visitor)) == [series_id]
