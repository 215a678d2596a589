"""Ideas to mend a Pretrained block that cannot work on what arrives: it only takes colour pictures,
and large enough ones.
"""

from collections.abc import Iterator
from itertools import chain
from math import ceil
from typing import Any

from pydantic import ValidationError

from explorer.network import repair_layers
from explorer.network.base import LayerSpec
from explorer.network.baseline import output_field
from explorer.network.blocks import Pretrained
from explorer.network.extractors import EXTRACTORS
from explorer.network.layers import Conv2d, MaxPool2d, Upsample
from explorer.network.repair_ideas import Broken, Idea, Rank
from explorer.network.spec import InputShape, NetworkSpec, explain

_CHANNELS = 3
_SMALL = ("resnet18", "googlenet", "alexnet")
"""Models that take less than others: of the picture, of work, of memory."""


def ideas(broken: Broken) -> Iterator[Idea]:
    """Every idea, roughly those first that change little."""
    node, arrives = broken.node, broken.arrives
    if not isinstance(node, Pretrained):
        return
    if len(arrives) == 3 and arrives[0] != _CHANNELS:
        yield from _channels(broken, node)
    elif len(arrives) == 3 and min(arrives[1:]) < node.smallest:
        yield from _larger(broken, node)
    elif len(arrives) == 3:
        yield from _smaller(broken, node)
    yield from chain(repair_layers.moved(broken), repair_layers.removed(broken))


def _channels(broken: Broken, node: Pretrained) -> Iterator[Idea]:
    """Three channels, and a larger picture too if it is too small as well."""
    learning = [other for other in broken.earlier if output_field(other.node) == "out_channels"]
    needed, input = _needed(broken, node), broken.spec.input
    if learning:
        fields = {"out_channels": _CHANNELS}
        yield from broken.changed(Rank.EARLIER, 0.1, learning[0].path, fields)
    elif needed == broken.arrives[1:]:
        title = f"Set the input's channels to {_CHANNELS}"
        yield from _with_input(broken, 0.1, title, channels=_CHANNELS)
    elif input.height is not None:
        height, width = _input_for(broken, input, needed)
        title = f"Set the input's channels to {_CHANNELS}, height to {height} and width to {width}"
        yield from _with_input(broken, 0.2, title, channels=_CHANNELS, height=height, width=width)
    layers: list[LayerSpec] = [Conv2d(out_channels=_CHANNELS, kernel_size=1)]
    if needed != broken.arrives[1:]:
        layers.append(Upsample(size=needed, scale_factor=None))
    yield from broken.inserted(0.1, broken.path, *layers)


def _needed(broken: Broken, node: Pretrained) -> tuple[int, ...]:
    """The height and width that have to arrive."""
    return tuple(max(size, node.smallest) for size in broken.arrives[1:])


def _input_for(broken: Broken, input: InputShape, needed: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of the input with which about what is needed arrives."""
    if broken.path == (0,):
        return (needed[0], needed[1])
    times = max(new / old for new, old in zip(needed, broken.arrives[1:], strict=True))
    return (ceil((input.height or 1) * times), ceil(input.width * times))


def _larger(broken: Broken, node: Pretrained) -> Iterator[Idea]:
    yield from _other_models(broken, node)
    needed, input = _needed(broken, node), broken.spec.input
    if input.height is not None:
        height, width = _input_for(broken, input, needed)
        title = f"Set the input's height to {height} and width to {width}"
        yield from _with_input(broken, 0.1, title, height=height, width=width)
    yield from repair_layers.earlier_windows(broken)
    yield from broken.inserted(0.2, broken.path, Upsample(size=needed, scale_factor=None))


def _other_models(broken: Broken, node: Pretrained) -> Iterator[Idea]:
    for place, model in enumerate(_SMALL):
        if model != node.model and EXTRACTORS[model].smallest <= min(broken.arrives[1:]):
            size = 0.2 + 0.1 * place
            yield from broken.changed(Rank.PARAMETER, size, broken.path, {"model": model})


def _smaller(broken: Broken, node: Pretrained) -> Iterator[Idea]:
    """The network would be too large with it."""
    yield from _other_models(broken, node)
    input = broken.spec.input
    for power in range(1, 5):
        if input.height is not None and min(input.height, input.width) >> power:
            height, width = input.height >> power, input.width >> power
            title = f"Set the input's height to {height} and width to {width}"
            yield from _with_input(broken, 0.1 * power, title, height=height, width=width)
    yield from repair_layers.earlier_windows(broken)
    yield from broken.inserted(0.3, broken.path, MaxPool2d(kernel_size=2))


def _with_input(broken: Broken, size: float, title: str, **fields: Any) -> Iterator[Idea]:
    """Another input; its normalisation is that of the weights if it was for other channels."""

    def change(spec: NetworkSpec) -> NetworkSpec:
        normalisation = spec.normalisation
        if normalisation and fields.get("channels") and isinstance(broken.node, Pretrained):
            normalisation = EXTRACTORS[broken.node.model].normalisation
        try:
            input = InputShape.model_validate({**dict(spec.input), **fields})
            return NetworkSpec(
                name=spec.name, input=input, normalisation=normalisation, layers=spec.layers
            )
        except ValidationError as error:
            raise explain(error) from error

    yield from broken.edited(Rank.EARLIER, size, title, change, broken.path, (0,))
