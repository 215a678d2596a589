"""A receipt: one zip with all that is known of a finished run, from which it can be repeated.

What a program reads of it is `receipt.json` (`Receipt`), `job.json` and the weights; the rest is
for people: an explanation, the curves as a table, the networks as PyTorch code.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    Finished,
    LearningRateChanged,
    Started,
    TrainingEnded,
)

RECEIPT, JOB = "receipt.json", "job.json"


class Receipt(BaseModel):
    """How a run went, in the words of its own events."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    format: Literal["cnn-visual-explorer receipt 1"] = "cnn-visual-explorer receipt 1"
    name: str = Field(max_length=80)
    made: datetime
    started: Started
    changes: tuple[LearningRateChanged, ...] = ()
    halved: tuple[BatchHalved, ...] = ()
    epochs: tuple[EpochEnd, ...]
    ended: TrainingEnded
    finished: Finished


def weights_name(contender: int) -> str:
    """Where the weights of a contender are, counted from 0."""
    return f"contender-{contender + 1}.safetensors"
