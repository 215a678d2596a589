"""The curves as files for other programs, read back by those programs' own readers."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from explorer.training.events import EpochEnd, Event, Finished, Measure, Progress
from explorer.training.export import event_files
from explorer.training.export.curves_table import write_curves
from explorer.training.export.event_files import write_event_files
from explorer.training.export.points import folder_names, points, safe_name
from explorer.training.probe import Plan
from explorer.training.recipe import Contender
from tests.training.jobs import LINEAR, job, of, run

NAMES = ["Linear", "Second"]
SECOND = Contender(name="Second", network=LINEAR)
BEGAN = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return run(job(LINEAR, SECOND, epochs=2), pace=0.0, how=Plan("fp32", 1, 0.001))


def progress(step: int) -> Progress:
    return Progress(
        step=step,
        epoch=1,
        samples_per_second=1,
        seconds=step / 4,
        seconds_left=0,
        contenders=(Measure(loss=step, accuracy=0.5),),
    )


def test_the_table_says_what_the_events_said(events: list[Event]) -> None:
    file = io.StringIO(newline="")
    write_curves(file, NAMES, events)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))

    def read(part: str, network: str) -> list[tuple[int, float, float, float]]:
        return [
            (int(row["step"]), float(row["seconds"]), float(row["loss"]), float(row["accuracy"]))
            for row in rows
            if (row["part"], row["network"]) == (part, network)
        ]

    [finished] = of(events, Finished)
    for index, name in enumerate(NAMES):
        assert read("training", name) == [
            (event.step, event.seconds, measure.loss, measure.accuracy)
            for event in of(events, Progress)
            for measure in [event.contenders[index]]
        ]
        assert read("validation", name) == [
            (event.step, event.seconds, measure.loss, measure.accuracy)
            for event in of(events, EpochEnd)
            for measure in [event.validation[index]]
        ]
        result = finished.results[index]
        last = of(events, EpochEnd)[-1].step
        measured = (last, finished.seconds, result.test_loss, result.test_accuracy)
        assert read("test", name) == [measured]


def test_a_name_cannot_become_a_formula() -> None:
    file = io.StringIO()
    write_curves(file, ['=HYPERLINK("http://example.org")'], [progress(1)])
    assert "'=HYPERLINK" in file.getvalue().splitlines()[1]


def test_tensorboard_reads_every_curve(events: list[Event], tmp_path: Path) -> None:
    with ZipFile(tmp_path / "files.zip", "w") as archive:
        write_event_files(archive, NAMES, events, BEGAN)
        archive.extractall(tmp_path)
    for index, folder in enumerate(["1-linear", "2-second"]):
        known = {
            "training": [(e, e.contenders[index]) for e in of(events, Progress)],
            "training_epoch": [(e, e.train[index]) for e in of(events, EpochEnd)],
            "validation": [(e, e.validation[index]) for e in of(events, EpochEnd)],
        }
        for part, expected in known.items():
            files = EventAccumulator(str(tmp_path / folder / part))
            files.Reload()
            for tag in ("loss", "accuracy"):
                shown = files.Scalars(tag)
                assert [one.step for one in shown] == [event.step for event, _ in expected]
                for one, (event, measure) in zip(shown, expected, strict=True):
                    assert one.value == pytest.approx(getattr(measure, tag), rel=1e-6)
                    assert one.wall_time == pytest.approx(BEGAN.timestamp() + event.seconds)
        files = EventAccumulator(str(tmp_path / folder / "test"))
        files.Reload()
        assert len(files.Scalars("accuracy")) == 1


def test_long_curves_are_averaged_for_tensorboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_files, "MOST_POINTS", 4)
    with ZipFile(tmp_path / "files.zip", "w") as archive:
        write_event_files(archive, ["Long"], [progress(step) for step in range(1, 11)], BEGAN)
        archive.extractall(tmp_path)
    files = EventAccumulator(str(tmp_path / "1-long" / "training"))
    files.Reload()
    shown = [(one.step, one.value) for one in files.Scalars("loss")]
    assert shown == [(3, 2), (6, 5), (9, 8), (10, 10)]


def test_measures_that_come_later_are_written_by_their_names() -> None:
    class Fuller(Measure):
        auroc: float
        per_class: tuple[float, ...] = ()

    measure = Fuller(loss=1, accuracy=0.5, auroc=0.75, per_class=(0.1,))
    event = progress(1).model_copy(update={"contenders": (measure,)})
    assert [point.values for point in points([event])] == [
        {"loss": 1, "accuracy": 0.5, "auroc": 0.75}
    ]


def test_names_of_files_are_plain() -> None:
    assert safe_name("../Café, 2×3 (“best”)") == "caf-2-3-best"
    assert [safe_name(name) for name in ("…", "a" * 50)] == ["unnamed", "a" * 40]
    assert folder_names(["A", "a"]) == ["1-a", "2-a"]
