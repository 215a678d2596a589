"""What is asked of a training while it runs, in one process: granted once, in order, and kept."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from explorer.training import disk, keeper, resume
from explorer.training.control import ChangeLearningRate, Continue, Control, Pause, SaveNow, Wish
from explorer.training.events import (
    Checkpointed,
    Continued,
    EpochEnd,
    Event,
    Failed,
    Finished,
    LearningRateChanged,
    Paused,
    Progress,
    Resumed,
    Saved,
    Started,
    Suspended,
    TrainingEnded,
)
from explorer.training.files import RUN_FILE, forget_run
from explorer.training.loop import train
from explorer.training.resume import stored_step
from explorer.training.told import TELLING_KINDS, Told, told_by
from tests.training import jobs
from tests.training.jobs import DROPOUT, LINEAR, job, of
from tests.training.test_resume import curve, epochs, results


def asked(
    chosen: Any, wishes: dict[int, list[Wish]], control: Control | None = None, **options: Any
) -> Iterator[Event]:
    """Training of which something is wished after some steps; "leave" is to suspend it."""
    control = control or Control()
    options.setdefault("dataset", jobs.digits())
    number = 0
    for event in train(chosen, pace=0, control=control, **options):
        yield event
        if isinstance(event, Progress):
            for wish in wishes.get(event.step, ()):
                number += 1
                control.ask(number, wish)


def test_a_changed_learning_rate_holds_from_the_next_step() -> None:
    still = job(LINEAR, optimizer="sgd", momentum=0.0, learning_rate=0.01)
    events = list(asked(still, {5: [ChangeLearningRate(learning_rate=1e-9)]}))
    plain = list(asked(still, {}))
    assert curve(events)[:6] == curve(plain)[:6], "the loss of step 6 comes before its change"
    assert curve(events)[7:] != curve(plain)[7:]
    (changed,) = of(events, LearningRateChanged)
    assert (changed.step, changed.learning_rate, changed.command) == (5, 1e-9, 1)
    same = list(asked(still, {5: [ChangeLearningRate(learning_rate=0.01)]}))
    assert curve(same) == curve(plain)


def test_a_pause_rests_until_it_is_over_and_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    control = Control()
    day, days = 86_400, [0]
    told = SimpleNamespace(perf_counter=lambda: time.perf_counter() + days[0] * day)
    monkeypatch.setattr("explorer.training.clock.time", told)

    def wake() -> None:
        days[0] += 1
        control.ask(2, Continue())

    waking = threading.Timer(0.2, wake)
    events: list[Event] = []
    for event in asked(job(LINEAR, epochs=2), {7: [Pause()]}, control):
        events.append(event)
        if isinstance(event, Paused):
            waking.start()
        if isinstance(event, Continued):
            assert days == [1], "not before it is told to"
    assert [event.step for event in of(events, (Paused, Continued))] == [7, 7]
    assert of(events, Finished)[0].seconds < day, "the rest does not count"
    assert all(event.seconds < day for event in of(events, Progress))
    assert epochs(events) == epochs(list(asked(job(LINEAR, epochs=2), {})))


def test_stopping_a_paused_training_ends_it() -> None:
    control = Control()
    events = []
    for event in asked(job(LINEAR), {3: [Pause()]}, control):
        events.append(event)
        if isinstance(event, Paused):
            threading.Timer(0.1, control.stop).start()
    assert of(events, Finished)[0].reason == "stopped"
    assert of(events, TrainingEnded)[0].step == 3


def test_the_same_wish_twice_is_granted_once(tmp_path: Path) -> None:
    wishes: list[Wish] = [Pause(), Pause(), Continue(), Continue(), SaveNow()]
    events = list(asked(job(LINEAR), {4: wishes}, directory=tmp_path))
    answers = of(events, (Paused, Continued, Checkpointed))
    assert [(event.kind, event.command) for event in answers] == [
        ("paused", 1),
        ("continued", 3),
        ("checkpointed", 5),
    ]
    assert answers[-1].size > 1000 and not answers[-1].problem


def test_saving_without_a_folder_and_on_a_full_disk_says_so_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere,) = of(list(asked(job(LINEAR), {4: [SaveNow()]})), Checkpointed)
    assert nowhere.problem == "This run has no folder to write to."

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    events = []
    for event in asked(job(LINEAR), {4: [SaveNow()]}, directory=tmp_path):
        events.append(event)
        monkeypatch.setattr(disk, "to_disk", full)
        if isinstance(event, TrainingEnded):
            monkeypatch.undo()
    assert (
        of(events, Checkpointed)[0].problem == "It could not be written: No space left on device."
    )
    assert isinstance(events[-1], Finished)
    assert not (tmp_path / RUN_FILE).exists()


def suspended(chosen: Any, at: int, folder: Path, **options: Any) -> list[Event]:
    """What is said until another process is to go on after step `at`."""
    control = Control()
    events = []
    for event in asked(chosen, {}, control, directory=folder, **options):
        events.append(event)
        if isinstance(event, Progress) and event.step == at:
            control.suspend()
    assert isinstance(events[-1], Suspended)
    assert events[-1].step == stored_step(folder) == at
    return events


@pytest.mark.parametrize("at", [1, 20, 21, 22, 41])
@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "muon", "schedule": "cosine", "warmup_epochs": 0.5},
        {"optimizer": "rmsprop", "momentum": 0.5, "schedule": "plateau", "plateau_patience": 0},
        {"optimizer": "adam", "schedule": "step", "step_size": 1, "patience": 1},
    ],
    ids=lambda recipe: recipe["optimizer"],
)
def test_in_two_parts_it_is_the_same_training(
    at: int, recipe: dict[str, Any], tmp_path: Path
) -> None:
    """Also at the last step of an epoch (21), and before the first of the next."""
    chosen = job(DROPOUT, LINEAR, epochs=3, **recipe)
    whole = list(asked(chosen, {}))
    first = suspended(chosen, at, tmp_path)
    second = list(asked(chosen, {}, directory=tmp_path, told=told_by(first)))
    together = first + second
    assert curve(together) == curve(whole)
    assert epochs(together) == epochs(whole)
    assert results(together) == results(whole)
    assert len(of(together, Started)) == len(of(together, Saved)) == 1


def test_a_pause_survives_the_process(tmp_path: Path) -> None:
    chosen, control = job(LINEAR), Control()
    first = []
    for event in asked(chosen, {6: [Pause()]}, control, directory=tmp_path):
        first.append(event)
        if isinstance(event, Paused):
            control.suspend()
    assert isinstance(first[-1], Suspended)
    control = Control()
    threading.Timer(0.3, lambda: control.ask(2, Continue())).start()
    control.ask(1, Pause())  # the worker hears all wishes again
    second = list(asked(chosen, {}, control, directory=tmp_path, told=told_by(first)))
    assert [event.kind for event in second[:2]] == ["resumed", "continued"]
    assert curve(first + second) == curve(list(asked(chosen, {})))


def test_a_wish_that_was_granted_before_the_process_died_is_not_granted_again(
    tmp_path: Path,
) -> None:
    chosen = job(LINEAR, schedule="cosine")
    wish = ChangeLearningRate(learning_rate=0.02)
    whole = list(asked(chosen, {4: [wish]}))
    control = Control()
    first = []
    for event in asked(chosen, {4: [wish]}, control, directory=tmp_path):
        first.append(event)
        if isinstance(event, Progress) and event.step == 8:
            control.suspend()
    control = Control()
    control.ask(1, wish)  # the next worker hears all wishes of the run
    second = list(asked(chosen, {}, control, directory=tmp_path, told=told_by(first)))
    assert curve(first + second) == curve(whole)
    assert len(of(first + second, LearningRateChanged)) == 1


def test_a_wish_is_taken_once() -> None:
    control = Control()
    control.ask(1, Pause())
    assert control.attention
    assert control.take() == [(1, Pause())]
    assert control.take() == []
    assert not control.attention
    control.suspend()
    assert control.take() == []
    assert control.attention, "until it has ended"


def test_a_death_while_measuring_does_not_train_or_tell_again(tmp_path: Path) -> None:
    chosen = job(LINEAR)
    first = []
    for event in asked(chosen, {}, directory=tmp_path):
        first.append(event)
        if isinstance(event, TrainingEnded):
            break  # closed like this nothing more is done, as after a kill
    second = list(asked(chosen, {}, directory=tmp_path, told=told_by(first)))
    assert [event.kind for event in second] == ["resumed", "saved", "finished"]
    assert results(second) == results(list(asked(chosen, {})))


def test_what_did_not_reach_the_listener_is_told_again(tmp_path: Path) -> None:
    """The checkpoint is newer than what was stored when the process died."""
    chosen = job(LINEAR, epochs=2)
    first = suspended(chosen, 30, tmp_path)
    reached = [event for event in first if not isinstance(event, (Progress, EpochEnd, Suspended))]
    reached += of(first, Progress)[:19]
    second = list(asked(chosen, {}, directory=tmp_path, told=told_by(reached)))
    whole = list(asked(chosen, {}))
    assert curve(reached + second) == curve(whole)
    assert epochs(second) == epochs(whole)


def test_without_a_checkpoint_it_begins_anew_and_tells_only_what_is_new() -> None:
    chosen = job(LINEAR, epochs=2)
    whole = list(asked(chosen, {}))
    first = whole[:28]
    second = list(asked(chosen, {}, told=told_by(first)))
    assert of(second, Resumed)[0].step == 0
    assert curve(first + second) == curve(whole)
    assert epochs(first + second) == epochs(whole)


def test_a_damaged_checkpoint_is_said_to_be_and_training_begins_anew(tmp_path: Path) -> None:
    chosen = job(LINEAR)
    suspended(chosen, 5, tmp_path)
    file = tmp_path / RUN_FILE
    whole = file.read_bytes()
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}  # not mapped
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata()
    for content in (b"", b"\x80\x04pickle", whole[:-10]):
        file.write_bytes(content)
        events = list(asked(chosen, {}, directory=tmp_path, told=Told()))
        assert isinstance(events[-1], Finished)
        assert not of(events, Resumed), "nothing was told yet, so nothing is gone on with"
    for changed in ({"format": "something"}, {"position": "{}"}):
        save_file(tensors, file, metadata | changed)
        assert stored_step(tmp_path) is None
        events = list(asked(chosen, {}, directory=tmp_path, told=Told(started=True)))
        assert "training began anew" in of(events, Resumed)[0].note
        assert isinstance(events[-1], Finished)


def test_the_checkpoint_of_another_job_or_of_other_data_is_refused(tmp_path: Path) -> None:
    suspended(job(LINEAR), 5, tmp_path)
    (failed,) = asked(job(LINEAR, seed=1), {}, directory=tmp_path, told=Told())
    assert isinstance(failed, Failed)
    assert "other networks, data or choices" in failed.what
    (failed,) = asked(job(LINEAR), {}, directory=tmp_path, told=Told(), dataset=jobs.few(640))
    assert isinstance(failed, Failed)
    assert "no longer those" in failed.what


def test_a_new_training_in_a_used_folder_begins_anew(tmp_path: Path) -> None:
    suspended(job(LINEAR), 5, tmp_path)
    events = list(asked(job(LINEAR, seed=1), {}, directory=tmp_path))
    assert of(events, Started) and not of(events, Resumed)
    forget_run(tmp_path)
    forget_run(tmp_path)
    assert stored_step(tmp_path) is None


def test_writing_takes_little_of_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow it is: the next waits a hundred times as long as the last took."""
    spent = []

    def slow(*args: Any) -> int:
        before = time.perf_counter()
        time.sleep(0.005)  # a slow disk
        size = resume.save_run(*args)
        spent.append(time.perf_counter() - before)
        return size

    monkeypatch.setattr(keeper, "save_run", slow)
    monkeypatch.setattr(keeper, "MOST_SECONDS_BETWEEN", 0.0)
    events = list(asked(job(DROPOUT, LINEAR, epochs=20), {}, directory=tmp_path))
    inside = spent[:-1]  # the last is the end of training
    assert len(spent) >= 2
    assert sum(inside) < 0.02 * of(events, Finished)[0].seconds + max(inside)


def test_a_wish_survives_json_and_is_bounded() -> None:
    from pydantic import ValidationError

    from explorer.training.control import WishAdapter

    for wish in (ChangeLearningRate(learning_rate=0.5), Pause(), Continue(), SaveNow()):
        assert WishAdapter.validate_json(wish.model_dump_json()) == wish
    for rate in (0, -1, 11, float("nan")):
        with pytest.raises(ValidationError):
            ChangeLearningRate(learning_rate=rate)


def test_told_is_what_the_last_event_of_each_kind_says() -> None:
    events = list(asked(job(LINEAR, epochs=2), {3: [SaveNow()]}))
    last = {event.kind: event for event in events if event.kind in TELLING_KINDS}
    assert told_by(last.values()) == told_by(events)
    assert told_by([]) == Told()
