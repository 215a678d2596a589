"""What Compare says where pictures have several labels."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.runs.outcomes import Outcome
from explorer.training.events import ClassScore, Disagreement, Finished, Paired, Prediction, Result
from explorer.training.results import png
from explorer.ui.runs import results as run_results
from explorer.ui.runs.class_scores import always_no, ranked_sentence

DISAGREEMENT = Disagreement(
    index=3,
    label=1,
    predictions=(Prediction(label=1, probability=0.9), Prediction(label=1, probability=0.2)),
    png=png(torch.zeros(1, 4, 4, dtype=torch.uint8)),
    labels=(0, 1),
)


def _result(name: str, *precisions: float | None, auroc: float = 0.9) -> Result:
    known = [one for one in precisions if one is not None]
    return Result(
        name=name,
        parameters=1000,
        mult_adds=1000,
        test_loss=0.1,
        test_accuracy=0.95,
        seconds=10,
        mean_average_precision=sum(known) / len(known),
        mean_auroc=auroc,
        classes=tuple(
            ClassScore(average_precision=one, auroc=None if one is None else auroc)
            for one in precisions
        ),
    )


def _finished(*results: Result) -> Finished:
    classes = len(results[0].classes)
    return Finished(
        reason="completed",
        seconds=1,
        results=results,
        test_size=200,
        disagreement_count=0,
        disagreements=(),
        positives=(*(20,) * (classes - 1), 0),
    )


def test_who_is_ahead_in_nearly_all_draws_wins() -> None:
    results = _result("Other", 0.5, 0.5, None), _result("CNN", 0.6, 0.6, None)
    pair = Paired(contenders=(0, 1), lead=(-0.15, -0.05))  # of the first, who is behind
    text = ranked_sentence(_finished(*results).model_copy(update={"paired": (pair,)}))
    assert text.startswith("CNN wins by 0.100 of mean average precision.")
    assert "the first is ahead by 0.050 to 0.150 in 95 of 100 draws" in text


def test_a_lead_that_some_draws_turn_round_is_no_clear_win() -> None:
    results = _result("A", 0.9, 0.9, None), _result("B", 0.8, 0.8, None)
    pair = Paired(contenders=(0, 1), lead=(-0.01, 0.2))
    text = ranked_sentence(_finished(*results).model_copy(update={"paired": (pair,)}))
    assert text.startswith("No clear winner.") and "−0.010 to 0.200" in text
    assert "chance get about 0.100" in text
    assert "was not measured" in ranked_sentence(_finished(*results))


def test_chance_has_learned_nothing() -> None:
    pair = (_result("A", 0.2, 0.2, None, auroc=0.52), _result("B", 0.1, 0.1, None, auroc=0.5))
    assert ranked_sentence(_finished(*pair)).startswith("Nobody has learned enough")
    assert "has learned nothing" in ranked_sentence(_finished(pair[0]))


def test_a_single_contender_and_always_no() -> None:
    finished = _finished(_result("A", 0.7, 0.5, None))
    assert ranked_sentence(finished).startswith("A reaches a mean average precision of 0.600.")
    assert abs(always_no(finished) - (1 - 40 / 600)) < 1e-9


def test_the_table_of_runs_ranks_by_mean_average_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    results = _result("low", 0.2, 0.2, None), _result("high", 0.8, 0.4, None)
    outcome = Outcome(results, 200, 1.0)
    monkeypatch.setattr(run_results, "outcome", lambda _run, _store: outcome)
    monkeypatch.setattr(run_results, "data_name", lambda _run: "Some")

    def page() -> None:
        from types import SimpleNamespace

        from explorer.ui.runs.results import results_table

        results_table([SimpleNamespace(name="Run", status="finished")], None)  # type: ignore[arg-type, list-item]

    app = AppTest.from_function(page, default_timeout=30).run()
    shown = app.table[0].value
    assert list(shown["Run: network"]) == ["1 · Run: **high**", "1 · Run: **low**"]
    assert list(shown["Mean average precision"]) == ["0.600", "0.200"]
    assert list(shown["Test accuracy"]) == ["95.0\N{NO-BREAK SPACE}%"] * 2, "without a range"


def test_every_class_has_a_row_and_disagreements_are_about_one() -> None:
    def page() -> None:
        from explorer.training.events import DatasetFacts, Started
        from explorer.ui.runs.class_scores import class_table
        from explorer.ui.runs.comparison import _disagreements
        from tests.ui.test_class_scores import DISAGREEMENT, _finished, _result

        pair = _result("A", 0.5, 0.25, None), _result("*B*", 0.75, 0.5, None)
        finished = _finished(*pair)
        disagreements = {"disagreements": (DISAGREEMENT,), "disagreement_count": 1}
        finished = finished.model_copy(update=disagreements)
        facts = DatasetFacts(
            name="Some",
            classes=("cat", "d_o_g", "cow"),
            train=1,
            validation=1,
            test=200,
            conversion="",
            multi_label=True,
        )
        started = Started(
            dataset=facts,
            device="CPU",
            precision="fp32",
            steps_per_epoch=1,
            epochs=1,
            contenders=(),
            predicted_seconds=1,
        )
        class_table(started, finished)
        _disagreements(started, finished)

    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    shown = app.dataframe[0].value
    assert list(shown["class"]) == ["cat", "d_o_g", "cow"]
    assert list(shown["*B*: average precision"])[:2] == [0.75, 0.5]
    assert shown["*B*: AUROC"].isna().tolist() == [False, False, True]
    assert any("No test picture shows cow" in caption.value for caption in app.caption)
    text = app.markdown[-1].value.replace("\\", "")
    assert "**d_o_g**? Truly **yes**" in text and "It shows cat, d_o_g." in text
    assert "check: A: **yes** (90.0" in text.replace("\u2060", "")
