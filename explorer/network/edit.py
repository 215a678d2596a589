"""Edits of a network, each giving a new one; `history` takes them back.

Places are paths: the index in a list of nodes, after the path of the block around it; see
`blocks.Path`. Whatever is refused raises an ExplorerError and leaves the network as it is.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec
from explorer.network.blocks import (
    MAX_BRANCHES,
    Block,
    Branches,
    Path,
    Residual,
    Sequential,
    walk,
)
from explorer.network.spec import NetworkSpec, explain

_Nodes = tuple[LayerSpec, ...]


def at(spec: NetworkSpec, path: Path) -> LayerSpec:
    """The layer or block at `path`."""
    nodes = siblings(spec, path)
    if not 0 <= path[-1] < len(nodes):
        raise _nothing_at(path)
    return nodes[path[-1]]


def siblings(spec: NetworkSpec, path: Path) -> _Nodes:
    """The list that the node at `path` stands in, or would stand in."""
    found: list[_Nodes] = []

    def look(nodes: _Nodes) -> _Nodes:
        found.append(nodes)
        return nodes

    _nodes_with(spec.layers, path, look)
    return found[0]


def parent(spec: NetworkSpec, path: Path) -> Path:
    """The path of the block around the node at `path`; () if it is in none."""
    blocks = [around for around, _, _ in walk(spec.layers) if around == path[: len(around)]]
    return max((around for around in blocks if len(around) < len(path)), key=len, default=())


def nearest(spec: NetworkSpec, path: Path) -> Path:
    """`path` if a node is there, or else that of one beside or around where it was."""
    nodes, found = spec.layers, ()
    while path and nodes:
        index = max(0, min(path[0], len(nodes) - 1))
        node = nodes[index]
        found, inner = (*found, index), path[1:]
        if index != path[0] or not isinstance(node, Block):
            break
        branch = isinstance(node, Branches)
        number = inner[0] if branch and inner else 0
        path = inner[1:] if branch else inner
        if not 0 <= number < len(node.lists) or not node.lists[number] or not path:
            break
        nodes = node.lists[number]
        found = (*found, number) if branch else found
    return found


def insert(spec: NetworkSpec, path: Path, node: LayerSpec) -> NetworkSpec:
    """Put a layer or block where it has `path` then; what is there and after it moves on."""

    def put(nodes: _Nodes) -> _Nodes:
        if not 0 <= path[-1] <= len(nodes):
            raise _nothing_at(path)
        return (*nodes[: path[-1]], node, *nodes[path[-1] :])

    return _edited(spec, path, put)


def remove(spec: NetworkSpec, path: Path) -> NetworkSpec:
    """Leave the node at `path` out, with what is in it."""
    at(spec, path)
    return _edited(spec, path, lambda nodes: (*nodes[: path[-1]], *nodes[path[-1] + 1 :]))


def move(spec: NetworkSpec, path: Path, to: Path) -> NetworkSpec:
    """Take the node at `path` out and put it back so that it stands at `to`.

    `to` is its path in the network that results, also in a block or out of one. A name given to it
    goes if there is one like it already.
    """
    node = at(spec, path)
    without = remove(spec, path)
    taken = node.name is not None and node.name in {node.name for node in siblings(without, to)}
    return insert(without, to, _unnamed(node) if taken else node)


def relocate(spec: NetworkSpec, path: Path, before: Path) -> NetworkSpec:
    """Move the node at `path` to where `before` is now: in front of what is there, or at an end."""
    return move(spec, path, place_after_taking(spec, path, before))


def place_after_taking(spec: NetworkSpec, path: Path, before: Path) -> Path:
    """Where `before` will be once the node at `path` is taken out.

    Raises:
        ExplorerError: If `before` is in that node, or there is no such place.
    """
    at(spec, path)
    if not before or not 0 <= before[-1] <= len(siblings(spec, before)):
        raise _nothing_at(before)
    last = len(path) - 1
    if before[:last] != path[:-1] or len(before) <= last:
        return before
    if before[: last + 1] == path and len(before) > len(path):
        raise ExplorerError("A block cannot be moved into itself.", "Unwrap it, or wrap it.")
    if path[last] < before[last]:
        return (*path[:-1], before[last] - 1, *before[last + 1 :])
    return before


def duplicate(spec: NetworkSpec, path: Path) -> NetworkSpec:
    """Put a copy, with a name of its own, after the node at `path`."""
    return insert(spec, (*path[:-1], path[-1] + 1), _unnamed(at(spec, path)))


def change(spec: NetworkSpec, path: Path, **fields: Any) -> NetworkSpec:
    """Give some fields of the node at `path` other values."""
    node = at(spec, path)
    try:
        changed = type(node).model_validate({**dict(node), **fields})
    except ValidationError as error:
        raise explain(error) from error
    return _edited(spec, path, lambda nodes: _replaced(nodes, path[-1], [changed]))


def change_each(spec: NetworkSpec, paths: Iterable[Path], **fields: Any) -> NetworkSpec:
    """Give some fields of several nodes the same other values; quicker than one after another."""
    nodes = spec.layers
    try:
        for path in paths:
            node = at(spec, path)
            changed = type(node).model_validate({**dict(node), **fields})
            nodes = _nodes_with(nodes, path, partial(_replaced, index=path[-1], others=[changed]))
        return spec.with_layers(nodes)
    except ValidationError as error:
        raise explain(error) from error


def wrap(
    spec: NetworkSpec,
    path: Path,
    end: int,
    kind: Literal["Sequential", "Residual", "Branches"],
) -> NetworkSpec:
    """Put the node at `path` and those after it, up to `end` in their list, into a block.

    `end` is the index after the last, as in a slice. Branches get them as their first branch; the
    second passes its input on.
    """
    nodes = siblings(spec, path)
    if not 0 <= path[-1] < end <= len(nodes):
        raise _nothing_at(path)
    inside = nodes[path[-1] : end]
    try:
        block = {
            "Sequential": lambda: Sequential(layers=inside),
            "Residual": lambda: Residual(body=inside),
            "Branches": lambda: Branches(branches=(inside, ())),
        }[kind]()
    except ValidationError as error:
        raise explain(error) from error
    return _edited(spec, path, lambda nodes: (*nodes[: path[-1]], block, *nodes[end:]))


def unwrap(spec: NetworkSpec, path: Path) -> NetworkSpec:
    """Put what is in the block at `path` in its place, branches one after another.

    What is repeated comes as often as it was; names that would be there twice are given anew.
    """
    block = at(spec, path)
    if not isinstance(block, Block):
        raise ExplorerError(f"{block.kind} is no block: there is nothing in it to take out.")
    inside = [node for nodes in block.lists for node in nodes] * block.times
    index = path[-1]

    def opened(nodes: _Nodes) -> _Nodes:
        taken = {node.name for node in (*nodes[:index], *nodes[index + 1 :])}
        freed = []
        for node in inside:
            freed.append(_unnamed(node) if node.name in taken else node)
            taken.add(node.name)
        return _replaced(nodes, index, freed)

    return _edited(spec, path, opened)


def add_branch(spec: NetworkSpec, path: Path) -> NetworkSpec:
    """Give the Branches block at `path` one more branch, an empty one."""
    block = _branches_at(spec, path)
    if len(block.branches) >= MAX_BRANCHES:
        raise ExplorerError(f"A block may have at most {MAX_BRANCHES} branches.")
    return change(spec, path, branches=(*block.branches, ()))


def remove_branch(spec: NetworkSpec, path: Path, number: int) -> NetworkSpec:
    """Leave one branch of the Branches block at `path` out, counted from 0."""
    branches = _branches_at(spec, path).branches
    if not 0 <= number < len(branches):
        raise _nothing_at((*path, number))
    if len(branches) <= 2:
        raise ExplorerError("A block has at least 2 branches.", "Unwrap it to be rid of both.")
    return change(spec, path, branches=(*branches[:number], *branches[number + 1 :]))


def _branches_at(spec: NetworkSpec, path: Path) -> Branches:
    block = at(spec, path)
    if not isinstance(block, Branches):
        raise ExplorerError(f"{block.kind} has no branches.")
    return block


def _edited(
    spec: NetworkSpec, path: Path, edit: Callable[[_Nodes], Iterable[LayerSpec]]
) -> NetworkSpec:
    """The network with the list that `path` points into edited, validated."""
    try:
        return spec.with_layers(_nodes_with(spec.layers, path, edit))
    except ValidationError as error:
        raise explain(error) from error


def _nodes_with(nodes: _Nodes, path: Path, edit: Callable[[_Nodes], Iterable[LayerSpec]]) -> _Nodes:
    if len(path) == 1:
        return tuple(edit(nodes))
    if not path or not 0 <= path[0] < len(nodes):
        raise _nothing_at(path)
    block = nodes[path[0]]
    if not isinstance(block, Block):
        raise ExplorerError(f"{block.kind} is no block: nothing can be in it.")
    number, rest = (path[1], path[2:]) if isinstance(block, Branches) else (0, path[1:])
    if not rest or not 0 <= number < len(block.lists):
        raise _nothing_at(path)
    edited = _nodes_with(block.lists[number], rest, edit)
    if edited == block.lists[number]:
        return nodes
    return _replaced(nodes, path[0], [block.with_list(number, edited)])


def _replaced(nodes: _Nodes, index: int, others: Iterable[LayerSpec]) -> _Nodes:
    return (*nodes[:index], *others, *nodes[index + 1 :])


def _unnamed(node: LayerSpec) -> LayerSpec:
    return node.model_copy(update={"name": None})


def _nothing_at(path: Path) -> ExplorerError:
    place = ", ".join(map(str, path)) or "the start"
    return ExplorerError(f"There is no layer at {place}: the network has changed.", "Try again.")
