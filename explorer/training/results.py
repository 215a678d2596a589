"""What comes after the last step: the contenders on the test pictures."""

import base64
import io

import torch
from PIL import Image
from torch import Tensor

from explorer.datasets.dataset import Split
from explorer.network.shapes import Trace
from explorer.training.events import Disagreement, Prediction, Result
from explorer.training.learner import Learner
from explorer.training.measure import evaluate, measured
from explorer.training.pictures import Pictures

MOST_DISAGREEMENTS = 24


def test_results(
    learners: list[Learner],
    traces: tuple[Trace, ...],
    pictures: Pictures,
    step: int,
    best_epochs: list[int | None],
) -> tuple[tuple[Result, ...], list[Tensor]]:
    """How every contender does on the test pictures, and its probabilities (N, classes).

    `best_epochs` says for each which epoch's weights it has, None for the last step's.

    Raises:
        DivergedError: If a loss is infinite or not a number.
    """
    results, probabilities = [], []
    for index, (learner, traced, best_epoch) in enumerate(
        zip(learners, traces, best_epochs, strict=True)
    ):
        logits = evaluate(learner.network, pictures, traced.activations)
        assert logits is not None  # nothing can stop it
        measure = measured(logits, pictures.labels, index, step)
        results.append(
            Result(
                name=learner.name,
                parameters=traced.parameters,
                mult_adds=traced.mult_adds,
                test_loss=measure.loss,
                test_accuracy=measure.accuracy,
                seconds=learner.stopwatch.seconds(),
                best_epoch=best_epoch,
                ending=learner.ending,
            )
        )
        probabilities.append(logits.softmax(dim=1).cpu())
    return tuple(results), probabilities


def disagreements(
    probabilities: list[Tensor], split: Split
) -> tuple[int, tuple[Disagreement, ...]]:
    """On how many pictures not all contenders predict the same class, and the clearest of them.

    Args:
        probabilities: (N, classes) of every contender.
        split: The N pictures.

    Returns:
        The count, and at most 24 pictures, those first of which all contenders are surest.
    """
    best = torch.stack([one.max(dim=1).values for one in probabilities])
    predicted = torch.stack([one.argmax(dim=1) for one in probabilities])
    differing = torch.nonzero((predicted != predicted[0]).any(dim=0)).flatten()
    surest = differing[best[:, differing].amin(dim=0).argsort(descending=True, stable=True)]
    shown = tuple(
        Disagreement(
            index=index,
            label=int(split.labels[index]),
            predictions=tuple(
                Prediction(label=label, probability=probability)
                for label, probability in zip(
                    predicted[:, index].tolist(), best[:, index].tolist(), strict=True
                )
            ),
            png=png(split.images[index]),
        )
        for index in surest[:MOST_DISAGREEMENTS].tolist()
    )
    return len(differing), shown


def png(image: Tensor) -> str:
    """A picture (C, H, W) uint8 of 1 or 3 channels as base64 PNG."""
    pixels = image.permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
