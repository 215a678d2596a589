"""Random networks that work, of every kind of layer, in blocks of every kind."""

from collections.abc import Iterator
from random import Random

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import KINDS, Flatten
from explorer.network.shapes import trace
from tests.network.random_layers import random_layer

Layers = tuple[LayerSpec, ...]
SIZES = [4, 5, 6, 7, 8, 9]
MOST_VALUES = 4000  # that a layer puts out: more takes its time without showing more
MOST_DEPTH = 3
TRIES = 8


def random_network(random: Random, first: str) -> NetworkSpec:
    """A few layers and blocks, the first of them of a kind (if anything fits)."""
    dimensions = KINDS[first].dimensions or random.choice([1, 2, 2, 3])
    sizes = [random.choice(SIZES) for _ in range(dimensions)]
    names = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}[dimensions]
    fields = {"channels": random.choice([1, 2, 3, 4, 6]), "height": None}
    input = InputShape.model_validate(fields | dict(zip(names, sizes, strict=True)))
    before = (Flatten(),) if first == "Linear" else ()
    spec = NetworkSpec(name="random", input=input, layers=before)
    for place in range(random.randint(1, 6)):
        for _ in range(TRIES):
            shape = trace(spec).output_shape
            kind = first if place == 0 else _kind(random, shape)
            node = random_layer(random, KINDS[kind], shape)
            if random.random() < 0.4:
                node = _block(random, node, shape)
            longer = spec.with_layers((*spec.layers, node))
            traced = trace(longer)
            if not traced.failure and all(row.activations < MOST_VALUES for row in traced.leaves):
                spec = longer
                break
    return spec


def _kind(random: Random, shape: Shape) -> str:
    """A kind that may take the shape."""
    axes = len(shape) - 1
    return random.choice([name for name, kind in KINDS.items() if kind.dimensions in (None, axes)])


def _block(random: Random, node: LayerSpec, shape: Shape, depth: int = 1) -> LayerSpec:
    """A block of some kind around a layer, sometimes with another block inside."""
    other = random_layer(random, KINDS[_kind(random, shape)], shape)
    inside: Layers = (node, *((other,) if random.random() < 0.4 else ()))
    if depth < MOST_DEPTH and random.random() < 0.3:
        inside = (_block(random, node, shape, depth + 1),)
    join = random.choice(["concatenate", "add"])
    return random.choice(
        [
            Sequential(layers=inside, repeat=random.choice([1, 2, 3])),
            Residual(body=inside),
            Residual(body=inside, shortcut="projection"),
            Branches.model_validate({"branches": (inside, (other,)), "join": join}),
            Branches.model_validate({"branches": (inside, ()), "join": join}),
        ]
    )


def random_networks(random: Random, count: int) -> Iterator[NetworkSpec]:
    """So many networks; every kind comes first in as many of them as any other."""
    kinds = list(KINDS)
    made = 0
    while made < count:
        spec = random_network(random, kinds[made % len(kinds)])
        if spec.layers:
            made += 1
            yield spec
