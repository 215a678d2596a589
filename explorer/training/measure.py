"""Loss and accuracy: of the batches just trained on, and of a whole split."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.training.events import Measure
from explorer.training.pictures import Pictures

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
    """Loss and correct answers summed over pictures."""

    loss: float = 0.0
    correct: int = 0
    count: int = 0

    def add(self, other: "Sums") -> None:
        """Add another sum to this one."""
        self.loss += other.loss
        self.correct += other.correct
        self.count += other.count

    def measure(self) -> Measure:
        """The means."""
        return Measure(loss=self.loss / self.count, accuracy=self.correct / self.count)


def sums(logits: Tensor, labels: Tensor) -> Sums:
    """Cross-entropy and correct answers of logits (n, classes) and labels (n,)."""
    return Sums(
        float(cross_entropy(logits, labels, reduction="sum")),
        int((logits.argmax(dim=1) == labels).sum()),
        len(labels),
    )


def measured(logits: Tensor, labels: Tensor, contender: int, step: int) -> Measure:
    """Mean loss and accuracy of a whole split.

    Raises:
        DivergedError: If the loss is infinite or not a number.
    """
    total = sums(logits, labels)
    if not math.isfinite(total.loss):
        raise DivergedError(contender, step, total.loss)
    return total.measure()


class Tally:
    """What the contenders answered while training, added up only when somebody wants to know.

    A step just puts its logits here, so that the device need not be waited for.
    """

    def __init__(self, contenders: int) -> None:
        self._logits: list[list[Tensor]] = [[] for _ in range(contenders)]
        self._labels: list[Tensor] = []
        self._kept = 0
        self._step = 0
        self.recent = [Sums() for _ in range(contenders)]
        self.epoch = [Sums() for _ in range(contenders)]

    def add(self, step: int, logits: list[Tensor], labels: Tensor) -> None:
        """Take in the answers (n, classes) of every contender to one batch."""
        for kept, new in zip(self._logits, logits, strict=True):
            kept.append(new)
        self._labels.append(labels)
        self._step = step
        self._kept += sum(new.numel() for new in logits)
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
        for index, logits in enumerate(self._logits):
            new = sums(torch.cat(logits), labels)
            if not math.isfinite(new.loss):
                raise self._diverged(index)
            self.recent[index].add(new)
            self.epoch[index].add(new)
        for logits in self._logits:
            logits.clear()
        self._labels.clear()
        self._kept = 0

    def _diverged(self, contender: int) -> DivergedError:
        first = self._step - len(self._labels) + 1
        losses = [
            float(cross_entropy(logits, labels))
            for logits, labels in zip(self._logits[contender], self._labels, strict=True)
        ]
        step, loss = next(
            ((step, loss) for step, loss in enumerate(losses, first) if not math.isfinite(loss)),
            (self._step, math.inf),
        )
        return DivergedError(contender, step, loss)

    def take_recent(self) -> tuple[Measure, ...]:
        """Means since this was last asked."""
        return _take(self.recent)

    def take_epoch(self) -> tuple[Measure, ...]:
        """Means since this was last asked."""
        return _take(self.epoch)


def _take(totals: list[Sums]) -> tuple[Measure, ...]:
    measures = tuple(total.measure() for total in totals)
    totals[:] = [Sums() for _ in totals]
    return measures


def answers(
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
    batch_size = min(1024, max(1, _EVALUATION_VALUES // max(1, activations)))
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
