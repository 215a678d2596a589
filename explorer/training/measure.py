"""Loss and accuracy: of the batches just trained on, and of a whole split."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.evaluation import metrics
from explorer.training.events import Measure
from explorer.training.losses import plain_loss, right_answers
from explorer.training.pictures import Pictures
from explorer.training.recipe import LossName, Monitor

# As many logits are kept before they are added up, whoever asks or not.
_KEPT_LOGITS = 4_000_000
# Values that a batch of an evaluation may compute: what stays in a processor's cache.
_EVALUATION_VALUES = 4_000_000


class DivergedError(Exception):
    """The loss of a contender is no longer a number."""

    def __init__(self, contender: int, step: int, loss: float) -> None:
        self.contender = contender
        self.step = step
        self.loss = loss
        super().__init__(f"contender {contender}, step {step}: {loss}")


@dataclass
class Sums:
    """Loss and correct answers summed over pictures, of which there are `count`."""

    loss: float = 0.0
    correct: int = 0
    count: int = 0

    def measure(self, answers: int) -> Measure:
        """The means, where a picture takes so many answers."""
        return Measure(loss=self.loss / self.count, accuracy=self.correct / (self.count * answers))


def answers_to(labels: Tensor) -> int:
    """How many answers a picture takes: one, or one per class where it has several labels."""
    return 1 if labels.ndim == 1 else labels.shape[1]


def measured(
    logits: Tensor, labels: Tensor, contender: int, step: int, loss: LossName = "auto"
) -> Measure:
    """The plain loss and the accuracy of a whole split, and means over classes of several labels.

    Args:
        logits: (N, classes).
        labels: (N,), or (N, classes) where pictures have several labels.
        contender: Whose they are.
        step: After which step.
        loss: As the recipe has it.

    Raises:
        DivergedError: If the loss is infinite or not a number.
    """
    value = float(plain_loss(loss, logits, labels))
    if not math.isfinite(value):
        raise DivergedError(contender, step, value)
    accuracy = int(right_answers(logits, labels)) / (len(labels) * answers_to(labels))
    if labels.ndim == 1:
        return Measure(loss=value, accuracy=accuracy)
    return Measure(
        loss=value,
        accuracy=accuracy,
        mean_average_precision=metrics.mean(metrics.average_precisions(logits, labels)),
        mean_auroc=metrics.mean(metrics.aurocs(logits, labels)),
    )


def judged(measure: Measure, monitor: Monitor) -> float:
    """The value by which an epoch is better or worse than another.

    Where pictures have several labels, the mean average precision stands for the accuracy, which
    says little there.
    """
    precision = measure.mean_average_precision
    if monitor == "accuracy" and precision is not None:
        return precision
    return getattr(measure, monitor)


class Tally:
    """What the contenders did in training, added up only when somebody wants to know.

    A step just puts its loss and logits here, so that the device need not be waited for.
    """

    def __init__(self, contenders: int, answers: int = 1) -> None:
        """A tally of so many contenders; those that learn no more repeat what they last did.

        `answers` is how many a picture takes: see `answers_to`.
        """
        self._answers = answers
        self._losses: list[list[Tensor]] = [[] for _ in range(contenders)]
        self._logits: list[list[Tensor]] = [[] for _ in range(contenders)]
        self._labels: list[Tensor] = []
        self._last: list[Measure | None] = [None] * contenders
        self._kept = 0
        self._step = 0
        self.recent = [Sums() for _ in range(contenders)]
        self.epoch = [Sums() for _ in range(contenders)]

    @property
    def recent_count(self) -> int:
        """How many pictures `take_recent` is about; those after the last `add_up` not yet."""
        return max(sums.count for sums in self.recent)

    def add(
        self, step: int, answers: Sequence[tuple[Tensor, Tensor] | None], labels: Tensor
    ) -> None:
        """Take in one batch: of every contender the loss, a scalar, and the logits (n, classes).

        None is for one that learns no more: between two calls of `add_up`, for all its batches.
        """
        for losses, kept, answer in zip(self._losses, self._logits, answers, strict=True):
            if answer is None:
                continue
            loss, logits = answer
            losses.append(loss)
            kept.append(logits)
            self._kept += logits.numel()
        self._labels.append(labels)
        self._step = step
        if self._kept > _KEPT_LOGITS:
            self.add_up()

    def add_up(self) -> None:
        """Bring `recent` and `epoch` up to date.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        if not self._labels:
            return
        labels = torch.cat(self._labels)
        for index, (losses, logits) in enumerate(zip(self._losses, self._logits, strict=True)):
            if not losses:
                continue
            self._add_losses(index, torch.stack(losses).tolist())
            correct = int(right_answers(torch.cat(logits), labels))
            for sums in (self.recent[index], self.epoch[index]):
                sums.correct += correct
                sums.count += len(labels)
            losses.clear()
            logits.clear()
        self._labels.clear()
        self._kept = 0

    def _add_losses(self, contender: int, losses: list[float]) -> None:
        """Step by step, so that the sum does not depend on how often it is asked for."""
        first = self._step - len(losses) + 1
        for step, (loss, labels) in enumerate(zip(losses, self._labels, strict=True), first):
            if not math.isfinite(loss):
                raise DivergedError(contender, step, loss)
            self.recent[contender].loss += loss * len(labels)
            self.epoch[contender].loss += loss * len(labels)

    def take_recent(self) -> tuple[Measure, ...]:
        """Means since this was last asked."""
        return self._take(self.recent)

    def take_epoch(self) -> tuple[Measure, ...]:
        """Means since this was last asked."""
        return self._take(self.epoch)

    def _take(self, totals: list[Sums]) -> tuple[Measure, ...]:
        for index, sums in enumerate(totals):
            if sums.count:
                self._last[index] = sums.measure(self._answers)
        totals[:] = [Sums() for _ in totals]
        measures = tuple(last for last in self._last if last is not None)
        assert len(measures) == len(totals), "a contender that never learned has no measure"
        return measures

    def state(self) -> dict[str, Any]:
        """What was added up and not taken yet, as JSON; call `add_up` first."""
        assert not self._labels
        return {
            "step": self._step,
            "recent": [asdict(sums) for sums in self.recent],
            "epoch": [asdict(sums) for sums in self.epoch],
            "last": [last and last.model_dump() for last in self._last],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` said, of as many contenders."""
        self._step = state["step"]
        self.recent = [Sums(**sums) for sums in state["recent"]]
        self.epoch = [Sums(**sums) for sums in state["epoch"]]
        self._last = [last and Measure.model_validate(last) for last in state["last"]]


def evaluation_batch(activations: int) -> int:
    """How many pictures are looked at together, if a network computes so many values for each."""
    return min(1024, max(1, _EVALUATION_VALUES // max(1, activations)))


def evaluate(
    network: nn.Module,
    pictures: Pictures,
    activations: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Tensor | None:
    """Logits (N, classes) of a whole split in fp32, as when the network is used; None if stopped.

    Args:
        network: The module; put into evaluation mode meanwhile.
        pictures: What to show it.
        activations: How many values it computes for one picture, which bounds the batch.
        should_stop: Asked before every batch.
    """
    batch_size = evaluation_batch(activations)
    network.eval()
    logits = []
    try:
        with torch.inference_mode():
            for images in pictures.in_order(batch_size):
                if should_stop():
                    return None
                logits.append(network(images))
            return torch.cat(logits)
    finally:
        network.train()
