"""Advice on Pretrained blocks: what their weights expect of pictures, and what can learn."""

from collections.abc import Iterator
from typing import Any

from explorer.network import edit
from explorer.network.advice_basis import Advice, Network
from explorer.network.blocks import Path, Pretrained, walk
from explorer.network.extractors import EXTRACTORS
from explorer.network.spec import NetworkSpec


def on_pretrained(network: Network) -> Iterator[Advice]:
    """On every Pretrained block of a network that works."""
    for path, name, node in walk(network.spec.layers):
        if isinstance(node, Pretrained):
            if node.weights == "pretrained" and path == (0,):
                yield from _normalisation(network, name, node)
            if node.weights == "random" and node.frozen:
                yield _frozen_at_random(network, path, name, node)


def _normalisation(network: Network, name: str, node: Pretrained) -> Iterator[Advice]:
    """The weights were learned on pictures normalised in some way."""
    wanted, given = EXTRACTORS[node.model].normalisation, network.spec.normalisation
    if given is not None and all(
        abs(one - other) < 0.02
        for one, other in zip(given.mean + given.std, wanted.mean + wanted.std, strict=True)
    ):
        return
    mean, std = (
        ", ".join(f"{value:g}" for value in values) for values in (wanted.mean, wanted.std)
    )
    has = "has none" if given is None else "has another"

    def normalised(spec: NetworkSpec) -> NetworkSpec:
        return NetworkSpec(
            name=spec.name, input=spec.input, normalisation=wanted, layers=spec.layers
        )

    yield Advice(
        "The weights expect pictures normalised otherwise",
        f"{node.title} learned from pictures with mean {mean} subtracted from red, green and blue, "
        f"and divided by {std}; this network {has}. What {name} sees then is darker or of another "
        "contrast than anything it knows.",
        (0,),
        network.repair(f"Normalise with mean {mean} and std {std}", normalised, (0,)),
    )


def _frozen_at_random(network: Network, path: Path, name: str, node: Pretrained) -> Advice:
    def changed(**fields: Any) -> Any:
        return lambda spec: edit.change(spec, path, **fields)

    return Advice(
        "Random weights that never learn",
        f"{name} is frozen, but its weights are random: {node.title} would stay what chance made "
        "it. Set weights to pretrained, or frozen to False.",
        path,
        network.repair(f"Set weights to pretrained in {name}", changed(weights="pretrained"), path),
    )
