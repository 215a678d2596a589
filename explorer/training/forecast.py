"""How long a training will take and how much memory it needs, from a second of the real thing.

The very loop that will train is run for a few steps on random pictures of the right shape, which
cost what photographs cost. So both contenders, augmentation and validation are part of it, nothing
has to be downloaded or decoded first, and the answer holds for whatever the loop becomes.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
from pydantic import TypeAdapter, ValidationError

from explorer.datasets.dataset import Dataset, Split
from explorer.datasets.sizes import Sizes, sizes
from explorer.errors import ExplorerError
from explorer.network.shapes import Trace, trace
from explorer.settings import settings
from explorer.training.device import (
    available_memory,
    choose_device,
    describe_device,
    release_freed_memory,
)
from explorer.training.disk import remember
from explorer.training.events import EpochEnd, Event, Failed, Finished, Progress, Started
from explorer.training.load import BUSY_SECONDS, QUIET_SHARE, Share, holds
from explorer.training.measure import evaluation_batch
from explorer.training.memory import process_memory
from explorer.training.pictures import Pictures, steps
from explorer.training.probe import cost_facts, plan
from explorer.training.ready import weight_bytes
from explorer.training.recipe import Job

FRESH_SECONDS = 3600
"""So long holds a forecast of a quiet machine: later it may have more to do."""
_MEASURED_SECONDS = 1.0
_FEWEST_STEPS, _MOST_STEPS = 4, 100
# A batch that would take longer than this is measured with fewer pictures, and the rest is
# proportion. What a machine computes in a second is only known roughly before it is measured.
_LONGEST_STEP_SECONDS = 1.0
_MULT_ADDS_PER_SECOND = {"cpu": 3e10, "cuda": 3e12}
_FORWARD_AND_BACKWARD = 3
_POOL = 256
# Over a whole run the C library's pieces of free memory become smaller and more: runs of minutes
# needed 3 to 18 % more than their first second.
_GROWTH = 1.1
_SMALLEST_RATE = 1e-6  # random labels teach nothing, and nothing may diverge


@dataclass(frozen=True)
class Forecast:
    """What to expect of a job on this machine.

    Attributes:
        steps_per_epoch: Optimizer steps.
        step_seconds: Of all contenders, with fetching and augmenting the batch.
        validation_seconds: Of all contenders on all validation pictures.
        memory: Bytes at the peak, as `training.memory` counts them; None if the system says none.
        available: Bytes that were free when this was measured; None as for `memory`.
        fitting: The largest batch size that fits if this one does not, 0 if none does, else None.
        device: On what it was measured, in words.
        precision: The number format that is fastest there, or was asked for.
        share: Of the time in which it was measured: see `load.Share`.
    """

    steps_per_epoch: int
    step_seconds: float
    validation_seconds: float
    memory: int | None
    available: int | None
    fitting: int | None
    device: str
    precision: str
    share: float = 1.0

    @property
    def busy(self) -> bool:
        """The machine had other work while this was measured."""
        return self.share < QUIET_SHARE

    @property
    def lasts(self) -> float:
        """Seconds for which it holds."""
        return BUSY_SECONDS if self.busy else FRESH_SECONDS

    @property
    def epoch_seconds(self) -> float:
        """Training and validation."""
        return self.steps_per_epoch * self.step_seconds + self.validation_seconds


_ADAPTER: TypeAdapter[Forecast] = TypeAdapter(Forecast)


def forecast_key(job: Job) -> str:
    """The same for jobs that cost the same for each epoch, whatever machine it is."""
    data = job.dataset.model_dump(include={"source", "archive"})
    folds = job.fold and job.fold.of
    return hashlib.sha256(json.dumps([data, folds, *cost_facts(job)]).encode()).hexdigest()


def recall(job: Job) -> Forecast | None:
    """What `forecast` said of such a job on this machine, if that still holds; else None."""
    path = _path(job)
    try:
        known = _ADAPTER.validate_json(path.read_bytes())
        return known if holds(path, known.share, FRESH_SECONDS) else None
    except (OSError, ValidationError):
        return None  # not asked before, or damaged


def forecast(job: Job) -> Forecast:
    """Measure, which takes a few seconds and belongs in a process of its own; or recall.

    Raises:
        ExplorerError: It cannot be trained: it does not fit the data, or into memory.
    """
    known = recall(job)
    if known is not None:
        return known
    measured = _measure(_offline(job), sizes(job.dataset, job.recipe.validation_fraction, job.fold))
    remember(_path(job), measured)
    return measured


def _offline(job: Job) -> Job:
    """Random numbers in place of pretrained weights: they cost the same and need no download."""
    text = job.model_dump_json().replace('"weights":"pretrained"', '"weights":"random"')
    return Job.model_validate_json(text)


def _measure(job: Job, expected: Sizes) -> Forecast:
    device = choose_device()
    traces = [trace(contender.network) for contender in job.contenders]
    for traced in traces:
        traced.require_complete()
    batch_size = min(job.recipe.batch_size, expected.train)
    tried = min(batch_size, _quick_batch(traces, device))
    short = _short(job, tried)
    release_freed_memory(device)  # that of the job before
    before = process_memory()
    how = plan(short, Pictures(_random_split(job, expected, expected.train), device), device)
    count = round(_MEASURED_SECONDS / how.step_seconds)
    count = min(max(count, _FEWEST_STEPS), _MOST_STEPS)
    # Enough to take as much memory as all of them will.
    together = evaluation_batch(min(traced.activations for traced in traces))
    validation = min(
        expected.validation, max(together, count * tried * expected.validation // expected.train)
    )
    few = _dataset(job, expected, count * tried, validation)
    share = Share()
    started, step_seconds, check_seconds, peak = _watched(_train(short, few))
    had = round(share.until_now(), 3)
    # What does not grow with the batch: the process, weights, pictures on a GPU.
    fixed = weight_bytes(job, traces) + _pictures_on(device, job, expected)
    if before and device.type == "cpu":
        fixed += before["RssAnon"]
    available = available_memory(device)
    of_picture = 0.0 if peak is None else max(0, peak - fixed) / tried
    memory = peak and round(max(fixed, peak) + of_picture * (batch_size - tried))
    if memory and device.type == "cpu":
        memory = round(_GROWTH * memory)
    return Forecast(
        steps_per_epoch=steps(expected.train, batch_size),
        step_seconds=step_seconds * batch_size / tried,
        validation_seconds=check_seconds * expected.validation / validation,
        memory=memory,
        available=available,
        fitting=fitting_batch(memory, available, fixed, of_picture),
        device=started.device,
        precision=started.precision,
        share=had,
    )


def fitting_batch(
    memory: int | None, available: int | None, fixed: int, of_picture: float
) -> int | None:
    """The largest batch that fits into what is available, 0 if none does; None if all does."""
    if memory is None or available is None or memory <= available:
        return None
    return max(0, int((available - fixed) / max(1.0, of_picture)))


def _short(job: Job, batch_size: int) -> Job:
    """The job as it is measured: an epoch in which nothing can go wrong."""
    changes = {
        "batch_size": batch_size,
        "epochs": 1,
        "schedule": "none",
        "warmup_epochs": 0.0,
        "patience": 0,
        "learning_rate": _SMALLEST_RATE,
        "class_weights": "none",
    }
    return job.model_copy(
        update={
            "recipe": job.recipe.model_copy(update=changes),
            "fold": None,
            "purpose": "training",
        }
    )


def _quick_batch(traces: Sequence[Trace], device: torch.device) -> int:
    """How many pictures a step may have that is quick enough to be tried, two at least."""
    work = _FORWARD_AND_BACKWARD * sum(traced.mult_adds for traced in traces)
    return max(2, int(_LONGEST_STEP_SECONDS * _MULT_ADDS_PER_SECOND[device.type] / max(1, work)))


def _random_split(job: Job, expected: Sizes, count: int) -> Split:
    """So many random pictures, which are but a few again and again."""
    shape = job.contenders[0].network.input.shape
    generator = torch.Generator().manual_seed(0)
    pool = torch.randint(
        0, 256, (min(count, _POOL), *shape), dtype=torch.uint8, generator=generator
    )
    if expected.multi_label:  # of each class yes or no
        labels = torch.randint(2, (count, expected.classes), dtype=torch.uint8, generator=generator)
    else:
        labels = torch.randint(expected.classes, (count,), generator=generator)
    return Split(
        pool.contiguous(memory_format=torch.channels_last), labels, torch.arange(count) % len(pool)
    )


def _dataset(job: Job, expected: Sizes, train: int, validation: int) -> Dataset:
    channels = job.contenders[0].network.input.channels
    return Dataset(
        name=job.dataset.name or job.dataset.source,
        classes=tuple(map(str, range(expected.classes))),
        train=_random_split(job, expected, train),
        validation=_random_split(job, expected, validation),
        test=_random_split(job, expected, 1),
        conversion="",
        mean=(0.5,) * channels,
        std=(0.5,) * channels,
    )


def _train(job: Job, dataset: Dataset) -> Iterable[Event]:
    from explorer.training.loop import train  # which asks this module for what is known

    return train(job, dataset=dataset, pace=0.0)


def _watched(events: Iterable[Event]) -> tuple[Started, float, float, int | None]:
    """What was started, seconds per step and of the validation, and bytes at the peak."""
    started, peak = None, None
    trained: list[Progress] = []
    checked = 0.0
    for event in events:
        match event:
            case Started():
                started = event
            case Progress():
                trained.append(event)
            case EpochEnd():
                checked = event.seconds - trained[-1].seconds
            case Finished():
                peak = event.peak_memory
            case Failed():
                raise ExplorerError(f"{event.what} {event.why}".strip(), event.remedy)
    assert started is not None
    # From one step to the next: the first, which warms up, does not count. The median, because
    # others use this machine too.
    taken = [later.seconds - sooner.seconds for sooner, later in pairwise(trained)]
    return started, median(taken), checked, peak


def _pictures_on(device: torch.device, job: Job, expected: Sizes) -> int:
    """Bytes of all pictures, where they are copied to the device."""
    if device.type == "cpu":
        return 0
    channels, height, width = job.contenders[0].network.input.shape
    return sum(expected[:3]) * channels * height * width


def _path(job: Job) -> Path:
    machine = [describe_device(choose_device()), torch.__version__]
    digest = hashlib.sha256(json.dumps([forecast_key(job), *machine]).encode()).hexdigest()
    return settings().data_dir / "cache" / "forecasts" / f"{digest}.json"
