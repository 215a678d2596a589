"""A few real steps before training: which precision and how many threads are fastest here.

The answer is remembered for the job on this machine, so that the same job computes the same again;
not for long if the machine was busy, when any answer may be the wrong one.
"""

import hashlib
import json
import math
import statistics
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from explorer.settings import settings
from explorer.training.augment import augmenter
from explorer.training.device import describe_device, require_precision, supports_bf16
from explorer.training.disk import remember
from explorer.training.graphs import Recorder, Trial, cuda_graph, why_not
from explorer.training.learner import Learner, Lesson
from explorer.training.load import Share, holds
from explorer.training.pictures import Pictures, epoch_order, steps
from explorer.training.recipe import Job, Precision

# Another choice must be this much faster to be worth it: measuring has its own errors.
_WORTH = 0.95
_SECONDS_PER_CHOICE = 0.25
_STEPS_PER_CHOICE = 8
# Threads of one step wait for each other, and partly without sleeping: where other processes want
# the same processors, two threads can take ten times as long as one. Only steps that keep people
# waiting are not tried with one thread.
_LONG_STEP_SECONDS = 0.5
# What changes nothing about how long a step takes.
_COSTLESS = {
    *("seed", "epochs", "learning_rate", "schedule", "step_size", "gamma", "factor"),
    *("plateau_patience", "pct_start", "warmup_epochs", "patience", "monitor"),
}


@dataclass(frozen=True)
class Plan:
    """How to compute, and how long a step of all contenders takes then."""

    precision: Precision
    threads: int
    step_seconds: float
    graphs: bool = False
    """Forward and backward are replayed from CUDA graphs."""
    note: str = field(default="", compare=False)
    """Why they are not, where that was tried."""
    share: float = field(default=1.0, compare=False)
    """Of the time in which this was measured: see `load.Share`."""


def plan(job: Job, pictures: Pictures, device: torch.device) -> Plan:
    """The fastest way to train a job; PyTorch's number of threads is the most that is used.

    Raises:
        ExplorerError: If the recipe's precision is none of this device's.
    """
    require_precision(job.recipe.precision, device)
    threads = torch.get_num_threads()
    path = _path(job, len(pictures), device)
    try:
        known = TypeAdapter(Plan).validate_json(path.read_bytes())
        if holds(path, known.share, None):
            return known
    except (OSError, ValidationError):
        pass  # not asked before, or damaged
    share = Share()
    try:
        chosen = _measure(job, pictures, device, threads)
    finally:
        torch.set_num_threads(threads)
    chosen = replace(chosen, share=round(share.until_now(), 3))
    remember(path, chosen)
    return chosen


def _measure(job: Job, pictures: Pictures, device: torch.device, threads: int) -> Plan:
    asked = job.recipe.precision
    best = _try(job, pictures, device, "fp32" if asked == "auto" else asked, threads)
    if job.recipe.deterministic:
        return best  # which is faster may differ from one time to the next
    if asked == "auto" and supports_bf16(device):
        best = _faster(best, _try(job, pictures, device, "bf16", threads))
    elif asked == "auto" and device.type == "cuda":
        best = _faster(best, _try(job, pictures, device, "fp16", threads))
    if device.type == "cpu" and threads > 1 and best.step_seconds < _LONG_STEP_SECONDS:
        best = _faster(best, _try(job, pictures, device, best.precision, 1))
    return _with_graphs(job, pictures, device, best) if device.type == "cuda" else best


def _with_graphs(
    job: Job,
    pictures: Pictures,
    device: torch.device,
    best: Plan,
    recorder: Recorder = cuda_graph,
) -> Plan:
    """The best plan until now, with graphs if they are worth it, else with the reason."""
    plain = _trial(job, pictures, device, best.precision, best.threads)
    other = _trial(job, pictures, device, best.precision, best.threads, recorder)
    problem = why_not(plain, other, steps(len(pictures), job.recipe.batch_size))
    if problem:
        return replace(best, note=f"Without CUDA graphs: {problem}.")
    return replace(best, step_seconds=other.step_seconds, graphs=True)


def _faster(plan: Plan, other: Plan) -> Plan:
    return other if other.step_seconds < _WORTH * plan.step_seconds else plan


def _try(
    job: Job, pictures: Pictures, device: torch.device, precision: Precision, threads: int
) -> Plan:
    return Plan(precision, threads, _trial(job, pictures, device, precision, threads).step_seconds)


def _trial(
    job: Job,
    pictures: Pictures,
    device: torch.device,
    precision: Precision,
    threads: int,
    recorder: Recorder | None = None,
) -> Trial:
    """The median of a few steps; the first, which warms up, counts only if it is the only one.

    Not the shortest: a busy machine lets one step in many pass as if it were idle.
    """
    torch.set_num_threads(threads)
    # Weights of classes cost nothing to speak of, and the classes are not known here.
    recipe = job.recipe.model_copy(update={"class_weights": "none"})
    data = Lesson(steps(len(pictures), recipe.batch_size))
    learners = [Learner(it, recipe, device, precision, data) for it in job.contenders]
    augment = augmenter(recipe)
    order = epoch_order(len(pictures), recipe.seed, 0)
    times: list[float] = []
    losses: list[Tensor] = []
    began = time.perf_counter()
    if recorder is not None:
        sample = pictures.sample(recipe.batch_size)
        problem = next(filter(None, (one.record(sample, recorder) for one in learners)), "")
        if problem:
            return Trial(math.inf, problem=problem)
    started = time.perf_counter()
    for number, (images, labels) in enumerate(pictures.epoch(order, recipe.batch_size), 1):
        before = time.perf_counter()
        if augment:
            images = augment(images, number)
        losses += [learner.step(images, labels, number)[0] for learner in learners]
        if device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        times.append(now - before)
        if now - started > _SECONDS_PER_CHOICE or len(times) > _STEPS_PER_CHOICE:
            break
    return Trial(
        statistics.median(times[1:] or times),
        tuple(float(loss) for loss in losses),
        preparing=started - began,
    )


def cost_facts(job: Job) -> list[Any]:
    """All of a job's networks and recipe that a step's time and memory depend on, as JSON."""
    networks = [contender.network.model_dump(exclude={"name"}) for contender in job.contenders]
    return [networks, job.recipe.model_dump(exclude=_COSTLESS)]


def _path(job: Job, count: int, device: torch.device) -> Path:
    """Where the plan is kept: named after the machine and all that a step's cost depends on."""
    size = min(count, job.recipe.batch_size)
    facts = [*cost_facts(job), size, describe_device(device), torch.__version__]
    digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return settings().data_dir / "cache" / "plans" / f"{digest}.json"
