"""The states a network had in a session, so that every edit can be taken back."""

from dataclasses import dataclass, field, replace
from typing import Self

from explorer.network.blocks import Path, walk
from explorer.network.spec import NetworkSpec

MOST_STATES = 2_000
MOST_NODES = 20_000
"""Most layers and blocks that all states are made of: about 1 kB apiece.

A state shares what its edit left as it was, so it costs the layer that was changed and the blocks
around it; only whole networks that are opened one after another reach this.
"""


@dataclass(frozen=True)
class Touched:
    """What a step was about: the path of the node in the state before it, and in that after it."""

    before: Path = ()
    after: Path = ()


def difference(old: NetworkSpec, new: NetworkSpec) -> Path:
    """Path of the first node that is not as it was, in a block the innermost; () for the input."""
    if old.input != new.input or old.layers == new.layers:
        return ()
    before = {path: node for path, _, node in walk(old.layers)}
    found: Path = ()
    for path, _, node in walk(new.layers):
        if found and path[: len(found)] != found:
            break
        if before.get(path) != node:
            found = path
    return found or (len(new.layers),)


@dataclass(frozen=True)
class History:
    """Every state of a network in this session, and which of them is the present one."""

    states: tuple[NetworkSpec, ...]
    position: int = 0
    nodes: tuple[int, ...] = field(default=(), compare=False)
    """How many nodes each state but the first does not share with the one before."""
    touched: tuple[Touched, ...] = field(default=(), compare=False)
    """What each step from one state to the next was about."""

    @property
    def now(self) -> NetworkSpec:
        """The present state."""
        return self.states[self.position]

    @property
    def can_undo(self) -> bool:
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        return self.position + 1 < len(self.states)

    @property
    def undone(self) -> Path:
        """What the step that an undo takes back was about, as a path in the state before it."""
        return self.touched[self.position - 1].before

    @property
    def redone(self) -> Path:
        """What the step that a redo makes again was about, as a path in the state after it."""
        return self.touched[self.position].after

    def record(self, spec: NetworkSpec, touched: Touched | None = None) -> Self:
        """The history after a change to `spec`; what had been undone is forgotten.

        The oldest states go when they are too many, or made of too many layers. A layer that
        changes places with an equal one is a step too, though the network stays as it was.

        Args:
            spec: The network after the change.
            touched: What the change was about; found by comparing when it is not known.
        """
        if spec == self.now and (touched is None or touched.before == touched.after):
            return self
        if touched is None:
            place = difference(self.now, spec)
            touched = Touched(place, place)
        kept = self.states[: self.position + 1]
        nodes = (*self.nodes[: self.position], len(_ids(spec) - _ids(self.now)))
        room, first = MOST_NODES, len(kept) - 1  # the last one stays: there is always an undo
        while first > max(0, len(kept) + 1 - MOST_STATES) and room >= nodes[first]:
            room -= nodes[first]
            first -= 1
        states = (*kept[first:], spec)
        steps = (*self.touched[: self.position], touched)
        return type(self)(states, len(states) - 1, nodes[first:], steps[first:])

    def undo(self) -> Self:
        """One step back, if there is one."""
        return replace(self, position=max(0, self.position - 1))

    def redo(self) -> Self:
        """One step forward again, if there is one."""
        return replace(self, position=min(len(self.states) - 1, self.position + 1))


def _ids(spec: NetworkSpec) -> set[int]:
    """What tells the nodes of a network apart from equal ones of another."""
    return {id(node) for _, _, node in walk(spec.layers)}
