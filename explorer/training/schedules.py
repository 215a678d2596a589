"""How the learning rate changes: a pure function of the step, and what validation adds to it.

Being functions of the step, schedules need no state of their own to go on after an interruption,
and a learning rate that is changed by hand scales all that is still to come.
"""

import math
from dataclasses import dataclass

from explorer.training.recipe import Monitor, Recipe

# OneCycleLR's own defaults: where it starts, below its peak, and ends, below its start.
_DIV_FACTOR = 25.0
_FINAL_DIV_FACTOR = 1e4
# ReduceLROnPlateau's own defaults: smaller improvements, relative to the best, count as none, and
# the learning rate is not reduced by less.
_THRESHOLD = 1e-4
_LEAST_REDUCTION = 1e-8


def factor(recipe: Recipe, index: int, steps_per_epoch: int) -> float:
    """What the recipe's learning rate is multiplied by at a step, 0 being the first.

    The same as StepLR once an epoch, CosineAnnealingLR or OneCycleLR (cosine annealing, without
    changing momentum) once a step. Warm-up rises evenly, the n-th of its N steps having n / N of
    the rate; a cosine begins after it. What a plateau takes away is not in here.
    """
    total = recipe.epochs * steps_per_epoch
    index = min(index, total - 1)
    if recipe.schedule == "one_cycle":
        return _one_cycle(recipe.pct_start, index, total)
    warmup = min(round(recipe.warmup_epochs * steps_per_epoch), total)
    rising = (index + 1) / warmup if index < warmup else 1.0
    match recipe.schedule:
        case "step":
            return rising * recipe.gamma ** (index // steps_per_epoch // recipe.step_size)
        case "cosine" if index >= warmup:
            return (1 + math.cos(math.pi * (index - warmup) / (total - warmup))) / 2
    return rising


def _one_cycle(pct_start: float, index: int, total: int) -> float:
    """Up along half a cosine until step `pct_start * total`, then down along another."""
    first, last = 1 / _DIV_FACTOR, 1 / _DIV_FACTOR / _FINAL_DIV_FACTOR
    peak = pct_start * total - 1
    if peak <= 0:  # too few steps to rise in
        return _cosine(1.0, last, index / max(1, total - 1))
    if index <= peak:
        return _cosine(first, 1.0, index / peak)
    return _cosine(1.0, last, (index - peak) / (total - 1 - peak))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


@dataclass
class Best:
    """The best validation result so far, and for how many epochs there was no better one."""

    monitor: Monitor
    threshold: float = 0.0
    value: float | None = None
    waited: int = 0

    def take(self, value: float) -> bool:
        """Whether this result is the best so far, by more than the threshold, a share of it."""
        if self._better(value):
            self.value, self.waited = value, 0
            return True
        self.waited += 1
        return False

    def _better(self, value: float) -> bool:
        if self.value is None:
            return True
        if self.monitor == "loss":
            return value < self.value * (1 - self.threshold)
        return value > self.value * (1 + self.threshold)


class Plateau:
    """What torch.optim.lr_scheduler.ReduceLROnPlateau does, as one factor."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self.best = Best(recipe.monitor, _THRESHOLD)
        self.factor = 1.0

    def take(self, value: float) -> None:
        """Take in the validation result of an epoch."""
        if self.best.take(value) or self.best.waited <= self._recipe.plateau_patience:
            return
        self.best.waited = 0
        reduced = self.factor * self._recipe.factor
        if (self.factor - reduced) * self._recipe.learning_rate > _LEAST_REDUCTION:
            self.factor = reduced
