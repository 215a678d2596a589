"""What repairs are made of: what is known of the failing layer, and ideas to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from math import prod
from typing import Any

from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network import edit
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, Path, count_of, is_inside, read_only_paths, walk
from explorer.network.measure import measure
from explorer.network.nodes import described, set_to, windows_fit, with_fields
from explorer.network.shapes import Trace
from explorer.network.spec import InputShape, NetworkSpec
from explorer.network.trace import SHORTCUT, LayerRow
from explorer.settings import settings

_SHORT_REST = 20


class Rank(IntEnum):
    """How much a repair changes, from least to most."""

    PARAMETER = 0
    """Another value of a parameter of the failing layer."""
    INFERRED = 1
    """A parameter left open, so that it follows."""
    KIND = 2
    """Another kind of layer in its place, that does the same."""
    EARLIER = 3
    """Another value of a parameter of a layer before it, or of a block around it."""
    INSERT = 4
    """One more layer, or one that stands elsewhere."""
    REMOVE = 5
    """The layer gone, or one before it."""


@dataclass(frozen=True)
class Idea:
    """A change that may mend the failing layer."""

    rank: Rank
    size: float
    """How much it changes beside others of its rank, 0 to 1."""
    title: str
    spec: NetworkSpec
    at: Path
    """Where the failing layer is then."""
    since: Path
    """The first layer whose output may differ."""
    removes: bool = False
    """Whether another layer stands in its place then."""
    through: Path = ()
    """Up to where everything has to work, if that is further than the failing layer."""


@dataclass(frozen=True)
class Earlier:
    """A layer that works, with its row in the trace."""

    path: Path
    node: LayerSpec
    row: LayerRow


@dataclass(frozen=True)
class Broken:
    """The failing layer or block."""

    spec: NetworkSpec
    traced: Trace
    path: Path
    node: LayerSpec
    name: str
    arrives: Shape
    """The shape it cannot work on."""

    @classmethod
    def of(cls, spec: NetworkSpec, traced: Trace) -> "Broken | None":
        """What the trace says fails, if anything does."""
        failure = traced.failure
        if failure is None or failure.arrives is None:
            return None
        path, name, arrives = failure.path, failure.name, failure.arrives
        if SHORTCUT in path:  # of a projection, the block that it comes with
            path = path[: path.index(SHORTCUT)]
            name = name.rpartition(".shortcut")[0]
            first = next((row for row in traced.rows if row.path[: len(path)] == path), None)
            arrives = first.input_shape if first else arrives
        return cls(spec, traced, path, edit.at(spec, path), name, arrives)

    @cached_property
    def earlier(self) -> tuple[Earlier, ...]:
        """The layers that work, the nearest first, each once; not those that cannot be edited.

        In a repeated block those behind the failing one are among them, and itself.
        """
        found: dict[Path, Earlier] = {}
        fixed = read_only_paths(self.spec.layers)
        for row in reversed(self.traced.leaves):
            if any(is_inside(row.path, block) for block in fixed):
                continue
            if not row.is_shortcut and row.path not in found:
                found[row.path] = Earlier(row.path, edit.at(self.spec, row.path), row)
        return tuple(found.values())

    @cached_property
    def last_picture(self) -> LayerRow | None:
        """The last layer that makes a row of values of a picture."""
        return next(
            (
                row
                for row in reversed(self.traced.leaves)
                if len(row.input_shape) > 1 == len(row.output_shape)
            ),
            None,
        )

    def layers_since(self, path: Path) -> int:
        """How many layers stand between a place and the failing one."""
        return 1 + sum(path <= row.path for row in self.traced.leaves)

    def input_of(self, index: int) -> InputShape | None:
        """What arrives at an outermost node, as the input of a network; None if it cannot be one.

        A row of values cannot.
        """
        row = self.traced.row((index,))
        shape = row.input_shape if row else self.traced.output_shape
        names = {2: ("channels", "width"), 3: ("channels", "height", "width")}
        names[4] = ("channels", "depth", "height", "width")
        if len(shape) not in names:
            return None
        try:
            return InputShape(
                **{"height": None, **dict(zip(names[len(shape)], shape, strict=True))}
            )
        except ValidationError:
            return None

    def leaves_room(self, index: int, traced: Trace) -> bool:
        """Whether the layers before an outermost node are not too large with those traced."""
        before = [row for row in self.traced.leaves if row.path[0] < index]
        parameters = sum(row.parameters for row in before) + traced.parameters
        values = sum(row.activations for row in before) + traced.activations
        values += (self.traced.joined if index else 0) + traced.joined
        return parameters <= settings().max_parameters and values <= settings().max_activations

    @property
    def is_refused_for_size(self) -> bool:
        """Whether it would work if a network could be as large as that."""
        if isinstance(self.node, Block):
            return False
        try:
            self.node.check(self.arrives, "what is before")
        except ExplorerError:
            return False
        return True

    @property
    def has_short_rest(self) -> bool:
        """Whether so little comes behind it that it can be traced a few times."""
        return count_of(self.spec.layers[self.path[0] + 1 :]) <= _SHORT_REST

    def works(self, node: LayerSpec) -> bool:
        """Whether the layer, put in the place of the failing one, takes what arrives."""
        if not windows_fit(node, self.arrives):
            return False
        try:
            node.check(self.arrives, "what is before")
            if self.traced.parameters + node.parameter_count(self.arrives) > (
                settings().max_parameters
            ):
                return False
            values = prod(measure(node, self.arrives).output_shape)
        except ExplorerError:
            return False
        room = settings().max_activations - self.traced.activations - self.traced.joined
        return values <= room

    def accepts(self, node: LayerSpec) -> bool:
        """Whether the layer itself has nothing against what arrives; quicker than `works`."""
        if not windows_fit(node, self.arrives):
            return False  # to say why in words would take its time
        try:
            node.check(self.arrives, "what is before")
        except ExplorerError:
            return False
        return True

    def own(self, size: float, /, **fields: Any) -> Iterator[Idea]:
        """Other values of parameters of the failing layer, if they help there."""
        changed = with_fields(self.node, fields)
        if changed is not None and self.works(changed):
            yield from self.changed(Rank.PARAMETER, size, self.path, fields)

    def changed(
        self, rank: Rank, size: float, path: Path, fields: dict[str, Any]
    ) -> Iterator[Idea]:
        """Other values of parameters of some node."""
        title = set_to(fields)
        if path != self.path:
            title += f" in {self.name_of(path)}"
        yield from self.edited(
            rank, size, title, lambda spec: edit.change(spec, path, **fields), self.path, path
        )

    def edited(
        self,
        rank: Rank,
        size: float,
        title: str,
        change: Callable[[NetworkSpec], NetworkSpec],
        at: Path,
        since: Path,
        *,
        removes: bool = False,
        through: Path = (),
    ) -> Iterator[Idea]:
        """Any edit that leads to another valid spec."""
        try:
            spec = change(self.spec)
        except ExplorerError:
            return
        if spec != self.spec:
            yield Idea(rank, size, title, spec, at, since, removes, through)

    def inserted(self, size: float, at: Path, *nodes: LayerSpec) -> Iterator[Idea]:
        """Layers put before the node at `at`."""

        def put(spec: NetworkSpec) -> NetworkSpec:
            for node in reversed(nodes):
                spec = edit.insert(spec, at, node)
            return spec

        place = len(at) - 1
        after = self.path
        if len(after) > place and after[:place] == at[:place] and after[place] >= at[place]:
            after = (*after[:place], after[place] + len(nodes), *after[place + 1 :])
        title = f"Insert {' and '.join(described(node) for node in nodes)} "
        title += self._where(at)
        yield from self.edited(Rank.INSERT, size, title, put, after, at)

    def _where(self, at: Path) -> str:
        try:
            edit.at(self.spec, at)
            return f"before {self.name_of(at)}"
        except ExplorerError:
            pass
        if at[-1] > 0:
            return f"after {self.name_of((*at[:-1], at[-1] - 1))}"
        return f"into {self.name_of(edit.parent(self.spec, at))}"

    def name_of(self, path: Path) -> str:
        """The full name of the node at `path`."""
        if path == self.path:
            return self.name
        row = self.traced.row(path)
        if row:
            return row.name
        return next((name for other, name, _ in self._walk if other == path), "")

    @cached_property
    def _walk(self) -> list[tuple[Path, str, LayerSpec]]:
        return list(walk(self.spec.layers))
