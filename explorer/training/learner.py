"""One contender while it learns: its module, its optimizer, one step, when it has had enough."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.amp.grad_scaler import GradScaler
from torch.nn.modules.dropout import _DropoutNd

from explorer.datasets.dataset import class_counts
from explorer.errors import ExplorerError
from explorer.network import pretrained
from explorer.network.build import build
from explorer.training.device import (
    HalvesTooLargeError,
    Stopwatch,
    is_out_of_memory,
    release_freed_memory,
)
from explorer.training.events import Measure
from explorer.training.graphs import Recorder, Replay, cuda_graph, record
from explorer.training.losses import TrainingLoss
from explorer.training.measure import judged
from explorer.training.optimizers import Optimizers
from explorer.training.recipe import Contender, Precision, Recipe
from explorer.training.schedules import Best, Plateau, factor
from explorer.training.seeded import seeded

_FORMATS = {"bf16": torch.bfloat16, "fp16": torch.float16}
_HIGHEST_RATE = 10.0  # of a recipe too
_LOWEST_FACTOR = 1e-12
# Batch normalisation needs two pictures in each half.
_FEWEST_TO_HALVE = 4


@dataclass(frozen=True)
class Lesson:
    """What learners must know of the data: steps of an epoch, training pictures of each class."""

    steps_per_epoch: int
    class_counts: Tensor | None = None
    pictures: int = 0


def lesson(steps_per_epoch: int, labels: Tensor, classes: int) -> Lesson:
    """Count the training pictures' labels, (N,) or (N, classes)."""
    return Lesson(steps_per_epoch, class_counts(labels.cpu(), classes), len(labels))


@dataclass(frozen=True)
class LearnerState:
    """All that a learner is after a step: tensors on the CPU, and numbers that JSON keeps as is."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any]


class Learner:
    """A network that takes steps; nothing about it depends on which other contenders there are.

    Its first weights come from the recipe's seed, the random numbers of its dropout layers from
    seed and step: nothing of PyTorch's own random numbers need be kept to go on later.
    """

    def __init__(
        self,
        contender: Contender,
        recipe: Recipe,
        device: torch.device,
        precision: Precision,
        data: Lesson,
    ) -> None:
        self.name = contender.name
        self.spec = contender.network
        self.stopwatch = Stopwatch(device)
        self._recipe = recipe
        self._device = device
        self._precision = precision
        self._data = data
        with seeded(recipe.seed, device):
            network = build(contender.network)
        # Convolutions are up to twice as fast when the channels of a pixel lie side by side.
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.network.train()
        self._draws = any(isinstance(module, _DropoutNd) for module in network.modules())
        self._optimizers = Optimizers(self.network, recipe)
        self._loss = TrainingLoss(recipe, data.class_counts, data.pictures, device)
        self._scaler = GradScaler(device.type) if precision == "fp16" else None
        self._steps = 0
        self._by_hand = 1.0
        self._plateau = Plateau(recipe)
        self._best = Best(recipe.monitor)
        self._best_epoch: int | None = None
        self._best_weights: dict[str, Tensor] | None = None
        self._replay: Replay | None = None
        self.halved_at: int | None = None
        """The step whose batch was the first that had to be looked at in two halves, if any."""

    def load_pretrained(self) -> tuple[str, ...]:
        """Take the weights of Pretrained blocks from the disk or the internet.

        Returns:
            What people have to know if they cannot be had; the block starts at random then.
        """
        return tuple(pretrained.load(self.network, self.spec, download=True))

    def record(self, images: Tensor, recorder: Recorder = cuda_graph) -> str:
        """Have forward and backward of batches like this one replayed from now on.

        Returns:
            Why that cannot be done; "" if it can. The steps are the usual ones then.
        """
        if self._draws:
            return "dropout draws other numbers at every step"
        if recorder is cuda_graph and self._device.type != "cuda":
            return "there is no GPU"
        try:
            with self._autocast(remembering=False):
                self._replay = record(self.network, images, recorder)
        except RuntimeError as error:
            first_line = str(error).strip().partition("\n")[0][:200]
            release_freed_memory(self._device)
            return f"the network could not be recorded ({first_line})"
        return ""

    def step(self, images: Tensor, labels: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """The optimizer step `number`, counted from 1, on a batch.

        Returns:
            The plain loss before the step, a scalar, without what the recipe adds to it,
            and logits (n, classes) float32.
        """
        self.stopwatch.start()
        self._steps = number - 1
        with self._dropout_numbers(number):
            loss, logits = self._gradients(images, labels, number)
        self._optimizers.set_learning_rate(self.learning_rate)
        self._optimizers.step(self._recipe.max_norm, self._scaler)
        self._steps = number
        shown = self._loss.shown(loss, logits, labels)
        self.stopwatch.stop()
        return shown, logits.detach()

    def _gradients(self, images: Tensor, labels: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """Loss and logits of a batch; its gradients are where the optimizer looks for them.

        A batch that does not fit into memory is looked at in two halves, one after the other, as
        is every batch after it. Their gradients are added up, so steps and learning rate mean what
        they meant; only batch normalisation sees half a batch at a time.

        Raises:
            HalvesTooLargeError: If half a batch does not fit either.
        """
        if self.halved_at is None:
            try:
                return self._gradients_of_part(images, labels, None)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error) or len(labels) < _FEWEST_TO_HALVE:
                    raise
            # Only here, without the error, is what it held of the batch free again.
            self._optimizers.forget_gradients()
            self._replay = None
            release_freed_memory(self._device)
            self.halved_at = number
        size = len(labels) if len(labels) < _FEWEST_TO_HALVE else -(-len(labels) // 2)
        parts = zip(images.split(size), labels.split(size), strict=True)
        try:
            done = [
                self._gradients_of_part(some, of_some, self._loss.share(of_some, labels))
                for some, of_some in parts
            ]
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise HalvesTooLargeError from error
            raise
        losses, logits = zip(*done, strict=True)
        return torch.stack(losses).sum(), torch.cat(logits)

    def _gradients_of_part(
        self, images: Tensor, labels: Tensor, share: Tensor | float | None
    ) -> tuple[Tensor, Tensor]:
        """Its share in the loss, and its logits; its gradients are added to those there are."""
        replay = self._replay
        forward = replay if replay is not None and replay.fits(images) else self.network
        with self._autocast():
            logits = forward(images).float()
        loss = self._loss(logits, labels)
        if share is not None:
            loss = loss * share
        scaled = loss if self._scaler is None else self._scaler.scale(loss)
        scaled.backward()
        return loss.detach(), logits.detach()

    @property
    def learning_rate(self) -> float:
        """That of the next step."""
        scheduled = factor(self._recipe, self._steps, self._data.steps_per_epoch)
        # Never quite 0, so that from there a rate that is set by hand can be reached.
        scheduled = max(scheduled * self._plateau.factor, _LOWEST_FACTOR)
        return self._recipe.learning_rate * scheduled * self._by_hand

    def scale_learning_rate(self, by: float) -> None:
        """Multiply the learning rate of the next step, and of all that follow in the schedule.

        Raises:
            ExplorerError: If that is no rate above 0 and at most 10.
        """
        self.set_learning_rate(self.learning_rate * by)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Take the next step with this rate; what the schedule does from there is in proportion.

        Raises:
            ExplorerError: If it is not above 0 and at most 10.
        """
        if not 0 < learning_rate <= _HIGHEST_RATE:
            raise ExplorerError(
                f"A learning rate of {learning_rate:g} cannot be learned with.",
                f"Choose one above 0 and at most {_HIGHEST_RATE:g}.",
            )
        self._by_hand *= learning_rate / self.learning_rate

    def end_epoch(self, epoch: int, validation: Measure | None) -> None:
        """Draw the consequences of an epoch's validation, if there was one and it still learns."""
        if validation is None or self.resting:
            return
        value = judged(validation, self._recipe.monitor)
        if self._recipe.schedule == "plateau":
            self._plateau.take(value)
        if self._best.take(value):
            self._best_epoch = epoch
            if self._recipe.tested_weights == "best":
                self._best_weights = {
                    name: tensor.clone() for name, tensor in self.network.state_dict().items()
                }

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the best validation result so far."""
        return self._best_epoch

    @property
    def resting(self) -> bool:
        """Whether its patience ran out: it takes no more steps."""
        return 0 < self._recipe.patience <= self._best.waited

    @property
    def ending(self) -> str:
        """Why it rests, in a sentence; empty while it learns."""
        if not self.resting:
            return ""
        epochs = f"{self._recipe.patience} epoch{'s' if self._recipe.patience > 1 else ''}"
        return (
            f"“{self.name}” stopped learning early: no better validation {self._recipe.monitor} "
            f"in {epochs} after epoch {self._best_epoch}."
        )

    def settle(self) -> int | None:
        """Put the weights that are to be tested into the network; of which epoch, if the best."""
        if self._best_weights is None:
            return None
        self.network.load_state_dict(self._best_weights)
        return self._best_epoch

    def best_weights(self) -> dict[str, Tensor] | None:
        """Weights and buffers of the best epoch, if the recipe wants them tested."""
        return self._best_weights

    def state(self) -> LearnerState:
        """All that is needed to go on as if nothing had happened; waits for the device."""
        parts = {"network": self.network.state_dict(), "optimizer": self._optimizers.state()}
        if self._best_weights is not None:
            parts["best"] = self._best_weights
        tensors = {
            f"{part}.{name}": tensor.detach().to("cpu", copy=True).contiguous()
            for part, named in parts.items()
            for name, tensor in named.items()
        }
        return LearnerState(tensors, self._numbers())

    def load_state(self, state: LearnerState) -> None:
        """Become what `state` describes; the recipe and the network must be those it came from.

        Raises:
            ExplorerError: If they are not; the learner is of no use then.
        """
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "optimizer": {}, "best": {}}
        for name, tensor in state.tensors.items():
            part, _, rest = name.partition(".")
            if part not in parts:
                raise _foreign(f"`{name}` is no part of a learner")
            parts[part][rest] = tensor
        self._take_numbers(state.numbers)
        self._check_weights(parts["network"])
        self.network.load_state_dict(parts["network"])
        self._optimizers.load_state(parts["optimizer"])
        self._best_weights = None
        if parts["best"]:
            self._check_weights(parts["best"])
            own = self.network.state_dict()
            self._best_weights = {
                name: torch.empty_like(own[name]).copy_(tensor)
                for name, tensor in parts["best"].items()
            }

    def _numbers(self) -> dict[str, Any]:
        return {
            "steps": self._steps,
            "seconds": self.stopwatch.seconds(),
            "learning_rate_by_hand": self._by_hand,
            "plateau_factor": self._plateau.factor,
            "plateau_value": self._plateau.best.value,
            "plateau_waited": self._plateau.best.waited,
            "best_epoch": self._best_epoch,
            "best_value": self._best.value,
            "best_waited": self._best.waited,
            "scaler": self._scaler.state_dict() if self._scaler else None,
            "halved_at": self.halved_at,
        }

    def _take_numbers(self, numbers: Mapping[str, Any]) -> None:
        expected = self._numbers()
        numbers = {"halved_at": None, **numbers}  # states of earlier releases are without it
        if set(numbers) != set(expected):
            different = sorted(set(numbers) ^ set(expected))
            raise _foreign(f"{', '.join(different)} is missing or unknown")
        if (numbers["scaler"] is None) != (self._scaler is None):
            raise _foreign("it was made in another precision")
        self._steps = numbers["steps"]
        self.stopwatch.set_seconds(numbers["seconds"])
        self._by_hand = numbers["learning_rate_by_hand"]
        self._plateau.factor = numbers["plateau_factor"]
        self._plateau.best.value = numbers["plateau_value"]
        self._plateau.best.waited = numbers["plateau_waited"]
        self._best_epoch = numbers["best_epoch"]
        self._best.value = numbers["best_value"]
        self._best.waited = numbers["best_waited"]
        self.halved_at = numbers["halved_at"]
        if self._scaler:
            self._scaler.load_state_dict(numbers["scaler"])

    def _check_weights(self, tensors: Mapping[str, Tensor]) -> None:
        expected = self.network.state_dict()
        if set(tensors) != set(expected):
            raise _foreign("its weights have other names")
        for name, tensor in tensors.items():
            if (tensor.shape, tensor.dtype) != (expected[name].shape, expected[name].dtype):
                raise _foreign(f"`{name}` has another shape or number format")

    def _dropout_numbers(self, number: int) -> AbstractContextManager[None]:
        if not self._draws:
            return nullcontext()
        return seeded(self._recipe.seed * 1_000_003 + number, self._device)

    def _autocast(self, *, remembering: bool = True) -> AbstractContextManager[object]:
        """`remembering`: weights are converted once for all layers that share them."""
        if self._precision == "fp32":
            return nullcontext()
        return torch.autocast(
            self._device.type, _FORMATS[self._precision], cache_enabled=remembering
        )


def replaying(learner: Learner, images: Tensor) -> tuple[str, ...]:
    """`Learner.record`, and what people have to know if that cannot be done."""
    problem = learner.record(images)
    return (f"Its steps are not replayed from CUDA graphs: {problem}.",) if problem else ()


def _foreign(why: str) -> ExplorerError:
    return ExplorerError(
        f"This checkpoint does not belong to this network and recipe: {why}.",
        "Continue only with a checkpoint of the same run.",
    )
