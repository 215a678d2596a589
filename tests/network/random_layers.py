"""Random layers of every kind with shapes for them, and what PyTorch makes of both.

Fields are drawn by their types and bounds, so a new kind seldom needs anything here; `SMALL` keeps
sizes near each other, where windows just fit and just do not.
"""

import warnings
from random import Random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import torch
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo
from torch import nn

from explorer.network.base import LayerSpec, Shape
from explorer.network.layers import BatchNorm, Flatten, Linear, Softmax, Unflatten, Upsample

SMALL: dict[str, list[Any]] = {
    "kernel_size": [1, 2, 2, 3, 3, 4],
    "stride": [1, 1, 2, 3],
    "padding": [0, 0, 0, 1, 1, 2],
    "dilation": [1, 1, 1, 2, 3],
    "output_padding": [0, 0, 0, 0, 1, 2],
    "output_size": [1, 2, 3, 6],
    "size": [1, 3, 8],
    "scale_factor": [0.2, 0.5, 1.0, 1.5, 2.0, 3.3],
    "groups": [1, 1, 1, 2, 3],
    "num_groups": [1, 1, 2, 3, 4],
    "out_channels": [1, 2, 3, 4, 6],
    "out_features": [1, 2, 7],
    "dim": [-3, -2, -1, 0, 1, 1, 2, 3],
    "start_dim": [-2, 0, 1, 1, 1, 2, 3],
    "end_dim": [-2, -1, -1, -1, 1, 2],
    "unflattened_size": [-1, 1, 2, 3],
    "divisor_override": [1, 5],
}
CHANNELS = [1, 2, 3, 4, 6]


def random_layer(random: Random, kind: type[LayerSpec], shape: Shape) -> LayerSpec:
    """Some layer of a kind; numbers that are inferred are mostly left open, or those of `shape`."""
    fields: dict[str, Any] = {}
    for field in kind.parameter_fields():
        info = kind.model_fields[field]
        if field in ("in_channels", "in_features", "num_features", "num_channels"):
            fields[field] = random.choice([*[None] * 8, shape[0], random.choice(CHANNELS)])
        elif field == "normalized_shape":
            tail = shape[random.randrange(len(shape)) :]
            fields[field] = random.choice([None, tail, tail, (random.choice(CHANNELS),)])
        else:
            fields[field] = _value(random, field, info.annotation, info.metadata)
    if kind is Upsample and random.random() < 0.9:  # exactly one of them, mostly a single number
        fields[random.choice(["size", "scale_factor"])] = None
        if random.random() < 0.6:
            fields |= {"mode": random.choice(["nearest", "area"]), "align_corners": None}
    if kind is Unflatten and random.random() < 0.5:
        fields |= {"dim": 1, "unflattened_size": (random.choice([1, shape[0], -1]), shape[0], 1)}
    return kind.model_validate(fields)


def random_shape(random: Random, kind: type[LayerSpec]) -> Shape:
    """Channels and sizes, mostly as many as the kind works along."""
    axes = kind.dimensions
    if axes is None or random.random() < 0.08:
        axes = random.choice([0, 0, 1, 2, 3])
    return random.choice(CHANNELS), *(random.choice([1, 2, 3, 4, 5, 6, 7]) for _ in range(axes))


def _value(random: Random, field: str, annotation: Any, metadata: list[Any]) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = FieldInfo.from_annotation(annotation)
        return _value(random, field, inner.annotation, inner.metadata)
    if origin in (Union, UnionType):
        return _value(random, field, random.choice(arguments), metadata)
    if origin is Literal:
        return random.choice(arguments)
    if origin is tuple:
        if arguments[1:] == (...,):
            arguments = arguments[:1] * random.choice([1, 2, 3])
        return tuple(_value(random, field, part, []) for part in arguments)
    if annotation is bool:
        return random.choice([True, False])
    if annotation is type(None):
        return None
    if field in SMALL:
        return random.choice(SMALL[field])
    bounds = {type(bound): bound for bound in metadata}
    low, high = bounds[Ge].ge, bounds[Le].le
    return random.randint(low, high) if annotation is int else random.uniform(low, high)


def by_hand(layer: LayerSpec, shape: Shape) -> nn.Module:
    """The layer made of its fields alone, with those left open as PyTorch's documentation asks."""
    fields = layer.model_dump(exclude={"kind", "name"})
    arrives = {"normalized_shape": shape} | dict.fromkeys(
        ("in_channels", "in_features", "num_features", "num_channels"), shape[0]
    )
    return getattr(nn, layer.kind)(
        **{
            field: arrives[field] if value is None and field in arrives else value
            for field, value in fields.items()
        }
    )


def real_output(layer: LayerSpec, shape: Shape) -> Shape | None:
    """Shape that the real module puts out in training and in use; None if PyTorch refuses.

    Some of PyTorch's transposed convolutions put out a picture without any rows; that is nothing
    to go on with.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = by_hand(layer, shape)
            trained = module.train()(torch.rand(2, *shape))
            used = module.eval()(torch.rand(1, *shape))
        except (RuntimeError, ValueError, IndexError, NotImplementedError, TypeError):
            return None
    assert trained.shape[1:] == used.shape[1:]
    return tuple(used.shape[1:]) if used.numel() else None


def only_pytorch_takes_it(layer: LayerSpec, shape: Shape) -> bool:
    """Whether the layer is refused here although PyTorch would do something, not what is meant.

    It would take the pictures of a batch for the channels of one, or mix them, or apply a Linear
    to each row of a picture.
    """
    sizes = len(shape)
    if isinstance(layer, BatchNorm):
        return False  # PyTorch itself looks at the number of axes
    if layer.dimensions is not None:
        return sizes != layer.dimensions + 1
    if isinstance(layer, Linear):
        return sizes != 1
    if isinstance(layer, Flatten):
        return bool({layer.start_dim, layer.end_dim} & {0, -sizes - 1})
    if isinstance(layer, Softmax | Unflatten):
        return layer.dim in (0, -sizes - 1)
    return False
