"""Repairs of a network that fails: small changes that make the failing layer work, tried first.

Ideas come from `repair_layers`, for a single layer, `repair_joins`, for the ways of a block that do
not meet, and `repair_pretrained`. Each is traced on PyTorch's `meta` device before it is offered:
the failing layer works then, and nothing that worked before fails.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from explorer.network import repair_joins, repair_layers, repair_pretrained
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, Branches, Path, Pretrained, count_of, walk
from explorer.network.nodes import INFERRED
from explorer.network.repair_ideas import Broken, Idea
from explorer.network.shapes import Trace, trace
from explorer.network.spec import NetworkSpec

MOST = 6
"""Most repairs that are offered."""
_MOST_OF_A_RANK = 3
_MOST_TRIES = 10
"""Of each rank."""
_MOST_FRESH_LAYERS = 40
"""How many layers may be run on new shapes; each takes about a millisecond."""
_MOST_FOLLOWED_LAYERS = 120
"""How many layers behind the failing one may be run to see whether all of them work then."""


@dataclass(frozen=True)
class Repair:
    """A change after which the failing layer works."""

    title: str
    """What is done, in plain English with numbers: "Set kernel_size to 7"."""
    spec: NetworkSpec
    """The whole network after it."""
    output_shape: Shape
    """What the layer that failed puts out then, or if it is removed, what is passed on there."""
    cost: float
    """How much is changed; see `repair_ideas.Rank` for the whole part."""


def repairs(spec: NetworkSpec, traced: Trace) -> tuple[Repair, ...]:
    """Up to six changes that mend the failing layer, those that change the least first.

    Of changes that are of one rank, those come first after which the whole network works. Changes
    that give the same network come once.

    Args:
        spec: The network.
        traced: Its trace; without a failure nothing is offered.
    """
    broken = Broken.of(spec, traced)
    if broken is None:
        return ()
    ideas = repair_joins.ideas if isinstance(broken.node, Block) else repair_layers.ideas
    if isinstance(broken.node, Pretrained):
        ideas = repair_pretrained.ideas
    found = sorted(_tried(broken, ideas(broken)), key=lambda repair: repair.cost)
    best: list[Repair] = []
    for repair in found:
        of_its_rank = sum(int(other.cost) == int(repair.cost) for other in best)
        if of_its_rank < _MOST_OF_A_RANK and len(best) < MOST:
            best.append(repair)
    rest = count_of(spec.layers[broken.path[0] + 1 :])
    if rest * len(best) <= _MOST_FOLLOWED_LAYERS:  # of a longer rest nothing is said
        best = sorted(map(_followed, best), key=lambda repair: repair.cost)
    return tuple(best)


def _tried(broken: Broken, ideas: Iterator[Idea]) -> Iterator[Repair]:
    """The ideas that work, as long as the tries that one may make last."""
    seen: set[str] = set()
    tries, worked = Counter[int](), Counter[int]()
    fresh = 0
    for idea in ideas:
        if worked[idea.rank] > _MOST_OF_A_RANK or tries[idea.rank] >= _MOST_TRIES:
            continue
        effect = _effect(idea)
        if effect in seen:
            continue
        tries[idea.rank] += 1
        fresh += broken.layers_since(idea.since)
        if fresh > _MOST_FRESH_LAYERS and idea.since != broken.path:
            continue
        works, shape = _outcome(broken, idea)
        if works:
            seen.add(effect)
            worked[idea.rank] += 1
            yield Repair(idea.title, idea.spec, shape, idea.rank + 0.5 * min(0.99, idea.size))


def _outcome(broken: Broken, idea: Idea) -> tuple[bool, Shape]:
    """Whether the failing layer works then, and what it puts out.

    Traced is from the first outermost node that changes to that of the failing layer.
    """
    end = idea.through or idea.at
    start, stop = min(idea.since[0], idea.at[0]), end[0] + 1
    before = broken.input_of(start) if idea.spec.input == broken.spec.input else None
    if before is None:
        start = 0
        before = idea.spec.input
    at, end = ((path[0] - start, *path[1:]) for path in (idea.at, end))
    layers = _up_to(idea.spec.layers[start:stop], end)
    traced = trace(NetworkSpec(name=idea.spec.name, input=before, layers=layers))
    works = traced.failure is None or order(traced.failure.path) > order(end)
    row = None if idea.removes else traced.row(at)
    shape = broken.arrives if row is None else row.output_shape
    return works and broken.leaves_room(start, traced), shape


def _up_to(nodes: tuple[LayerSpec, ...], at: Path) -> tuple[LayerSpec, ...]:
    """The nodes without those that are run only after the one at `at`.

    Ways of a block that are cut off need not meet, which fails after what is asked for.
    """
    node = nodes[at[0]] if at[0] < len(nodes) else None
    if len(at) == 1 or not isinstance(node, Block) or node.times > 1:
        return nodes[: at[0] + 1]
    number, rest = (at[1], at[2:]) if isinstance(node, Branches) else (0, at[1:])
    return (*nodes[: at[0]], node.with_list(number, _up_to(node.lists[number], rest)))


def _effect(idea: Idea) -> str:
    """What the network is after it, whatever is set by hand or inferred in the layer mended."""
    nodes = [
        (
            path,
            node.kind,
            [
                (field, getattr(node, field))
                for field in node.parameter_fields()
                if not (path == idea.at and field in INFERRED)
            ],
        )
        for path, _, node in walk(idea.spec.layers)
    ]
    return repr((idea.spec.input, nodes))


def order(path: Path) -> tuple[float, ...]:
    """Sorts places by when they are run: a block itself after what is in it."""
    return (*(step if step >= 0 else inf for step in path), inf)


def _followed(repair: Repair) -> Repair:
    """The repair, a little dearer if the network still fails somewhere behind it."""
    if trace(repair.spec).failure is None:
        return repair
    return replace(repair, cost=repair.cost + 0.5)
