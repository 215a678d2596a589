"""The step of PyTorch's fused optimizers without the bookkeeping around it.

`Optimizer.step` sorts weights, gradients and its memory anew each time, which on a processor takes
several times as long as the arithmetic for a small network: about 0.2 ms of each step.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

# The calls that torch.optim.sgd and torch.optim.adam make; the stubs of PyTorch lack them.
_torch: Any = torch


def direct(optimizer: Optimizer) -> Callable[[], bool] | None:
    """A step that gives the very bits of `optimizer.step()`, or None if there is no short way.

    Valid after the optimizer's first step, until its memory is replaced. The step returns False,
    and does nothing, if a weight has no gradient.
    """
    (group,) = optimizer.param_groups
    parameters: list[Tensor] = group["params"]
    if not optimizer.defaults.get("fused") or any(one.device.type != "cpu" for one in parameters):
        return None
    memory = [optimizer.state.get(parameter, {}) for parameter in parameters]
    try:
        if isinstance(optimizer, SGD):
            update = _sgd(group, memory)
        elif isinstance(optimizer, Adam):
            update = _adam(group, memory)
        else:
            return None
    except KeyError:  # a weight that never had a gradient
        return None

    def step() -> bool:
        gradients = [parameter.grad for parameter in parameters]
        if any(gradient is None for gradient in gradients):
            return False
        with torch.no_grad():
            update(gradients)
        return True

    return step


def _sgd(group: dict[str, Any], memory: list[Any]) -> Callable[[list[Any]], None]:
    moving = [one["momentum_buffer"] for one in memory] if group["momentum"] else []

    def update(gradients: list[Any]) -> None:
        _torch._fused_sgd_(
            group["params"],
            gradients,
            moving,
            weight_decay=group["weight_decay"],
            momentum=group["momentum"],
            lr=group["lr"],
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            maximize=False,
            is_first_step=False,
        )

    return update


def _adam(group: dict[str, Any], memory: list[Any]) -> Callable[[list[Any]], None]:
    means, squares, steps = (
        [one[name] for one in memory] for name in ("exp_avg", "exp_avg_sq", "step")
    )
    apart = group["decoupled_weight_decay"]
    function = _torch._fused_adamw_ if apart else _torch._fused_adam_
    beta1, beta2 = group["betas"]

    def update(gradients: list[Any]) -> None:
        _torch._foreach_add_(steps, 1)
        function(
            group["params"],
            gradients,
            means,
            squares,
            [],
            steps,
            amsgrad=False,
            lr=group["lr"],
            beta1=beta1,
            beta2=beta2,
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )

    return update
