"""`train(job)`: the whole of a training run, as a generator of events."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from explorer.datasets.catalog import preparing
from explorer.datasets.dataset import Dataset
from explorer.errors import ExplorerError
from explorer.network.pretrained import to_download
from explorer.training.control import Control
from explorer.training.device import choose_device, deterministic, keep_freed_memory
from explorer.training.events import Event, Failed, Preparing, TrainingEnded
from explorer.training.failures import explain_divergence, explain_indeterminism, explain_memory
from explorer.training.forecast import recall
from explorer.training.keeper import Keeper
from explorer.training.learner import LearnerState
from explorer.training.measure import DivergedError
from explorer.training.nothing import nothing_done
from explorer.training.pictures import Pictures
from explorer.training.probe import Plan, plan
from explorer.training.range_test import range_test
from explorer.training.ready import ready
from explorer.training.recipe import Job
from explorer.training.resume import DamagedCheckpointError, Position, load_run
from explorer.training.session import Session, Stop
from explorer.training.told import Told

PACE = 0.1
"""Seconds between two `Progress` events."""


def train(
    job: Job,
    *,
    dataset: Dataset | None = None,
    should_stop: Stop = lambda: False,
    directory: Path | None = None,
    pace: float | None = PACE,
    control: Control | None = None,
    told: Told | None = None,
    how: Plan | None = None,
) -> Iterator[Event]:
    """Train all contenders of a job on the same batches in the same order.

    The same job gives the same losses on the same machine. A contender learns the same whatever it
    is trained beside, but for rounding, if the probe chooses the same precision.
    Nothing global is changed after the last event but the C library's way with memory.

    With a folder, the whole state is written there every few seconds. A later call with `told`
    goes on from what is there, and on a processor gives the very losses that an uninterrupted run
    would have given.

    Args:
        job: What to train, on what, and how.
        dataset: The data, if it is at hand; else the job's is prepared.
        should_stop: Asked at every step; when true, training ends and is measured as it is.
        directory: Where the state and the final weights go; without it nothing is saved.
        pace: Seconds between `Progress` events; they come faster in the first two seconds, when
            curves are steepest. None: no `Progress` and no `Snapshot` at all.
        control: Through it other threads change, pause, suspend and stop the training.
        told: Take up the run in `directory`: what earlier calls told already, and is not told
            again. None begins anew.
        how: Compute like this, as an earlier run did; else in the way that is fastest here.

    Yields:
        The events of `explorer.training.events`, in the order described there. What goes wrong is
        the last event, `Failed`.
    """
    threads = torch.get_num_threads()
    keep_freed_memory()
    try:
        with deterministic(job.recipe.deterministic):
            yield from _train(
                job, dataset, should_stop, directory, pace, control or Control(), told, how
            )
    except DivergedError as error:
        yield explain_divergence(error, job)
    except ExplorerError as error:
        yield Failed(what=error.problem, why="", remedy=error.remedy)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        failed = explain_memory(error, job) or explain_indeterminism(error)
        if failed is None:
            raise
        yield failed
    finally:
        torch.set_num_threads(threads)


def _train(
    job: Job,
    dataset: Dataset | None,
    should_stop: Stop,
    directory: Path | None,
    pace: float | None,
    control: Control,
    told: Told | None,
    how: Plan | None,
) -> Generator[Event]:
    if dataset is None:
        begun = told is not None and told.started  # what was learned is to be measured

        def breaks_off() -> bool:
            return control.suspending or (not begun and (control.stopping or should_stop()))

        dataset = yield from _prepare(job, breaks_off)
    if dataset is None:
        yield from nothing_done(suspending=control.suspending)
        return
    device = choose_device()
    prepared = ready(job, dataset, device)
    train_pictures = Pictures(dataset.train, device)
    stored, note = _stored(directory, job, dataset) if told else (None, "")
    how = (stored and _plan_of(stored[0], device)) or how
    how = how or plan(prepared.job, train_pictures, device)
    expected = recall(job)  # which asks how many threads there are to choose from
    torch.set_num_threads(how.threads)
    for what in to_download([contender.network for contender in prepared.job.contenders]):
        yield Preparing(message=f"Downloading the weights of {what}", done=0, total=0)
    if job.purpose == "range_test":
        yield from range_test(
            prepared,
            dataset,
            train_pictures,
            how,
            device,
            control=control,
            should_stop=should_stop,
            told=told,
            pace=pace,
        )
        return
    session = Session(
        prepared,
        dataset,
        train_pictures,
        how,
        device,
        control=control,
        should_stop=should_stop,
        keeper=Keeper(directory, job, dataset.hash),
        told=told or Told(),
        pace=pace,
        forecast=expected,
    )
    yield from session.start()
    if stored:
        yield from session.resume(*stored)
    if told and (stored or told.started):
        yield session.resumed(note)
    reason = yield from session.epochs()
    if reason is None:
        return
    yield from session.last_snapshot()
    if not (told and told.ended):
        yield TrainingEnded(reason=reason, step=session.step, seconds=session.seconds)
    session.settle()
    if directory is not None:
        saved = session.save(directory)
        if not (told and told.saved):
            yield saved
    yield session.finish(reason)


def _stored(
    directory: Path | None, job: Job, dataset: Dataset
) -> tuple[tuple[Position, list[LearnerState]] | None, str]:
    """The state that an earlier process left, and a note if there should be one and is not."""
    if directory is None:
        return None, ""
    try:
        return load_run(directory, job, dataset.hash), ""
    except DamagedCheckpointError as error:
        return None, f"The checkpoint was of no use ({error}): training began anew."


def _plan_of(position: Position, device: torch.device) -> Plan | None:
    """To compute as before, which gives the same numbers; None on another kind of device."""
    if position.device != device.type:
        return None
    return Plan(position.precision, position.threads, position.step_seconds, graphs=position.graphs)


def _prepare(job: Job, should_stop: Stop) -> Generator[Preparing, None, Dataset | None]:
    """The job's data set, or None if stopped meanwhile."""
    reports = preparing(
        job.dataset,
        job.contenders[0].network.input,
        seed=job.recipe.seed,
        validation_fraction=job.recipe.validation_fraction,
        fold=job.fold,
    )
    shown, due = "", 0.0
    while not should_stop():
        try:
            message, done, total = next(reports)
        except StopIteration as end:
            return end.value
        if message != shown or time.monotonic() >= due:
            shown, due = message, time.monotonic() + PACE
            yield Preparing(message=message, done=done, total=total)
    return None
