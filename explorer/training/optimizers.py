"""The optimizers of PyTorch behind one face: one learning rate, one step, one state."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD, Adam, AdamW, Muon, Optimizer, RMSprop

from explorer.errors import ExplorerError
from explorer.training.fused import direct
from explorer.training.recipe import Recipe


class Optimizers:
    """The optimizer of a network; with Muon there are two, each with weights of its own.

    Weights that are frozen (`requires_grad` is False) stay as they are.
    """

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        """Raise ExplorerError if the network has no weights that learn."""
        self._parameters = [weight for weight in network.parameters() if weight.requires_grad]
        if not self._parameters:
            raise ExplorerError(
                "Nothing in the network learns: it has no weights, or all of them are frozen.",
                "Add a Linear layer, or set frozen to False.",
            )
        self._optimizers = _build(self._parameters, recipe)
        self._direct: list[Callable[[], bool] | None] = [None] * len(self._optimizers)

    def set_learning_rate(self, learning_rate: float) -> None:
        """What the following steps use."""
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate

    def step(self, max_norm: float, scaler: GradScaler | None) -> None:
        """Clip the gradients to `max_norm` unless that is 0, follow them and forget them.

        With a `scaler`, gradients are divided by its scale first, and a step whose gradients
        overflowed is left out. Nothing here waits for the device, but for RMSprop and Muon with a
        scaler.
        """
        if scaler is not None and max_norm:
            for optimizer in self._optimizers:
                scaler.unscale_(optimizer)
        if max_norm:
            nn.utils.clip_grad_norm_(self._parameters, max_norm)
        for index, optimizer in enumerate(self._optimizers):
            if scaler is not None:
                scaler.step(optimizer)
                continue
            short_way = self._direct[index]
            if short_way is None or not short_way():
                optimizer.step()
                self._direct[index] = direct(optimizer)
        self.forget_gradients()
        if scaler is not None:
            scaler.update()

    def forget_gradients(self) -> None:
        """As if the last batch had not been."""
        for parameter in self._parameters:
            parameter.grad = None

    def state(self) -> dict[str, Tensor]:
        """What is remembered of each weight that learns, by "<its place among them>.<name>"."""
        return {
            f"{index}.{name}": tensor
            for index, remembered in self._remembered()
            for name, tensor in remembered.items()
            if isinstance(tensor, Tensor)
        }

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Remember what `state` said.

        Raises:
            ExplorerError: If it does not belong to these weights.
        """
        self._direct = [None] * len(self._optimizers)
        by_weight: dict[int, dict[str, Tensor]] = {}
        for name, tensor in state.items():
            index, _, what = name.partition(".")
            if not (index.isdecimal() and int(index) < len(self._parameters)):
                raise _foreign(name)
            by_weight.setdefault(int(index), {})[what] = tensor
        for index, remembered in self._remembered():
            remembered.clear()
            parameter = self._parameters[index]
            for what, tensor in by_weight.get(index, {}).items():
                if tensor.shape not in (parameter.shape, ()):
                    raise _foreign(f"{index}.{what}")
                remembered[what] = self._placed(tensor, parameter, what)

    def _remembered(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Place and state of every weight, whichever optimizer it belongs to."""
        owner = {
            id(parameter): optimizer
            for optimizer in self._optimizers
            for group in optimizer.param_groups
            for parameter in group["params"]
        }
        for index, parameter in enumerate(self._parameters):
            yield index, owner[id(parameter)].state[parameter]

    def _placed(self, tensor: Tensor, parameter: Tensor, what: str) -> Tensor:
        """A copy where and as the optimizer wants it: fused steps need the weight's own layout."""
        if what == "step":
            fused = any(optimizer.defaults.get("fused") for optimizer in self._optimizers)
            return tensor.clone().to(parameter.device if fused else "cpu")
        return torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)


def _build(parameters: list[nn.Parameter], recipe: Recipe) -> list[Optimizer]:
    """`fused`, where there is such a thing: one call for all weights, not several for each."""
    rate, decay = recipe.learning_rate, recipe.weight_decay
    match recipe.optimizer:
        case "adam":
            return [Adam(parameters, rate, weight_decay=decay, fused=True)]
        case "adamw":
            return [AdamW(parameters, rate, weight_decay=decay, fused=True)]
        case "rmsprop":
            return [RMSprop(parameters, rate, weight_decay=decay, momentum=recipe.momentum)]
        case "muon":
            return _muon(parameters, recipe)
    return [
        SGD(
            parameters,
            rate,
            momentum=recipe.momentum,
            weight_decay=decay,
            nesterov=recipe.nesterov,
            fused=True,
        )
    ]


def _muon(parameters: list[nn.Parameter], recipe: Recipe) -> list[Optimizer]:
    """Muon takes matrices only; AdamW has the rest, with steps of about the same length."""
    rate, decay = recipe.learning_rate, recipe.weight_decay
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    others = [parameter for parameter in parameters if parameter.ndim != 2]
    optimizers: list[Optimizer] = []
    if matrices:
        optimizers.append(
            Muon(
                matrices,
                rate,
                weight_decay=decay,
                momentum=recipe.momentum,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    if others:
        optimizers.append(AdamW(others, rate, weight_decay=decay, fused=True))
    return optimizers


def _foreign(name: str) -> ExplorerError:
    return ExplorerError(
        f"The optimizer's memory `{name}` does not belong to this network.",
        "Continue only with a checkpoint of the same run.",
    )
