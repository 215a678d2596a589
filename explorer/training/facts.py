"""What is said before the first step."""

import platform
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import torch

from explorer.datasets.dataset import Dataset
from explorer.network.shapes import Trace
from explorer.training.device import describe_device
from explorer.training.events import ContenderFacts, DatasetFacts, Machine, Started
from explorer.training.learner import Learner
from explorer.training.probe import Plan

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_COMPUTING = ("torch", "torchvision", "kornia", "numpy")


def started(
    dataset: Dataset,
    learners: Sequence[Learner],
    traces: Sequence[Trace],
    notes: Sequence[tuple[str, ...]],
    device: torch.device,
    plan: Plan,
    *,
    steps_per_epoch: int,
    epochs: int,
    predicted_seconds: float,
    predicted_memory: int | None,
) -> Started:
    """The data, the machine, the contenders, and how long it will take.

    `notes` are those about the first weights of each contender.
    """
    return Started(
        dataset=DatasetFacts(
            name=dataset.name,
            classes=dataset.classes,
            train=len(dataset.train),
            validation=len(dataset.validation),
            test=len(dataset.test),
            conversion=dataset.conversion,
            notes=dataset.notes,
            hash=dataset.hash,
            multi_label=dataset.multi_label,
        ),
        device=describe_device(device),
        precision=plan.precision,
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        contenders=tuple(
            ContenderFacts(
                name=learner.name,
                parameters=traced.parameters,
                frozen_parameters=traced.frozen_parameters,
                mult_adds=traced.mult_adds,
                notes=of_weights,
            )
            for learner, traced, of_weights in zip(learners, traces, notes, strict=True)
        ),
        predicted_seconds=predicted_seconds,
        plan=asdict(plan),
        machine=machine(),
        predicted_memory=predicted_memory,
    )


@lru_cache(maxsize=1)
def machine() -> Machine:
    """This processor, this system and what is installed; nothing that names its owner."""
    instructions = torch.backends.cpu.get_cpu_capability()
    return Machine(
        processor=f"{_processor()} ({instructions})",
        system=f"{platform.system()} {platform.machine()}",
        versions={
            "CNN Visual Explorer": _release(),
            "Python": platform.python_version(),
            **{library: version(library) for library in _COMPUTING},
        },
    )


def _release() -> str:
    with suppress(OSError):  # the package was taken out of its repository
        project = tomllib.loads(_PROJECT.read_text("utf-8"))["project"]
        return project["version"]
    return "unknown"


def _processor() -> str:
    with suppress(OSError):  # not Linux
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown processor"
