"""What is said before the first step."""

from collections.abc import Sequence

import torch

from explorer.datasets.dataset import Dataset
from explorer.network.shapes import Trace
from explorer.training.device import describe_device
from explorer.training.events import ContenderFacts, DatasetFacts, Started
from explorer.training.learner import Learner
from explorer.training.recipe import Precision


def started(
    dataset: Dataset,
    learners: Sequence[Learner],
    traces: Sequence[Trace],
    notes: Sequence[tuple[str, ...]],
    device: torch.device,
    precision: Precision,
    *,
    steps_per_epoch: int,
    epochs: int,
    predicted_seconds: float,
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
        ),
        device=describe_device(device),
        precision=precision,
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
    )
