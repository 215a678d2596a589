"""All of a run in one file: whoever loads it goes on as if nothing had happened.

The file is safetensors with JSON in its metadata, never pickle. No random numbers are in it, for
they depend on the recipe's seed, the epoch and the step alone. What was told shortly before it was
written is in it too, in case it did not reach whoever listened.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open

from explorer.errors import ExplorerError
from explorer.training.disk import write_tensors
from explorer.training.events import Event
from explorer.training.files import RUN_FILE
from explorer.training.learner import LearnerState
from explorer.training.recipe import Job, Precision

FORMAT = "cnn-visual-explorer run 1"


class DamagedCheckpointError(Exception):
    """The file is not whole, or nothing that this module wrote."""


class Position(BaseModel):
    """Where training is, between two steps."""

    model_config = ConfigDict(frozen=True)

    step: int
    epochs_ended: int
    seconds: float
    command: int = 0
    """Number of the last wish that was granted."""
    paused: bool = False
    tally: dict[str, Any]
    precision: Precision
    threads: int
    device: str
    step_seconds: float
    graphs: bool = False
    told: tuple[Event, ...] = ()
    """What was told last, the newest at the end."""


def save_run(
    directory: Path,
    job: Job,
    data_hash: str,
    position: Position,
    learners: Sequence[LearnerState],
) -> int:
    """Write the run's file, all or nothing; returns its size in bytes.

    Raises:
        OSError: If the disk is full or may not be written to; an earlier file stays.
    """
    tensors = {
        f"{number}.{name}": tensor
        for number, learner in enumerate(learners)
        for name, tensor in learner.tensors.items()
    }
    metadata = {
        "format": FORMAT,
        "job": job.model_dump_json(),
        "data": data_hash,
        "position": position.model_dump_json(),
        "learners": json.dumps([learner.numbers for learner in learners]),
    }
    path = directory / RUN_FILE
    write_tensors(path, tensors, metadata)
    return path.stat().st_size


def load_run(
    directory: Path, job: Job, data_hash: str
) -> tuple[Position, list[LearnerState]] | None:
    """What `save_run` wrote last for this job and data; None if it never did.

    Raises:
        DamagedCheckpointError: The file is cut off, or not of `save_run`.
        ExplorerError: It belongs to another job, or the data is no longer the same.
    """
    path = directory / RUN_FILE
    if not path.exists():
        return None
    metadata, tensors = _read(path)
    try:
        position = Position.model_validate_json(metadata["position"])
        stored = Job.model_validate_json(metadata["job"])
        numbers = json.loads(metadata["learners"])
        hash_then = metadata["data"]
    except (KeyError, ValidationError, json.JSONDecodeError) as error:
        raise DamagedCheckpointError(f"{path.name} is incomplete") from error
    if stored != job:
        raise ExplorerError(
            "The checkpoint in this folder belongs to a run of other networks, data or choices.",
            "Continue it in the folder of its own run, or start anew in an empty folder.",
        )
    if hash_then != data_hash:
        raise ExplorerError(
            f"The pictures of {job.dataset.name or job.dataset.source} are no longer those that "
            "this run was trained on until now.",
            "Bring the old pictures back, or start a new run.",
        )
    learners = [LearnerState({}, each) for each in numbers]
    for name, tensor in tensors.items():
        number, _, rest = name.partition(".")
        if not number.isdecimal() or int(number) >= len(learners):
            raise DamagedCheckpointError(f"{path.name} holds `{name}`, which is nobody's")
        learners[int(number)].tensors[rest] = tensor
    return position, learners


def stored_step(directory: Path) -> int | None:
    """The step of the run's file, without reading its tensors; None without a usable file."""
    try:
        with safe_open(directory / RUN_FILE, framework="pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") != FORMAT:
            return None
        return Position.model_validate_json(metadata.get("position", "")).step
    except (SafetensorError, OSError, ValidationError):
        return None


def stored_job(directory: Path) -> Job:
    """The job that the run's file in a folder is about.

    Raises:
        ExplorerError: There is none, or it cannot be read.
    """
    try:
        with safe_open(directory / RUN_FILE, framework="pt") as file:
            metadata = file.metadata() or {}
        if metadata.get("format") == FORMAT:
            return Job.model_validate_json(metadata.get("job", ""))
        problem = "was not written by this program"
    except FileNotFoundError:
        problem = "does not exist"
    except (SafetensorError, OSError, ValidationError):
        problem = "is damaged, or was written by another release"
    raise ExplorerError(f"The checkpoint {directory / RUN_FILE} {problem}.", "Train anew.")


def _read(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise DamagedCheckpointError(f"{path.name} was not written by this program")
            return metadata, {
                name: file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118 - it is no dict
            }
    except (SafetensorError, OSError) as error:
        raise DamagedCheckpointError(f"{path.name} is cut off or damaged") from error
