"""Where tensors meet again: sums become Residual or Branches, concatenations Branches."""

from explorer.errors import ExplorerError
from explorer.network import joins
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, Branches, Residual, Sequential, names_of
from explorer.network.importing.errors import SourceError
from explorer.network.importing.values import Flow, Leaf
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec

_NOTHING = ("Identity",)


def apart(nodes: list[LayerSpec]) -> tuple[LayerSpec, ...]:
    """Siblings without the names that more than one of them has."""
    names = [node.name for node in nodes]
    return tuple(
        node.model_copy(update={"name": None}) if names.count(node.name) > 1 else node
        for node in nodes
    )


def nodes_of(steps: list[Flow]) -> tuple[LayerSpec, ...]:
    """The layers of some steps, as siblings."""
    return apart([step.node for step in steps if step.node is not None])


def leaves_of(steps: list[Flow]) -> tuple[Leaf, ...]:
    """The layers with weights in some steps."""
    return tuple(leaf for step in steps for leaf in step.leaves)


def shape_of(flow: Flow, input: InputShape) -> Shape | None:
    """The shape of the tensor for one picture; None if a layer before it cannot work."""
    nodes: list[LayerSpec] = []
    now: Flow | None = flow
    while now is not None:
        steps = list(now.before())
        nodes = [step.node for step in reversed(steps) if step.node is not None] + nodes
        now = steps[-1].outer
    try:
        traced = trace(NetworkSpec(name="part", input=input, layers=apart(nodes)))
    except ValueError:
        return None
    return None if traced.failure else traced.output_shape


def meet(flows: list[Flow], join: str, input: InputShape, line: int) -> Flow:
    """One tensor of several that came from one: `join` is concatenate or add.

    Raises:
        SourceError: If they have nothing in common, or share layers on their ways.
    """
    start = _common(flows)
    if start is None or any(flow.ended for flow in flows):
        raise SourceError(
            line,
            "The tensors that meet here do not come from one tensor in this block.",
            "Only ways that begin at one tensor and meet again can be built here.",
        )
    ways = [flow.since(start) for flow in flows]
    leaves = tuple(leaf for way in ways for leaf in leaves_of(way))
    learning = [leaf for leaf in leaves if leaf.learns]
    if len(set(learning)) < len(learning):
        raise SourceError(
            line,
            "One of the layers would have to be in two branches, with the same weights.",
            "Only ways that part at one tensor and meet again at one place can be built here.",
        )
    branches = [_unwrapped(nodes_of(way)) for way in ways]
    try:
        if join == "add" and len(branches) == 2:
            residual = _residual(branches, flows, start, input)
            if residual is not None:
                return start.then(residual, leaves)
        block = Branches.model_validate({"branches": tuple(branches), "join": join})
    except ValueError as error:
        raise SourceError(
            line,
            f"{len(flows)} tensors meet here, which is more than a block can have.",
            "A block has 2 to 8 branches, and at most 6 blocks are inside each other.",
        ) from error
    return start.then(block, leaves)


def _common(flows: list[Flow]) -> Flow | None:
    """The last tensor that all come from."""
    shared = set.intersection(*({id(step) for step in flow.before()} for flow in flows))
    return next((step for step in flows[0].before() if id(step) in shared), None)


def _unwrapped(nodes: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
    """Without a Sequential around everything: a branch is one by itself."""
    if len(nodes) == 1 and isinstance(nodes[0], Sequential) and nodes[0].repeat == 1:
        return nodes[0].layers
    return nodes


def _residual(
    branches: list[tuple[LayerSpec, ...]], flows: list[Flow], start: Flow, input: InputShape
) -> Residual | None:
    for body, shortcut, end in (
        (branches[0], branches[1], flows[0]),
        (branches[1], branches[0], flows[1]),
    ):
        if all(node.kind in _NOTHING for node in shortcut):
            return Residual(body=body)
        if is_projection(shortcut):
            arrives, leaves = shape_of(start, input), shape_of(end, input)
            try:
                wanted = joins.projection(arrives, leaves) if arrives and leaves else ()
            except ExplorerError:
                continue
            if bare(wanted) == bare(shortcut):
                return Residual(body=body, shortcut="projection")
    return None


def is_projection(nodes: tuple[LayerSpec, ...]) -> bool:
    """Whether these may be a projection: a convolution and batch normalisation."""
    kinds = [node.kind[:-2] for node in nodes]
    return kinds == ["Conv", "BatchNorm"]


INFERRED = ("in_channels", "in_features", "num_features", "num_channels")
"""Fields that follow what arrives when they are empty."""


def bare(nodes: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
    """Nodes without names and what is inferred, also in blocks: to compare."""
    return tuple(_bare(node) for node in nodes)


def _bare(node: LayerSpec) -> LayerSpec:
    if isinstance(node, Block) and not node.read_only:
        for number, inner in enumerate(node.lists):
            node = node.with_list(number, bare(inner))
    open_fields = {name: None for name in INFERRED if hasattr(node, name)}
    return node.model_copy(update={"name": None} | open_fields)


def opened(nodes: tuple[LayerSpec, ...], others: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
    """Nodes with what is inferred left open where equal `others` have another number."""
    made = []
    for node, other in zip(nodes, others, strict=True):
        if isinstance(node, Block) and isinstance(other, Block) and not node.read_only:
            for number, (inner, outer) in enumerate(zip(node.lists, other.lists, strict=True)):
                node = node.with_list(number, opened(inner, outer))
        differing = [
            name for name in INFERRED if getattr(node, name, None) != getattr(other, name, None)
        ]
        made.append(node.model_copy(update=dict.fromkeys(differing)))
    return tuple(made)


def plainly_named(nodes: tuple[LayerSpec, ...]) -> tuple[LayerSpec, ...]:
    """Without the names that would be given anyway."""
    wanted = names_of(nodes)
    kept: set[int] = set()
    while True:
        plain = tuple(
            node if index in kept else node.model_copy(update={"name": None})
            for index, node in enumerate(nodes)
        )
        wrong = {
            index
            for index, (name, want) in enumerate(zip(names_of(plain), wanted, strict=True))
            if name != want
        }
        # Those after it may only be numbered wrongly because of it.
        odd = {index for index in wrong if nodes[index].name is not None} - kept
        if not odd:
            return plain
        kept.add(min(odd))
