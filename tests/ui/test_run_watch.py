"""A run followed from the queue to its end, as a page does it, on a real database."""

from collections.abc import Iterator

import pytest

from explorer.datasets.reference import DatasetRef
from explorer.network.presets import TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.runs.claim import Claim
from explorer.runs.claims import place_on_gpu, reserve
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.control import Continue, Pause
from explorer.training.events import (
    Checkpointed,
    ContenderFacts,
    Continued,
    DatasetFacts,
    EpochEnd,
    Finished,
    LearningRateChanged,
    Measure,
    Paused,
    Preparing,
    Progress,
    Resumed,
    Saved,
    Started,
    Suspended,
    TrainingEnded,
)
from explorer.training.recipe import Contender, Job
from explorer.ui.runs.panel import _facts
from explorer.ui.runs.watch import RunWatch

JOB = Job(
    contenders=(
        Contender(name="CNN", network=TUTORIAL_CNN),
        Contender(name="Baseline", network=TUTORIAL_BASELINE),
    ),
    dataset=DatasetRef(),
)
MEASURES = (Measure(loss=1.0, accuracy=0.5), Measure(loss=2.0, accuracy=0.25))
STARTED = Started(
    dataset=DatasetFacts(
        name="Digits", classes=("0", "1"), train=8, validation=1, test=1, conversion=""
    ),
    device="CPU",
    precision="fp32",
    steps_per_epoch=2,
    epochs=2,
    contenders=(
        ContenderFacts(name="CNN", parameters=1, mult_adds=1),
        ContenderFacts(name="Baseline", parameters=1, mult_adds=1),
    ),
    predicted_seconds=1,
)
FINISHED = Finished(
    reason="completed",
    seconds=1,
    results=(),
    test_size=1,
    disagreement_count=0,
    disagreements=(),
)


def _progress(step: int) -> Progress:
    return Progress(
        step=step,
        epoch=1,
        samples_per_second=1,
        seconds=1,
        seconds_left=1,
        contenders=MEASURES,
    )


@pytest.fixture
def store() -> Iterator[RunStore]:
    store = RunStore(settings().database)
    yield store
    store.engine.dispose()


@pytest.fixture
def run(store: RunStore) -> Run:
    return store.create("somebody", JOB, "A run")


def _taken(store: RunStore, run: Run) -> Claim:
    assert reserve(store, 1) == run.id
    claim = Claim.take(store, run.id)
    assert claim is not None
    return claim


def test_of_several_gpus_the_page_says_which(store: RunStore, run: Run) -> None:
    claim = _taken(store, run)
    claim.record([STARTED.model_copy(update={"device": "GPU: NVIDIA H200"})])
    watch = RunWatch.of(run)
    watch.refresh(store)
    assert "number" not in _facts(watch)
    place_on_gpu(store, run.id, ("0", "1"), ["1"])
    watch.refresh(store)
    assert "NVIDIA H200 (number 1) · fp32" in _facts(watch)


def test_every_phase_from_the_queue_to_the_end(store: RunStore, run: Run) -> None:
    watch = RunWatch.of(run)
    phases = []

    def look() -> None:
        watch.refresh(store)
        phases.append(watch.phase)

    look()
    assert watch.position == 1
    claim = _taken(store, run)
    look()
    claim.record([Preparing(message="Reading", done=1, total=2)])
    look()
    assert watch.preparing is not None
    claim.record([STARTED, _progress(1)])
    look()
    store.request_stop(run.id, "somebody")
    look()
    claim.record([TrainingEnded(reason="stopped", step=1, seconds=1)])
    look()
    claim.end([Saved(step=1, files={"CNN": "cnn.safetensors"}), FINISHED], "stopped", "asked")
    assert not watch.ended
    look()
    assert watch.ended
    assert phases == [
        "waiting",
        "preparing",
        "preparing",
        "training",
        "stopping",
        "measuring",
        "stopped",
    ]
    assert watch.files == {"CNN": "cnn.safetensors"}
    assert watch.finished == FINISHED


def test_what_another_worker_makes_ready_shows_until_it_goes_on(store: RunStore, run: Run) -> None:
    claim = _taken(store, run)
    claim.record([STARTED, _progress(1), Preparing(message="No cluster", done=0, total=0)])
    watch = RunWatch.of(run)
    watch.refresh(store)
    assert (watch.phase, watch.preparing and watch.preparing.message) == ("preparing", "No cluster")
    claim.record([_progress(2)])
    watch.refresh(store)
    assert (watch.phase, watch.preparing) == ("training", None)


def test_what_is_asked_of_it_shows(store: RunStore, run: Run) -> None:
    claim = _taken(store, run)
    claim.record([STARTED, _progress(1)])
    watch = RunWatch.of(run)
    watch.refresh(store)
    assert (watch.phase, watch.learning_rate) == ("training", JOB.recipe.learning_rate)
    claim.record(
        [
            LearningRateChanged(step=1, learning_rate=0.5, command=1),
            Checkpointed(step=1, command=2, size=10),
            Paused(step=1, command=3),
        ]
    )
    watch.refresh(store)
    assert (watch.phase, watch.learning_rate) == ("paused", 0.5)
    assert watch.checkpointed is not None and watch.checkpointed.size == 10
    claim.leave([Suspended(step=1)], paused=True, wishes_heard=3)
    watch.refresh(store)
    assert watch.phase == "paused"
    assert not watch.ended
    for _ in range(3):
        store.ask(run.id, "somebody", Pause())
    store.ask(run.id, "somebody", Continue())
    watch.refresh(store)
    assert (watch.phase, watch.position) == ("waiting", 1)
    assert not watch.status.paused, "it is not to be sent away again before it has begun"
    claim = _taken(store, run)
    claim.record([Resumed(step=1), Continued(step=1, command=7)])
    watch.refresh(store)
    assert watch.phase == "training"


def test_a_waiting_run_knows_how_long(store: RunStore, run: Run) -> None:
    claim = _taken(store, run)
    claim.record([STARTED, _progress(1)])
    other = store.create("another", JOB, "Waits")
    watch = RunWatch.of(other)
    watch.refresh(store)
    assert watch.position == 1
    places = settings().max_workers
    assert watch.expected_wait == pytest.approx(1 if places == 1 else 0)


def test_the_first_look_gets_everything_and_the_next_only_what_is_new(
    store: RunStore, run: Run
) -> None:
    claim = _taken(store, run)
    claim.record([STARTED, *(_progress(step) for step in range(1, 101))])
    watch = RunWatch.of(run)
    watch.refresh(store)
    assert watch.part["training"]["steps"] == list(range(1, 101))
    claim.record(
        [_progress(101), EpochEnd(epoch=1, step=101, seconds=1, train=(), validation=None)]
    )
    watch.refresh(store)
    assert 0 < watch.part["after"] < 100
    assert watch.part["training"]["steps"][-1] == 101
    unchanged = watch.part
    watch.refresh(store)
    assert watch.part is unchanged  # so that nothing is sent to the browser again
    watch.send_everything()
    watch.refresh(store)
    assert watch.part["training"]["steps"] == list(range(1, 102))


def test_a_deleted_run_is_told_apart(store: RunStore, run: Run) -> None:
    watch = RunWatch.of(run)
    store.delete(run.id, "somebody")
    with pytest.raises(LookupError):
        watch.refresh(store)
