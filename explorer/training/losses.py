"""What training makes smaller: cross-entropy, with smoothed labels or weighted classes."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.training.recipe import Recipe


def balanced_weights(counts: Tensor) -> Tensor:
    """Weight (classes,) float32 of each class, so that all count the same: n / (k · count).

    `counts` (classes,) are the training pictures of each class, n of them in k classes that occur;
    a class that does not gets 0. Source: scikit-learn, `compute_class_weight("balanced")`.
    """
    present = counts > 0
    weights = counts.sum() / (present.sum() * counts.clamp(min=1))
    return torch.where(present, weights, 0.0).float()


class TrainingLoss:
    """The loss that gradients come from, and the plain one that curves show."""

    def __init__(self, recipe: Recipe, class_counts: Tensor | None, device: torch.device) -> None:
        """`class_counts` (classes,) are needed for balanced weights only."""
        self._smoothing = recipe.label_smoothing
        self._weights = None
        if recipe.class_weights == "balanced" and class_counts is not None:
            self._weights = balanced_weights(class_counts).to(device)
        self._is_plain = not self._smoothing and self._weights is None

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss to follow, a scalar: mean over the batch, weighted where classes are."""
        return cross_entropy(logits, labels, self._weights, label_smoothing=self._smoothing)

    def shown(self, followed: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean cross-entropy in nats, a scalar, which validation and test report too."""
        return followed.detach() if self._is_plain else cross_entropy(logits.detach(), labels)
