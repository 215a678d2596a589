"""Whether a job can be trained on a data set, decided before anything large is allocated."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.datasets.dataset import Dataset
from explorer.errors import ExplorerError
from explorer.network.shapes import Trace, trace
from explorer.training.device import available_memory
from explorer.training.recipe import Contender, Job

# Weights, their gradients, and at most two numbers an optimizer remembers of each.
_COPIES_OF_WEIGHTS = 4
# Each value a layer puts out and its gradient; as much again for what layers keep for later,
# such as the positions of maxima.
_COPIES_OF_ACTIVATIONS = 4
_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Ready:
    """A job with its normalisation filled in, and the trace of each contender's network."""

    job: Job
    traces: tuple[Trace, ...]


def ready(job: Job, dataset: Dataset, device: torch.device) -> Ready:
    """Check a job against its data and the machine.

    Raises:
        ExplorerError: If a network cannot work, does not fit the data, or needs too much memory.
    """
    if dataset.multi_label and job.recipe.loss == "cross_entropy":
        raise ExplorerError(
            f"The pictures of {dataset.name} have several labels each, but cross_entropy takes "
            "one.",
            "Use the loss bce_with_logits, or auto.",
        )
    contenders = tuple(_normalised(contender, job, dataset) for contender in job.contenders)
    traces = []
    for contender in contenders:
        traced = trace(contender.network)
        traced.require_complete()
        _check_fit(contender, traced, job, dataset)
        traces.append(traced)
    _check_memory(job, traces, available_memory(device))
    return Ready(job.model_copy(update={"contenders": contenders}), tuple(traces))


def _normalised(contender: Contender, job: Job, dataset: Dataset) -> Contender:
    choice = job.recipe.normalisation
    if choice == "network":
        return contender
    network = contender.network.model_copy(update={"normalisation": dataset.normalisation(choice)})
    return contender.model_copy(update={"network": network})


def _check_fit(contender: Contender, traced: Trace, job: Job, dataset: Dataset) -> None:
    classes = len(dataset.classes)
    _ = contender.network.input.height_and_width  # refuses what is no picture
    if traced.output_shape != (classes,):
        shape = "×".join(map(str, traced.output_shape))
        raise ExplorerError(
            f"“{contender.name}” puts out {shape} values for a picture, but {dataset.name} has "
            f"{classes} classes.",
            f"End the network with Flatten and a Linear layer of {classes} out_features.",
        )
    shape = tuple(dataset.train.images.shape[1:])
    if shape != contender.network.input.shape:
        raise ExplorerError(
            f"“{contender.name}” takes pictures of {contender.network.input.shape}, but those of "
            f"{dataset.name} were prepared as {shape}.",
            "Prepare the data set for this network's input.",
        )
    if min(job.recipe.batch_size, len(dataset.train)) == 1 and any(
        row.kind.startswith("BatchNorm") for row in traced.rows
    ):
        raise ExplorerError(
            f"“{contender.name}” normalises over a batch, which needs more than 1 picture; "
            f"batch_size is {job.recipe.batch_size}, and there are {len(dataset.train):,} pictures "
            "to train on.",
            "Use at least 2 of both.",
        )


def weight_bytes(job: Job, traces: Sequence[Trace]) -> int:
    """What all contenders take whatever the batch size: weights and what belongs to them.

    Frozen weights have neither a gradient nor a memory in the optimizer.
    """
    best = job.recipe.tested_weights == "best"  # the weights of the best epoch are kept as well
    copies = sum(
        traced.trainable_parameters * (_COPIES_OF_WEIGHTS + best)
        + traced.frozen_parameters * (1 + best)
        for traced in traces
    )
    return copies * _FLOAT_BYTES


def _check_memory(job: Job, traces: list[Trace], available: int | None) -> None:
    if available is None:
        return
    # Contenders take turns, so only the largest one's activations are there at a time.
    activations = max(traced.activations - traced.freed_activations for traced in traces)
    weights = weight_bytes(job, traces)
    per_picture = activations * _COPIES_OF_ACTIVATIONS * _FLOAT_BYTES
    needed = weights + per_picture * job.recipe.batch_size
    if needed <= available:
        return
    fitting = (available - weights) // max(1, per_picture)
    raise ExplorerError(
        f"Training with batches of {job.recipe.batch_size:,} pictures needs about "
        f"{needed / 1e9:,.1f} GB of memory; {available / 1e9:,.1f} GB are free.",
        f"Use a batch_size of at most {fitting:,}." if fitting >= 1 else "Use a smaller network.",
    )
