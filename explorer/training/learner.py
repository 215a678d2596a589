"""One contender while it learns: its module, its optimizer, one step."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.dropout import _DropoutNd

from explorer.errors import ExplorerError
from explorer.network import pretrained
from explorer.network.build import build
from explorer.training.device import Stopwatch
from explorer.training.recipe import Contender, Precision, Recipe


class Learner:
    """A network that takes steps; nothing about it depends on which other contenders there are.

    Its first weights come from the recipe's seed, the random numbers of its dropout layers from
    seed and step.
    """

    def __init__(
        self, contender: Contender, recipe: Recipe, device: torch.device, precision: Precision
    ) -> None:
        self.name = contender.name
        self.spec = contender.network
        self.stopwatch = Stopwatch(device)
        self._device = device
        self._seed = recipe.seed
        self._precision = precision
        with seeded(recipe.seed, device):
            network = build(contender.network)
        # Convolutions are up to twice as fast when the channels of a pixel lie side by side.
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.network.train()
        self._draws = any(isinstance(module, _DropoutNd) for module in network.modules())
        self._optimizer = _optimizer(self.network, recipe)

    def load_pretrained(self) -> tuple[str, ...]:
        """Take the weights of Pretrained blocks from the disk or the internet.

        Returns:
            What people have to know if they cannot be had; the block starts at random then.
        """
        return tuple(pretrained.load(self.network, self.spec, download=True))

    def step(self, images: Tensor, labels: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """One optimizer step on a batch; returns its loss, a scalar, and logits (n, classes)."""
        self.stopwatch.start()
        with self._dropout_numbers(number), self._autocast():
            logits = self.network(images).float()
        loss = cross_entropy(logits, labels)
        loss.backward()
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.stopwatch.stop()
        return loss.detach(), logits.detach()

    def _dropout_numbers(self, number: int) -> AbstractContextManager[None]:
        if not self._draws:
            return nullcontext()
        return seeded(self._seed * 1_000_003 + number, self._device)

    def _autocast(self) -> AbstractContextManager[object]:
        if self._precision == "fp32":
            return nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)


class seeded(AbstractContextManager[None]):  # noqa: N801 - reads as what it does
    """Inside, PyTorch's random numbers start at a seed; outside, they go on as if nothing was."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._seed = seed
        self._fork = torch.random.fork_rng([device] if device.type == "cuda" else [])

    def __enter__(self) -> None:
        self._fork.__enter__()
        torch.manual_seed(self._seed)

    def __exit__(self, *error: object) -> None:
        self._fork.__exit__(None, None, None)


def _optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Of the weights that learn. `fused`: one call for all of them instead of several for each.

    Raises:
        ExplorerError: If there are none.
    """
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    if not learning:
        raise ExplorerError(
            "Nothing in the network learns: it has no weights, or all of them are frozen.",
            "Add a Linear layer, or set frozen to False.",
        )
    if recipe.optimizer == "adam":
        return torch.optim.Adam(
            learning,
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
    return torch.optim.SGD(
        learning,
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
