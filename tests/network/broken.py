"""Random networks that fail in one layer, called "broken", at the top or inside blocks."""

from collections.abc import Callable, Iterator
from random import Random

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv2d,
    Dropout2d,
    Flatten,
    GroupNorm,
    Linear,
    MaxPool2d,
    ReLU,
)
from explorer.network.shapes import trace
from tests.network.random_layers import random_layer

Layers = tuple[LayerSpec, ...]
_NAMES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def _input(shape: Shape) -> InputShape:
    sizes = dict(zip(_NAMES[len(shape) - 1], shape[1:], strict=True))
    return InputShape.model_validate({"channels": shape[0], "height": None, **sizes})


def _stem(random: Random, dimensions: int) -> Layers:
    """Layers before it that work on sizes of 5 or more, with names of their own."""
    convolution = KINDS[f"Conv{dimensions}d"]
    layers: list[LayerSpec] = [
        convolution.model_validate({"out_channels": random.choice([2, 4, 6]), "name": "s0"})
    ]
    if random.random() < 0.5:
        layers.append(KINDS[f"MaxPool{dimensions}d"].model_validate({"name": "s1"}))
    if random.random() < 0.5:
        layers.append(ReLU(name="s2"))
    return tuple(layers)


def _placed(random: Random, stem: Layers, broken: LayerSpec) -> Layers:
    """The failing layer after the stem: beside it, or in a block of some kind."""
    way = random.choice(["plain", "plain", "plain", "sequential", "residual", "branches", "deep"])
    if way == "plain":
        return (*stem, broken)
    if way == "sequential":
        return (*stem, Sequential(name="block", layers=(ReLU(name="t0"), broken)))
    if way == "residual":
        return (*stem, Residual(name="block", body=(ReLU(name="t0"), broken)))
    if way == "branches":
        return (*stem, Branches(name="block", branches=((ReLU(name="t0"),), (broken,))))
    inner = Residual(name="inner", body=(broken,))
    return (*stem, Sequential(name="block", layers=(inner,)))


def _shape_after(spec: NetworkSpec) -> Shape:
    return trace(spec).output_shape


def of_a_kind(random: Random, kind: type[LayerSpec]) -> NetworkSpec | None:
    """A layer of a kind with random numbers that do not fit what arrives."""
    dimensions = kind.dimensions or random.choice([1, 2, 2, 3])
    sizes = tuple(random.choice([5, 6, 7, 8]) for _ in range(dimensions))
    stem = _stem(random, dimensions)
    if random.random() < (0.15 if "kernel_size" in kind.model_fields else 0.4):
        stem = (*stem, Flatten(name="s3"))
    spec = NetworkSpec(name="broken", input=_input((3, *sizes)), layers=stem)
    shape = _shape_after(spec)
    for _ in range(20):
        layer = random_layer(random, kind, shape).model_copy(update={"name": "broken"})
        try:
            layer.check(shape, "`s`")
        except ExplorerError:
            return spec.with_layers(_placed(random, stem, layer))
    return None


_PICTURE = (3, 9, 9)


def _spec(layers: Layers, input: Shape = _PICTURE) -> NetworkSpec:
    return NetworkSpec(name="broken", input=_input(input), layers=layers)


def _kernel(random: Random) -> NetworkSpec:
    kind = random.choice([Conv2d, MaxPool2d, AvgPool2d])
    layer = kind(kernel_size=random.randint(10, 20), name="broken")
    return _spec(_placed(random, _stem(random, 2), layer))


def _in_channels(random: Random) -> NetworkSpec:
    layer = Conv2d(in_channels=random.choice([1, 3, 5, 7]), name="broken", padding=1)
    return _spec(_placed(random, _stem(random, 2), layer))


def _in_features(random: Random) -> NetworkSpec:
    layer = Linear(in_features=random.choice([1, 10, 64, 98]), name="broken")
    return _spec((*_stem(random, 2), Flatten(name="s4"), layer))


def _picture_after_flatten(random: Random) -> NetworkSpec:
    layer = random.choice([Conv2d(), MaxPool2d(), AdaptiveAvgPool2d(), Dropout2d()])
    layer = layer.model_copy(update={"name": "broken"})
    tail = random.choice([(), (Linear(name="t1"),)])
    return _spec((*_stem(random, 2), Flatten(name="s4"), layer, *tail))


def _linear_before_flatten(random: Random) -> NetworkSpec:
    layer = Linear(out_features=random.randint(1, 20), name="broken")
    return _spec(_placed(random, _stem(random, 2), layer))


def _groups(random: Random) -> NetworkSpec:
    layer = random.choice(
        [
            Conv2d(groups=random.choice([5, 7]), out_channels=35, name="broken"),
            Conv2d(groups=2, out_channels=7, name="broken"),
            GroupNorm(num_groups=random.choice([5, 7]), name="broken"),
        ]
    )
    return _spec(_placed(random, _stem(random, 2), layer))


def _pool_padding(random: Random) -> NetworkSpec:
    kind = random.choice([MaxPool2d, AvgPool2d])
    size = random.randint(2, 4)
    layer = kind(kernel_size=size, padding=size // 2 + random.randint(1, 2), name="broken")
    return _spec(_placed(random, _stem(random, 2), layer))


def _join(random: Random) -> NetworkSpec:
    layer = Conv2d(
        out_channels=random.choice([2, 5]),
        kernel_size=random.choice([1, 2, 3]),
        stride=random.choice([1, 2]),
        padding=0,
        name="s5",
    )
    ways = ((layer,), random.choice([(), (ReLU(name="s6"),), (AvgPool2d(name="s6"),)]))
    block = random.choice(
        [
            Residual(name="broken", body=(ReLU(name="s6"), layer)),
            Branches(name="broken", branches=ways),
            Branches(name="broken", branches=ways, join="add"),
            Branches(name="broken", branches=(*ways, (Conv2d(name="s7"),))),
        ]
    )
    return _spec(_placed(random, _stem(random, 2), block))


def _too_large(random: Random) -> NetworkSpec:
    if random.random() < 0.5:
        layer = Linear(out_features=1_000_000, name="broken")
        return _spec((*_stem(random, 2), Flatten(name="s4"), layer), (3, 40, 40))
    layer = Conv2d(out_channels=1_000_000, kernel_size=9, padding=4, name="broken")
    return _spec(_placed(random, _stem(random, 2), layer))


def _repeated(random: Random) -> NetworkSpec:
    broken = random.choice(
        [
            Conv2d(out_channels=8, kernel_size=3, in_channels=4, name="broken"),
            MaxPool2d(kernel_size=2, name="broken"),
            Conv2d(out_channels=4, kernel_size=4, name="broken"),
        ]
    )
    block = Sequential(name="block", repeat=6, layers=(ReLU(name="t0"), broken))
    return _spec((Conv2d(out_channels=4, name="s0"), block))


CLASSES: dict[str, Callable[[Random], NetworkSpec]] = {
    "kernel": _kernel,
    "in_channels": _in_channels,
    "in_features": _in_features,
    "picture_after_flatten": _picture_after_flatten,
    "linear_before_flatten": _linear_before_flatten,
    "groups": _groups,
    "pool_padding": _pool_padding,
    "join": _join,
    "too_large": _too_large,
    "repeated": _repeated,
}


def broken_networks(random: Random, of_each: int) -> Iterator[tuple[str, NetworkSpec]]:
    """So many of each class of failures, and of each kind of layer that can fail."""
    for name, make in CLASSES.items():
        found = 0
        while found < of_each:
            spec = make(random)
            failure = trace(spec).failure
            if failure and failure.name.endswith("broken"):  # not a block around it
                found += 1
                yield name, spec
    for name, kind in KINDS.items():
        tries = (of_a_kind(random, kind) for _ in range(3 * of_each))
        for _, spec in zip(range(max(1, of_each // 5)), filter(None, tries), strict=False):
            yield name, spec
