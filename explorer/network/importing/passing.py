"""Tensors on their way through the objects of the source: each module is a layer or block more."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.network.base import LayerName, LayerSpec
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.importing import classes, known_models
from explorer.network.importing.errors import SourceError
from explorer.network.importing.graph import apart, bare, leaves_of, nodes_of, opened
from explorer.network.importing.objects import Objects
from explorer.network.importing.values import (
    MODULES,
    Chain,
    Flow,
    Function,
    Instance,
    KnownModel,
    Leaf,
    LogSoftmax,
    Normaliser,
    OwnBlock,
    described,
)
from explorer.network.spec import InputShape

_NAME = TypeAdapter(LayerName)


def usable_name(name: str | None) -> str | None:
    """The name if a layer can have it; else None, so that it is numbered."""
    try:
        return _NAME.validate_python(name) if name else None
    except ValidationError:
        return None


class Passing(Objects):
    """Sends tensors through modules."""

    def __init__(self, input: InputShape) -> None:
        super().__init__(input)
        self._attribute_names: dict[int, str] = {}

    def through(self, module: Any, flow: Flow, line: int, name: str | None = None) -> Flow:
        """The tensor that a module makes: one more layer or block on its way."""
        self.step(line)
        if name is None:
            name = self._attribute_names.get(id(module))
        name = usable_name(name)
        if isinstance(module, KnownModel):
            module = known_models.sequence(module, line)
        if isinstance(module, Chain):
            module = known_models.alone(module) or module
        if isinstance(module, Leaf):
            return self.functions.leaf(flow, module, line, name)
        if isinstance(module, LogSoftmax):
            return self.functions.log_softmax(flow, line)
        if isinstance(module, Normaliser):
            if flow.parent or flow.outer or flow.normalisation:
                raise SourceError(line, "Normalise can only come first.")
            return Flow(parent=flow, depth=1, normalisation=module.normalisation)
        start = Flow(outer=flow)
        if isinstance(module, OwnBlock):
            return self._through_own(module, flow, start, line, name)
        if isinstance(module, Chain):
            end = self.chain(module, start, line)
            block = self._sequential(nodes_of(end.since(start)), name, line, module)
        else:
            end = self.forward(module, start, line)
            nodes = nodes_of(end.since(start))
            if len(nodes) == 1:
                block: LayerSpec = nodes[0].model_copy(update={"name": name})
            else:
                block = self._sequential(nodes, name, line)
        after = flow.then(block, leaves_of(end.since(start)))
        return self.functions.log_softmax(after, line) if end.ended else after

    def chain(self, module: Chain, flow: Flow, line: int) -> Flow:
        """Through everything in an nn.Sequential."""
        for name, item in module.children:
            flow = self.through(item, flow, line, name or "")
        return flow

    def forward(self, instance: Instance, flow: Flow, line: int) -> Flow:
        """Through the forward of an object of the source."""
        definition = instance.of.definition
        found = next(
            (f for cls in self.lineage(instance.of) if (f := classes.method(cls, "forward"))),
            None,
        )
        if found is None:
            raise classes.no_forward(definition)
        if not classes.returns_something(found):
            raise SourceError(
                found.lineno,
                "`forward` computes something, but returns nothing.",
                "End it with return x.",
            )
        before = self._attribute_names
        self._attribute_names = before | {
            id(value): name
            for name, value in instance.attributes.items()
            if isinstance(value, MODULES)
        }
        try:
            end = self.function(Function(found, instance), [flow], {}, line)
        finally:
            self._attribute_names = before
        if not isinstance(end, Flow) or not any(step is flow for step in end.before()):
            raise SourceError(
                found.lineno,
                f"`forward` returns {described(end)}, not one tensor made of its input.",
                "Return the tensor that the last layer makes.",
            )
        return end

    def _sequential(
        self, nodes: tuple[LayerSpec, ...], name: str | None, line: int, of: Chain | None = None
    ) -> Sequential:
        times = 1
        if of is not None and len(nodes) > 1 and all(item is None for item, _ in of.children):
            inner = [node.layers for node in nodes if isinstance(node, Sequential)]
            plain = [node for node in nodes if isinstance(node, Sequential) and node.repeat == 1]
            if len(plain) == len(nodes) <= 32 and len({bare(layers) for layers in inner}) == 1:
                same = len(set(inner)) == 1
                times, nodes = len(nodes), inner[0] if same else opened(inner[0], inner[1])
        try:
            return Sequential(name=name, layers=nodes, repeat=times)
        except ValueError as error:
            raise SourceError(
                line, "Too many blocks are inside each other here: at most 6 can be."
            ) from error

    def _through_own(
        self, module: OwnBlock, flow: Flow, start: Flow, line: int, name: str | None
    ) -> Flow:
        ends = [self.chain(way, start, line) for way in module.ways]
        leaves = tuple(leaf for end in ends for leaf in leaves_of(end.since(start)))
        ways = [apart(list(nodes_of(end.since(start)))) for end in ends]
        try:
            if module.kind == "Residual":
                shortcut = "projection" if module.shortcut else "identity"
                block: LayerSpec = Residual(name=name, body=ways[0], shortcut=shortcut)
            else:
                join = "concatenate" if module.kind == "Concatenate" else "add"
                block = Branches.model_validate(
                    {"name": name, "branches": tuple(ways), "join": join}
                )
        except ValueError as error:
            raise SourceError(line, f"This {module.kind} cannot be built here.") from error
        return flow.then(block, leaves)
