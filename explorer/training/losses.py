"""What training makes smaller: cross-entropy, or binary cross-entropy where labels are many."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from explorer.training.recipe import LossName, Recipe


def balanced_weights(counts: Tensor) -> Tensor:
    """Weight (classes,) float32 of each class, so that all count the same: n / (k · count).

    `counts` (classes,) are the training pictures of each class, n of them in k classes that occur;
    a class that does not gets 0. Source: scikit-learn, `compute_class_weight("balanced")`.
    """
    present = counts > 0
    weights = counts.sum() / (present.sum() * counts.clamp(min=1))
    return torch.where(present, weights, 0.0).float()


def positive_weights(counts: Tensor, pictures: int) -> Tensor:
    """What yes weighs (classes,) float32, so that it counts as much as no: (n − count) / count.

    `counts` (classes,) are the pictures of n that show each class; one that none shows gets 1.
    Source: `pos_weight` of torch.nn.BCEWithLogitsLoss.
    """
    return torch.where(counts > 0, (pictures - counts) / counts.clamp(min=1), 1.0).float()


def is_binary(loss: LossName, labels: Tensor) -> bool:
    """Whether every class is a question of its own, given labels (n,) or (n, classes)."""
    return labels.ndim == 2 or loss == "bce_with_logits"


def plain_loss(loss: LossName, logits: Tensor, labels: Tensor) -> Tensor:
    """The loss that curves show, a scalar in nats.

    Args:
        loss: As the recipe has it.
        logits: (n, classes).
        labels: (n,) numbers of classes, or (n, classes) with 1 for each that is shown, else 0.

    Returns:
        Mean cross-entropy; or binary cross-entropy, the mean over pictures and classes.
    """
    if is_binary(loss, labels):
        return binary_cross_entropy_with_logits(logits, _targets(logits, labels))
    return cross_entropy(logits, labels)


def right_answers(logits: Tensor, labels: Tensor) -> Tensor:
    """How many answers (n, classes) of logits are right, an integer scalar.

    With labels (n,) the class of the highest logit is the answer to a picture. With labels
    (n, classes) each class is answered: yes where the logit is above 0, no elsewhere.
    """
    if labels.ndim == 2:
        return ((logits > 0) == labels.bool()).sum()
    return (logits.argmax(dim=1) == labels).sum()


class TrainingLoss:
    """The loss that gradients come from, and the plain one that curves show."""

    def __init__(
        self, recipe: Recipe, class_counts: Tensor | None, pictures: int, device: torch.device
    ) -> None:
        """`class_counts` (classes,) of so many pictures are needed for balanced weights only."""
        self._loss: LossName = recipe.loss
        self._smoothing = recipe.label_smoothing
        self._weights = self._positive_weights = None
        if recipe.class_weights == "balanced" and class_counts is not None:
            self._weights = balanced_weights(class_counts).to(device)
            self._positive_weights = positive_weights(class_counts, pictures).to(device)
        self._is_plain = not self._smoothing and self._weights is None

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss to follow, a scalar: mean over the batch, weighted where classes are."""
        if not is_binary(self._loss, labels):
            return cross_entropy(logits, labels, self._weights, label_smoothing=self._smoothing)
        targets = _targets(logits, labels)
        if self._smoothing:  # each question has two answers, over which the share is spread
            targets = targets * (1 - self._smoothing) + self._smoothing / 2
        return binary_cross_entropy_with_logits(logits, targets, pos_weight=self._positive_weights)

    def share(self, part: Tensor, labels: Tensor) -> Tensor | float:
        """How much a part of a batch counts, so that the losses of parts add up to that of all."""
        if self._weights is None or is_binary(self._loss, labels):
            return len(part) / len(labels)
        return self._weights[part].sum() / self._weights[labels].sum()

    def shown(self, followed: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """The plain loss in nats, a scalar, which validation and test report too."""
        if self._is_plain:
            return followed.detach()
        return plain_loss(self._loss, logits.detach(), labels)


def _targets(logits: Tensor, labels: Tensor) -> Tensor:
    """(n, classes) float32: 1 for yes, 0 for no."""
    if labels.ndim == 1:
        labels = one_hot(labels, logits.shape[1])
    return labels.float()
