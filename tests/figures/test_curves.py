"""What the browser is sent of a run's curves, put together as the browser does it."""

from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.curves import OVERLAP, POINT_LIMIT, Curves, Part
from explorer.training.events import EpochEnd, Event, Measure, Progress, TrainingEnded


def _progress(step: int, *losses: float) -> Progress:
    return Progress(
        step=step,
        epoch=1,
        samples_per_second=1,
        seconds=step,
        seconds_left=0,
        contenders=tuple(Measure(loss=loss, accuracy=loss / 10) for loss in losses),
    )


def _epoch(epoch: int, step: int, *losses: float) -> EpochEnd:
    measures = tuple(Measure(loss=loss, accuracy=loss / 10) for loss in losses)
    return EpochEnd(epoch=epoch, step=step, seconds=step, train=measures, validation=measures)


def _follow(known: list[int], steps: list[int], after: int) -> list[int]:
    """The steps a reader knows after a part, which must leave no gap."""
    assert after <= max(known, default=0)
    return [step for step in known if step <= after] + steps


def test_mean_average_precision_is_sent_of_validation_only() -> None:
    curves = Curves(2)
    epochs = [
        epoch.model_copy(
            update={
                "validation": tuple(
                    measure.model_copy(update={"mean_average_precision": value})
                    for measure, value in zip(epoch.validation or (), values, strict=True)
                )
            }
        )
        for epoch, values in (
            (_epoch(1, 5, 0.5, 0.7), (0.25, None)),
            (_epoch(2, 90, 0.4, 0.6), (0.123456, 0.5)),
        )
    ]
    curves.add([_progress(1, 2.0, 3.0), epochs[0]])
    whole = curves.complete()
    assert whole["validation"].get("average_precision") == [[0.25], [None]]
    assert "average_precision" not in whole["training"]
    curves.add([*(_progress(step, 1.0, 1.0) for step in range(2, 90)), epochs[1]])
    curves.complete()
    curves.add([_progress(91, 1.0, 1.0)])
    assert curves.news()["validation"].get("average_precision") == [[0.12346], [0.5]]
    curves.add(_progress(step, 1.0, 1.0) for step in range(92, 150))
    curves.complete()
    assert curves.news()["validation"].get("average_precision") == [[], []]


def test_columns_hold_each_contender_in_its_place() -> None:
    curves = Curves(2)
    ended = TrainingEnded(reason="completed", step=9, seconds=1)
    curves.add([_progress(3, 2.0, 3.0), _progress(9, 1.0, 1.5), _epoch(1, 9, 0.5, 0.7), ended])
    assert curves.complete() == {
        "after": 0,
        "training": {
            "steps": [3, 9],
            "seconds": [3.0, 9.0],
            "loss": [[2.0, 1.0], [3.0, 1.5]],
            "accuracy": [[0.2, 0.1], [0.3, 0.15]],
        },
        "validation": {
            "steps": [9],
            "seconds": [9.0],
            "loss": [[0.5], [0.7]],
            "accuracy": [[0.05], [0.07]],
        },
    }


def test_before_the_first_point_there_is_an_empty_column_for_each_contender() -> None:
    empty = {"steps": [], "seconds": [], "loss": [[], []], "accuracy": [[], []]}
    assert Curves(2).complete() == {"after": 0, "training": empty, "validation": empty}


@given(
    bursts=st.lists(st.integers(0, 30), max_size=12),
    lost=st.sets(st.integers(0, 11)),
    epoch=st.integers(3, 17),
)
def test_parts_heal_after_single_losses(bursts: list[int], lost: set[int], epoch: int) -> None:
    """A part may be lost if the next one is not and brings less than the overlap."""
    curves = Curves(1)
    step, training, validation = 0, [], []
    previous_lost, unseen = False, 0
    for index, burst in enumerate(bursts):
        events: list[Event] = []
        for _ in range(burst):
            step += 1
            events.append(_progress(step, 1.0))
            if step % epoch == 0:
                events.append(_epoch(step // epoch, step, 1.0))
        curves.add(events)
        part: Part = curves.news()
        if index in lost and not previous_lost and burst <= OVERLAP:
            previous_lost = True
            unseen = burst
            continue
        previous_lost = False
        training = _follow(training, part["training"]["steps"], part["after"])
        validation = [s for s in validation if s <= part["after"]] + part["validation"]["steps"]
        unseen = 0
    seen = step - unseen
    assert training == list(range(1, seen + 1))
    assert validation == list(range(epoch, seen + 1, epoch))


def test_many_points_are_averaged_and_the_next_part_still_follows() -> None:
    curves = Curves(1)
    total = 5 * POINT_LIMIT + 7
    curves.add(_progress(step, float(step)) for step in range(1, total + 1))
    training = curves.complete()["training"]
    steps, losses = training["steps"], training["loss"][0]
    assert len(steps) <= POINT_LIMIT
    assert steps == sorted(set(steps))
    assert steps[-OVERLAP:] == list(range(total - OVERLAP + 1, total + 1))
    # A straight line stays straight: each mean lies in the middle of the steps it stands for.
    middles = [(before + 1 + step) / 2 for before, step in zip([0, *steps], steps, strict=False)]
    assert all(abs(loss - middle) <= 0.5 for loss, middle in zip(losses, middles, strict=True))
    curves.add([_progress(total + 1, 0.0)])
    news = curves.news()
    assert news["after"] in steps
    assert news["training"]["steps"] == list(range(news["after"] + 1, total + 2))
