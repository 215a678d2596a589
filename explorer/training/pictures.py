"""Pictures on the device, and the order in which training sees them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.datasets.dataset import Split


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order (count,) int64 of the training pictures in an epoch.

    It depends on nothing else, so all contenders, repetitions and resumed runs see the same.
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return torch.randperm(count, generator=generator)


def steps(count: int, batch_size: int) -> int:
    """How many batches an epoch has; the last may be smaller.

    A last batch of a single picture is left out if there are others: batch normalisation cannot
    work on it.
    """
    full, rest = divmod(count, batch_size)
    return full + (rest > 1 or full == 0)


class Pictures:
    """A split on the device as uint8, (N, H, W, C): the `channels_last` layout without copying.

    On the processor they stay where they are, in a file mapped into memory for instance, which all
    workers share; a graphics card has a copy of its own.
    """

    def __init__(self, split: Split, device: torch.device) -> None:
        shared = device.type == "cpu"
        pool = split.pool if shared else split.images
        self._pool = pool.permute(0, 2, 3, 1).contiguous().to(device)
        self._rows = split.rows if shared else None
        self.labels = split.labels.to(device)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Images (n, C, H, W) float32 in 0..1, channels_last, and labels (n,)."""
        rows = indices if self._rows is None else self._rows.index_select(0, indices)
        return _pixels(self._pool.index_select(0, rows)), self.labels.index_select(0, indices)

    def sample(self, batch_size: int) -> Tensor:
        """The first images, as many as a whole batch has, as `batch` gives them."""
        return self.batch(torch.arange(min(batch_size, len(self)), device=self.labels.device))[0]

    def epoch(self, order: Tensor, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All batches in an order; `steps` says how many."""
        batches = order.to(self.labels.device).split(batch_size)
        for indices in batches[: steps(len(order), batch_size)]:
            yield self.batch(indices)

    def in_order(self, batch_size: int) -> Iterator[Tensor]:
        """All images, first to last, as `batch` gives them."""
        for start in range(0, len(self), batch_size):
            chunk = slice(start, start + batch_size)
            taken = self._pool[chunk if self._rows is None else self._rows[chunk]]
            yield _pixels(taken)


def _pixels(chunk: Tensor) -> Tensor:
    return chunk.float().div_(255).permute(0, 3, 1, 2)
