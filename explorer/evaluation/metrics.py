"""How well scores put the pictures that show a class before those that do not, by scikit-learn."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

Scores = tuple[float | None, ...]
"""One number per class; None where a class has none."""


def average_precisions(scores: Tensor, labels: Tensor) -> Scores:
    """Average precision of each class: 1 if all pictures that show it come first.

    The pictures are sorted by their score, the highest first. At each that shows the class: which
    share of those up to it does? The mean of these shares. Scores by chance get about the share of
    pictures that show the class.

    Args:
        scores: (N, classes), higher for a surer yes: logits or probabilities.
        labels: (N, classes), 1 where a picture shows the class, else 0.

    Returns:
        A number from 0 to 1 per class, None for one that no picture shows. Source:
        `sklearn.metrics.average_precision_score`.
    """
    from sklearn.metrics import average_precision_score  # takes a second to import

    return _each(average_precision_score, scores, labels, labels.any(dim=0))


def aurocs(scores: Tensor, labels: Tensor) -> Scores:
    """Area under the receiver operating characteristic of each class: 0.5 is chance, 1 perfect.

    How often a picture that shows the class has a higher score than one that does not, over all
    such pairs; equal scores count half.

    Args:
        scores: (N, classes), higher for a surer yes: logits or probabilities.
        labels: (N, classes), 1 where a picture shows the class, else 0.

    Returns:
        A number from 0 to 1 per class, None for one that no picture or every picture shows.
        Source: `sklearn.metrics.roc_auc_score`.
    """
    from sklearn.metrics import roc_auc_score

    return _each(roc_auc_score, scores, labels, labels.any(dim=0) & ~labels.all(dim=0))


def mean(values: Scores) -> float | None:
    """The plain mean over the classes that have a number: each class counts the same (macro)."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _each(score: Callable[..., Any], scores: Tensor, labels: Tensor, defined: Tensor) -> Scores:
    """`score` of the classes (classes,) bool for which it is defined."""
    chosen: Sequence[int] = defined.nonzero().flatten().tolist()
    result: list[float | None] = [None] * labels.shape[1]
    truth, given = labels.cpu().numpy(), scores.float().cpu().numpy()
    for number in chosen:
        result[number] = float(score(truth[:, number], given[:, number]))
    return tuple(result)
