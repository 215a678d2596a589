"""What goes into and comes out of the layers of a built network, for one picture."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError

MOST_VALUES = 20_000_000  # kept at a time: 80 MB in float32


class _EnoughError(Exception):
    """Everything that was asked for is there; the layers after it need not be computed."""


def layer_outputs(module: nn.Module, picture: Tensor, names: Collection[str]) -> dict[str, Tensor]:
    """What some layers or blocks make of a picture, from one pass that ends at the last of them.

    Args:
        module: As `explorer.network.build.build` makes it, in evaluation mode.
        picture: (1, C, *sizes) float32 pixels in 0..1, on the module's device.
        names: Full names of layers, as in the rows of a trace: "block1.body.conv1".

    Returns:
        By name (1, C, *sizes) or (1, values), copies of their own.

    Raises:
        ExplorerError: There is no such layer, or the outputs together are more than `MOST_VALUES`.
    """
    return _caught(
        module, picture, names, lambda part, keep: part.register_forward_hook(_after(keep))
    )


def layer_input(module: nn.Module, picture: Tensor, name: str) -> Tensor:
    """What arrives at a layer, (1, C, *sizes) or (1, values): what the layers before it computed.

    Raises:
        ExplorerError: As `layer_outputs`.
    """
    return _caught(
        module, picture, [name], lambda part, keep: part.register_forward_pre_hook(_before(keep))
    )[name]


_Keep = Callable[[Tensor], None]


def _after(keep: _Keep) -> Any:
    return lambda _part, _arguments, output: keep(output)


def _before(keep: _Keep) -> Any:
    return lambda _part, arguments: keep(arguments[0])


@torch.no_grad()
def _caught(
    module: nn.Module,
    picture: Tensor,
    names: Collection[str],
    hook: Callable[[nn.Module, _Keep], Any],
) -> dict[str, Tensor]:
    caught: dict[str, Tensor] = {}
    wanted = set(names)

    def keeping(name: str) -> _Keep:
        def keep(values: Tensor) -> None:
            _check_values(values.numel() + sum(each.numel() for each in caught.values()))
            caught[name] = values.detach().clone()  # a layer after it may work in place
            if len(caught) == len(wanted):
                raise _EnoughError

        return keep

    with ExitStack() as hooks:
        for name in wanted:
            hooks.callback(hook(_part(module, name), keeping(name)).remove)
        try:
            if wanted:
                module(picture)
        except _EnoughError:
            pass
    return caught


def _part(module: nn.Module, name: str) -> nn.Module:
    try:
        return module.get_submodule(name)
    except AttributeError:
        raise ExplorerError(
            f"The network has no layer {name[:80]}.", "Choose one of its layers."
        ) from None


def _check_values(values: int) -> None:
    if values > MOST_VALUES:
        raise ExplorerError(
            f"The outputs of these layers together are {values:,} values; at most {MOST_VALUES:,} "
            "are kept.",
            "Ask for fewer layers, or use a smaller input.",
        )
