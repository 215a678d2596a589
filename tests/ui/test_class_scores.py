"""What Compare says where pictures have several labels."""

from explorer.training.events import ClassScore, Finished, Result
from explorer.ui.class_scores import always_no, ranked_sentence


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
        classes=tuple(ClassScore(average_precision=one, auroc=auroc) for one in precisions),
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


def test_who_is_ahead_in_nearly_all_classes_wins() -> None:
    results = _result("Other", *(0.5,) * 10, None), _result("CNN", *(0.6,) * 9, 0.4, None)
    text = ranked_sentence(_finished(*results))
    assert text.startswith("CNN wins by 0.080 of mean average precision.")
    # 2 · (1 + 10) / 2¹⁰ = 2.15 %
    assert "ahead in 9 of the 10 classes" in text and "2.1\N{NO-BREAK SPACE}% of cases" in text


def test_few_classes_are_no_clear_win() -> None:
    text = ranked_sentence(_finished(_result("A", 0.9, 0.9, None), _result("B", 0.8, 0.8, None)))
    assert text.startswith("No clear winner.") and "50.0\N{NO-BREAK SPACE}%" in text
    assert "chance get about 0.100" in text


def test_chance_has_learned_nothing() -> None:
    pair = (_result("A", 0.2, 0.2, None, auroc=0.52), _result("B", 0.1, 0.1, None, auroc=0.5))
    assert ranked_sentence(_finished(*pair)).startswith("Nobody has learned enough")
    assert "has learned nothing" in ranked_sentence(_finished(pair[0]))


def test_a_single_contender_and_always_no() -> None:
    finished = _finished(_result("A", 0.7, 0.5, None))
    assert ranked_sentence(finished).startswith("A reaches a mean average precision of 0.600.")
    assert abs(always_no(finished) - (1 - 40 / 600)) < 1e-9
