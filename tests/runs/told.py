"""Runs that only say they were trained: their events are written down, nothing is computed."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import exp

from sqlalchemy import insert

from explorer.network.presets import TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.runs.record import Run, Status
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.training.events import (
    ContenderFacts,
    DatasetFacts,
    EpochEnd,
    Event,
    Finished,
    Measure,
    Progress,
    Result,
    Started,
    Trained,
    TrainingEnded,
)
from explorer.training.recipe import Contender, Job
from tests.runs.helpers import make_job, the_run

STEPS_PER_EPOCH = 20


def two_networks(**recipe: object) -> Job:
    """The tutorial network and its baseline on the digits; recipe fields by name."""
    networks = (TUTORIAL_CNN, TUTORIAL_BASELINE)
    contenders = tuple(Contender(name=each.name, network=each) for each in networks)
    return make_job(**recipe).model_copy(update={"contenders": contenders})


def measures(step: int, speed: float, contenders: int = 2) -> tuple[Measure, ...]:
    """Losses that fall and accuracies that rise, faster with more speed, slower for later ones."""
    left = [exp(-step * speed / (40 * (1 + index))) for index in range(contenders)]
    return tuple(Measure(loss=2.3 * each + 0.05, accuracy=0.97 - 0.87 * each) for each in left)


def started(contenders: Sequence[str], epochs: int) -> Started:
    """The first event of a run on the digits."""
    return Started(
        dataset=DatasetFacts(
            name="Digits",
            classes=tuple("0123456789"),
            train=1280,
            validation=143,
            test=374,
            conversion="",
        ),
        device="cpu",
        precision="fp32",
        steps_per_epoch=STEPS_PER_EPOCH,
        epochs=epochs,
        contenders=tuple(
            ContenderFacts(name=name, parameters=13_686, mult_adds=934_760) for name in contenders
        ),
        predicted_seconds=epochs,
    )


def steps(first: int, last: int, speed: float, contenders: int = 2) -> list[Event]:
    """What is said of the steps from `first` to `last`, epochs' ends included; a step is 50 ms."""
    said: list[Event] = []
    for step in range(first, last + 1):
        now = measures(step, speed, contenders)
        epoch = (step - 1) // STEPS_PER_EPOCH + 1
        said.append(
            Progress(
                step=step,
                epoch=epoch,
                samples_per_second=1000,
                seconds=step / 20,
                seconds_left=10,
                contenders=now,
            )
        )
        if step % STEPS_PER_EPOCH == 0:
            said.append(
                EpochEnd(epoch=epoch, step=step, seconds=step / 20, train=now, validation=now)
            )
    return said


def finished(contenders: Sequence[str], last: Sequence[Measure], seconds: float) -> Finished:
    """The end of a run whose test pictures give what it measured last."""
    return Finished(
        reason="completed",
        seconds=seconds,
        results=tuple(
            Result(
                name=name,
                parameters=13_686,
                mult_adds=934_760,
                test_loss=measure.loss,
                test_accuracy=measure.accuracy,
                seconds=seconds / 2,
            )
            for name, measure in zip(contenders, last, strict=True)
        ),
        test_size=374,
        disagreement_count=0,
        disagreements=(),
    )


def untested(tested: Finished) -> Finished:
    """The same end of a run that left the test pictures alone."""
    known = [result.model_dump(include=set(Trained.model_fields)) for result in tested.results]
    left_alone = {"results": (), "test_size": 0, "untested": tuple(Trained(**it) for it in known)}
    return tested.model_copy(update=left_alone)


def told_run(
    store: RunStore,
    visitor: str,
    name: str,
    *,
    job: Job | None = None,
    status: Status = "finished",
    epochs: int = 3,
    speed: float = 1.0,
    ago: timedelta = timedelta(),
) -> Run:
    """A run in the database that was trained for so many epochs; with 0 it has said nothing."""
    job = job or two_networks(epochs=max(1, epochs))
    names = [contender.name for contender in job.contenders]
    run_id, now = secrets.token_urlsafe(16), datetime.now(UTC) - ago
    ended = status in ("finished", "stopped", "failed")
    with store.engine.begin() as connection:
        connection.execute(
            insert(runs_table).values(
                id=run_id,
                visitor=visitor,
                name=name,
                status=status,
                job=job.model_dump_json(),
                purpose=job.purpose,
                created=now,
                started=now,
                ended=now + timedelta(seconds=epochs) if ended else None,
            )
        )
    if epochs:
        said = list(_events(names, epochs, speed, status))
        if job.purpose == "candidate":
            said = [untested(event) if isinstance(event, Finished) else event for event in said]
        store.append(run_id, said)
    return the_run(store, run_id)


def _events(names: list[str], epochs: int, speed: float, status: Status) -> Iterable[Event]:
    last = epochs * STEPS_PER_EPOCH
    yield started(names, epochs)
    yield from steps(1, last, speed, len(names))
    if status == "finished":
        yield TrainingEnded(reason="completed", step=last, seconds=last / 20)
        yield finished(names, measures(last, speed, len(names)), last / 20)
