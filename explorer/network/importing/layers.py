"""The layers of torch.nn: the arguments they are made with, by PyTorch's signatures."""

import inspect
from typing import Any

from pydantic import ValidationError

from explorer.network.base import LayerSpec
from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError, closest, did_you_mean
from explorer.network.importing.values import (
    MODULES,
    Chain,
    Flow,
    Leaf,
    LogSoftmax,
    ModuleList,
    Named,
    described,
)
from explorer.network.layers import KINDS
from explorer.network.spec import explain

_OTHERS = {
    "Softmax2d": ("Softmax", {"dim": 1}),
    "UpsamplingNearest2d": ("Upsample", {"mode": "nearest"}),
    "UpsamplingBilinear2d": ("Upsample", {"mode": "bilinear", "align_corners": True}),
}
"""Layers that are others with some arguments given."""


def make(kind: str, given: list[Any], named: dict[str, Any], line: int) -> Any:
    """What nn.`kind`(*given, **named) makes: a Leaf, Chain, ModuleList or LogSoftmax.

    Raises:
        SourceError: If there is no such layer, or it is not called as PyTorch asks.
    """
    if kind in ("Sequential", "ModuleList"):
        return _container(kind, given, named, line)
    if kind == "LogSoftmax":
        return LogSoftmax(line)
    extra: dict[str, Any] = {}
    if kind in _OTHERS:
        kind, extra = _OTHERS[kind]
    lazy = kind.startswith("Lazy") and kind[4:] in KINDS
    kind = kind[4:] if lazy else kind
    if kind not in KINDS:
        raise _unknown(kind, line)
    arguments = bind(kind, _parameters(kind, lazy), given, named, line)
    return Leaf(_layer(kind, arguments | extra, line), line)


def _unknown(kind: str, line: int) -> SourceError:
    from torch import nn

    existing = isinstance(getattr(nn, kind, None), type)
    if existing:
        return SourceError(
            line,
            f"nn.{kind} is a layer of PyTorch that this program cannot build.",
            f"The nearest it has is nn.{closest(kind, KINDS)}." if closest(kind, KINDS) else "",
        )
    return SourceError(
        line, f"PyTorch has no nn.{kind}.", did_you_mean(kind, [*KINDS, "Sequential"], "nn.{}")
    )


def _parameters(kind: str, lazy: bool) -> dict[str, Any]:
    """Names and defaults as in PyTorch's signature; `inspect.Parameter.empty` has to be given."""
    from torch import nn

    signature = inspect.signature(getattr(nn, kind)).parameters
    inferred = {"in_channels", "in_features", "num_features"} if lazy else set()
    return {
        name: parameter.default
        for name, parameter in signature.items()
        if name not in inferred
        and parameter.kind is not parameter.VAR_KEYWORD
        and parameter.kind is not parameter.VAR_POSITIONAL
    }


def bind(
    kind: str, parameters: dict[str, Any], given: list[Any], named: dict[str, Any], line: int
) -> dict[str, Any]:
    """The arguments by name, defaults filled in.

    Raises:
        SourceError: If there are too many, one is unknown, missing, twice there or no number.
    """
    if any(isinstance(value, Flow) for value in given):
        raise SourceError(
            line,
            f"nn.{kind} makes a layer and takes its sizes, but here it is given a tensor.",
            f"Make the layer in __init__ (self.layer = nn.{kind}(...)) and call that in forward: "
            "x = self.layer(x).",
        )
    names = list(parameters)
    if len(given) > len(names):
        raise SourceError(
            line,
            f"nn.{kind} takes at most {len(names)} arguments, but {len(given)} are given.",
            f"They are {', '.join(names)}.",
        )
    arguments = dict(zip(names, given, strict=False))
    for name, value in named.items():
        if name not in parameters:
            raise SourceError(
                line,
                f"nn.{kind} has no argument `{name}`.",
                did_you_mean(name, names) or f"Its arguments are {', '.join(names)}.",
            )
        if name in arguments:
            raise SourceError(line, f"nn.{kind} is given {name} twice.", "Leave one of them out.")
        arguments[name] = value
    for name, default in parameters.items():
        if name not in arguments:
            if default is inspect.Parameter.empty:
                raise SourceError(
                    line, f"nn.{kind} needs {name}, which is not given.", f"Write {name}=…"
                )
            arguments[name] = default
    return {name: _plain(kind, name, value, line) for name, value in arguments.items()}


def _plain(kind: str, name: str, value: Any, line: int) -> Any:
    """Numbers, words, and rows of them; nothing else is an argument of a layer."""
    if isinstance(value, list | tuple):
        if len(value) <= 8 and all(part is None or isinstance(part, int | float) for part in value):
            return tuple(value)
    elif value is None or isinstance(value, bool | int | float | str):
        return value
    raise SourceError(
        line,
        f"{name} of nn.{kind} is {described(value)}, which is no size.",
        "Write numbers there.",
    )


def _layer(kind: str, arguments: dict[str, Any], line: int) -> LayerSpec:
    spec = KINDS[kind]
    fields = set(spec.parameter_fields())
    if arguments.get("return_indices"):
        raise SourceError(
            line,
            f"nn.{kind} with return_indices=True gives two results, which cannot be built here.",
            "Leave return_indices out.",
        )
    if kind == "LayerNorm" and isinstance(arguments["normalized_shape"], int):
        arguments["normalized_shape"] = (arguments["normalized_shape"],)
    if kind == "Softmax" and arguments["dim"] is None:
        arguments["dim"] = 1
    try:
        return spec.model_validate(
            {name: value for name, value in arguments.items() if name in fields}
        )
    except ValidationError as error:
        raise SourceError(line, f"nn.{kind} cannot have this: {explain(error).problem}") from error


def _container(kind: str, given: list[Any], named: dict[str, Any], line: int) -> Any:
    if named:
        raise SourceError(line, f"nn.{kind} has no argument `{next(iter(named))}`.")
    if kind == "ModuleList":
        items = given[0] if given else []
        if len(given) > 1 or not isinstance(items, list | tuple):
            raise SourceError(
                line, "nn.ModuleList takes one list of layers.", "Put [ ] around the layers."
            )
        return ModuleList([checked(item, line) for item in items], line)
    if len(given) == 1 and isinstance(given[0], dict):
        return Chain([(str(name), checked(item, line)) for name, item in given[0].items()], line)
    if len(given) == 1 and isinstance(given[0], list | tuple):
        raise SourceError(
            line,
            "nn.Sequential takes the layers one by one, but is given a list.",
            "Put * before the list: nn.Sequential(*layers).",
        )
    items = known_models.whole(given, line)
    return Chain([(None, checked(item, line)) for item in items], line)


def checked(item: Any, line: int) -> Any:
    """A module, as it stands in a container.

    Raises:
        SourceError: If it is none.
    """
    if isinstance(item, MODULES):
        return item
    if isinstance(item, Named):
        raise SourceError(
            line, f"{item.name} stands here without brackets.", f"Write {item.name}(), to make it."
        )
    raise SourceError(line, f"A layer should stand here, but this is {described(item)}.")
