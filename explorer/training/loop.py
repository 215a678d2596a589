"""`train(job)`: the whole of a training run, as a generator of events."""

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import torch

from explorer.datasets.catalog import preparing
from explorer.datasets.dataset import Dataset
from explorer.errors import ExplorerError
from explorer.network.pretrained import to_download
from explorer.training.device import choose_device, keep_freed_memory
from explorer.training.events import Event, Failed, Finished, Preparing, TrainingEnded
from explorer.training.failures import explain_divergence, explain_memory
from explorer.training.measure import DivergedError
from explorer.training.pictures import Pictures
from explorer.training.probe import plan
from explorer.training.ready import ready
from explorer.training.recipe import Job
from explorer.training.session import Session, Stop

PACE = 0.1
"""Seconds between two `Progress` events."""


def train(
    job: Job,
    *,
    dataset: Dataset | None = None,
    should_stop: Stop = lambda: False,
    directory: Path | None = None,
    pace: float | None = PACE,
) -> Iterator[Event]:
    """Train all contenders of a job on the same batches in the same order.

    The same job gives the same losses on the same machine. A contender learns the same whatever it
    is trained beside, but for rounding, if the probe chooses the same precision.
    Nothing global is changed after the last event but the C library's way with memory.

    Args:
        job: What to train, on what, and how.
        dataset: The data, if it is at hand; else the job's is prepared.
        should_stop: Asked at every step; when true, training ends and is measured as it is.
        directory: Where the final weights go; without it nothing is saved.
        pace: Seconds between `Progress` events; they come faster in the first two seconds, when
            curves are steepest. None: no `Progress` at all.

    Yields:
        The events of `explorer.training.events`, in the order described there. What goes wrong is
        the last event, `Failed`.
    """
    threads = torch.get_num_threads()
    keep_freed_memory()
    try:
        yield from _train(job, dataset, should_stop, directory, pace)
    except DivergedError as error:
        yield explain_divergence(error, job)
    except ExplorerError as error:
        yield Failed(what=error.problem, why="", remedy=error.remedy)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        failed = explain_memory(error, job)
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
) -> Generator[Event]:
    if dataset is None:
        dataset = yield from _prepare(job, should_stop)
    if dataset is None:
        yield TrainingEnded(reason="stopped", step=0, seconds=0)
        yield Finished(
            reason="stopped",
            seconds=0,
            results=(),
            test_size=0,
            disagreement_count=0,
            disagreements=(),
        )
        return
    device = choose_device()
    prepared = ready(job, dataset, device)
    train_pictures = Pictures(dataset.train, device)
    how = plan(prepared.job, train_pictures, device)
    torch.set_num_threads(how.threads)
    for what in to_download([contender.network for contender in prepared.job.contenders]):
        yield Preparing(message=f"Downloading the weights of {what}", done=0, total=0)
    session = Session(prepared, dataset, train_pictures, how, device)
    yield session.start()
    reason = yield from session.epochs(should_stop, pace)
    yield TrainingEnded(reason=reason, step=session.step, seconds=session.seconds)
    if directory is not None:
        yield session.save(directory)
    yield session.finish(reason)


def _prepare(job: Job, should_stop: Stop) -> Generator[Preparing, None, Dataset | None]:
    """The job's data set, or None if stopped meanwhile."""
    reports = preparing(
        job.dataset,
        job.contenders[0].network.input,
        seed=job.recipe.seed,
        validation_fraction=job.recipe.validation_fraction,
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
