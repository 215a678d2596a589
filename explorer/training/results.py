"""What comes after the last step: the contenders on the test pictures."""

import base64
import io
from itertools import combinations

import torch
from PIL import Image
from torch import Tensor

from explorer.datasets.dataset import Split
from explorer.evaluation import metrics
from explorer.evaluation.bootstrap import precision_lead
from explorer.network.shapes import Trace
from explorer.training.events import ClassScore, Disagreement, Paired, Prediction, Result, Trained
from explorer.training.learner import Learner
from explorer.training.losses import is_binary
from explorer.training.measure import evaluate, measured
from explorer.training.pictures import Pictures
from explorer.training.recipe import LossName

MOST_DISAGREEMENTS = 24


def test_results(
    learners: list[Learner],
    traces: tuple[Trace, ...],
    pictures: Pictures,
    step: int,
    best_epochs: list[int | None],
    loss: LossName = "auto",
) -> tuple[tuple[Result, ...], list[Tensor]]:
    """How every contender does on the test pictures, and its probabilities (N, classes).

    `best_epochs` says for each which epoch's weights it has, None for the last step's; `loss` is
    the recipe's.

    Raises:
        DivergedError: If a loss is infinite or not a number.
    """
    results, probabilities = [], []
    trained = untested(learners, traces, best_epochs)
    for index, (learner, traced) in enumerate(zip(learners, traces, strict=True)):
        logits = evaluate(learner.network, pictures, traced.activations)
        assert logits is not None  # nothing can stop it
        measure = measured(logits, pictures.labels, index, step, loss)
        results.append(
            Result(
                **trained[index].model_dump(),
                test_loss=measure.loss,
                test_accuracy=measure.accuracy,
                mean_average_precision=measure.mean_average_precision,
                mean_auroc=measure.mean_auroc,
                classes=_class_scores(logits, pictures.labels),
            )
        )
        binary = is_binary(loss, pictures.labels)
        probabilities.append((logits.sigmoid() if binary else logits.softmax(dim=1)).cpu())
    return tuple(results), probabilities


def untested(
    learners: list[Learner], traces: tuple[Trace, ...], best_epochs: list[int | None]
) -> tuple[Trained, ...]:
    """What is known of every contender without the test pictures; arguments as `test_results`."""
    return tuple(
        Trained(
            name=learner.name,
            parameters=traced.parameters,
            mult_adds=traced.mult_adds,
            seconds=learner.stopwatch.seconds(),
            best_epoch=best_epoch,
            ending=learner.ending,
        )
        for learner, traced, best_epoch in zip(learners, traces, best_epochs, strict=True)
    )


def positives(split: Split) -> tuple[int, ...]:
    """How many pictures show each class, where they have several labels; else nothing."""
    return tuple(split.labels.sum(dim=0).tolist()) if split.labels.ndim == 2 else ()


def _class_scores(logits: Tensor, labels: Tensor) -> tuple[ClassScore, ...]:
    if labels.ndim == 1:
        return ()
    return tuple(
        ClassScore(average_precision=precision, auroc=auroc)
        for precision, auroc in zip(
            metrics.average_precisions(logits, labels), metrics.aurocs(logits, labels), strict=True
        )
    )


def paired(probabilities: list[Tensor], labels: Tensor) -> tuple[Paired, ...]:
    """Every two contenders on the same pictures.

    Args:
        probabilities: (N, classes) of every contender.
        labels: (N,) numbers of classes; or (N, classes) of 0 and 1.
    """
    found = []
    for first, second in combinations(range(len(probabilities)), 2):
        mine, other = probabilities[first], probabilities[second]
        if labels.ndim == 2:
            lead = precision_lead(mine, other, labels)
            found.append(Paired(contenders=(first, second), lead=lead))
            continue
        right = (mine.argmax(dim=1) == labels), (other.argmax(dim=1) == labels)
        alone = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
        found.append(Paired(contenders=(first, second), right_alone=alone))
    return tuple(found)


def disagreements(
    probabilities: list[Tensor], split: Split
) -> tuple[int, tuple[Disagreement, ...]]:
    """On how many pictures not all contenders say the same, and the clearest of them.

    They say the class of the highest probability; where pictures have several labels, yes to every
    class above 0.5, and the class is shown about which they are surest of different answers.

    Args:
        probabilities: (N, classes) of every contender.
        split: The N pictures.

    Returns:
        The count, and at most 24 pictures, those first of which all contenders are surest.
    """
    if split.labels.ndim == 2:
        return _different_answers(torch.stack(probabilities), split)
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


def _different_answers(probabilities: Tensor, split: Split) -> tuple[int, tuple[Disagreement, ...]]:
    """`disagreements` of (contenders, N, classes), where each class is a yes or a no."""
    answers = probabilities > 0.5
    differ = (answers != answers[0]).any(dim=0)
    sureness = (probabilities - 0.5).abs().amin(dim=0).where(differ, -1.0)
    clearest, about = sureness.max(dim=1)
    differing = differ.any(dim=1).nonzero().flatten()
    order = clearest[differing].argsort(descending=True, stable=True)[:MOST_DISAGREEMENTS]
    shown = tuple(
        Disagreement(
            index=index,
            label=label,
            predictions=tuple(
                Prediction(label=label, probability=probability)
                for probability in probabilities[:, index, label].tolist()
            ),
            png=png(split.images[index]),
            labels=tuple(split.labels[index].nonzero().flatten().tolist()),
        )
        for index, label in zip(
            differing[order].tolist(), about[differing[order]].tolist(), strict=True
        )
    )
    return len(differing), shown


def png(image: Tensor) -> str:
    """A picture (C, H, W) uint8 of 1 or 3 channels as base64 PNG."""
    pixels = image.permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()
