"""Which layers follow each other without a non-linearity between them."""

from collections.abc import Iterable

from explorer.network.base import LayerSpec
from explorer.network.blocks import Block, Branches, Path, Pretrained, Sequential
from explorer.network.layers import Conv, ConvTranspose, Linear
from explorer.network.nodes import family_of

_KEEPING = frozenset(
    {
        "AdaptiveAvgPool",
        "AvgPool",
        "BatchNorm",
        "Dropout",
        "Flatten",
        "Identity",
        "Unflatten",
        "Upsample",
    }
)
"""What is linear itself, or is when the network is used."""


def chains(nodes: Iterable[LayerSpec]) -> tuple[tuple[Path, ...], ...]:
    """Paths of convolutions and Linear layers that amount to one linear map, in order.

    Max pooling counts as a non-linearity, average pooling and batch normalisation do not.
    Depthwise convolutions belong to the one that follows them. What comes together at the end of a
    Residual or Branches block is not followed further, nor what is in Pretrained ones.
    """
    found: list[list[Path]] = []
    _follow(tuple(nodes), (), [], found)
    whole = [tuple(chain) for chain in found if len(chain) > 1]
    return tuple(
        chain
        for place, chain in enumerate(whole)
        if not any(set(chain) <= set(other) for other in whole[:place])
    )


def _follow(
    nodes: tuple[LayerSpec, ...], within: Path, chain: list[Path], found: list[list[Path]]
) -> list[Path]:
    """Go through a list of nodes with the chain so far; gives the chain that it ends in."""
    for index, node in enumerate(nodes):
        path = (*within, index)
        if isinstance(node, Sequential):
            for _ in range(min(2, node.repeat)):  # the second time shows what meets at the seam
                chain = _follow(node.layers, path, chain, found)
        elif isinstance(node, Pretrained):
            chain = []  # what comes before it only has to suit it; it ends in a non-linearity
        elif isinstance(node, Block):
            for number, inner in enumerate(node.lists):
                branch = (number,) if isinstance(node, Branches) else ()
                _follow(inner, (*path, *branch), list(chain), found)
            chain = []
        elif isinstance(node, Conv | ConvTranspose | Linear):
            if getattr(node, "groups", 1) > 1:
                chain = []
                continue
            chain = [*chain, path]
            found[:] = [other for other in found if other != chain[:-1]]
            found.append(chain)
        elif family_of(node) not in _KEEPING:
            chain = []
    return chain
