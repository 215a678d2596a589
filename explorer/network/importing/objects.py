"""Objects of the source: what their attributes are, and what calling them does."""

import ast
from typing import Any

from explorer.network.importing import classes, known_models
from explorer.network.importing.builtin_calls import builtin, method_of
from explorer.network.importing.errors import SourceError, UnknownShapeError, did_you_mean
from explorer.network.importing.functions import FUNCTIONS, Functions
from explorer.network.importing.graph import shape_of
from explorer.network.importing.layers import make
from explorer.network.importing.own_classes import make_own
from explorer.network.importing.parameters import give_parameters
from explorer.network.importing.scope import Scope
from explorer.network.importing.statements import Returned, Statements
from explorer.network.importing.values import (
    MODULES,
    TRAINING,
    Builtin,
    Chain,
    ClassValue,
    Flow,
    Function,
    Instance,
    KnownModel,
    Leaf,
    Method,
    ModuleList,
    Named,
    Sizes,
    SuperOf,
    described,
)
from explorer.network.spec import InputShape

_FROZEN = "What is frozen here also keeps the means of its BatchNorm layers, and has no Dropout."
MAX_CALLS = 25
"""Most calls inside each other."""
UNTOUCHED = {"to", "cuda", "cpu", "eval", "train", "float", "apply", "requires_grad_"}
"""Methods of a module that leave its layers as they are, and give it back."""


class Objects(Statements):
    """Makes objects of the source's classes, and sends tensors through them."""

    def __init__(self, input: InputShape) -> None:
        super().__init__()
        self.input = input
        self.notes: list[tuple[int, str]] = []
        self.leaves: list[tuple[Leaf, str]] = []
        """Every layer that an attribute was given, and the attribute."""
        self.top = Scope()
        self.calls = 0
        self.functions = Functions(input, self.note)

    def note(self, line: int, text: str) -> None:
        if (line, text) not in self.notes:
            self.notes.append((line, text))

    def is_left_out(self, node: ast.stmt, scope: Scope) -> bool:
        if (frozen := known_models.frozen_by(node)) and self._frozen(frozen, scope):
            return True
        text = ast.dump(node.iter) if isinstance(node, ast.For) else ""
        call = node.value if isinstance(node, ast.Expr) else None
        written = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
        first = written.startswith(("nn.init.", "torch.nn.init.", "init.", "torch.manual_seed"))
        if first or written == "self.apply" or "'modules'" in text or "'parameters'" in text:
            self.note(node.lineno, "The first values of weights are left out.")
            return True
        return False

    def _frozen(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is a model of torchvision, which stays as it is from now on."""
        value = self.value(node, scope)
        if isinstance(value, Chain):
            value = known_models.alone(value)
        leaf = value.leaf if isinstance(value, KnownModel) else value
        if known_models.is_features(leaf):
            known_models.freeze(leaf, True)
            self.note(node.lineno, _FROZEN)
        return known_models.is_features(leaf)

    def sizes(self, value: Sizes, line: int) -> tuple[int, ...]:
        shape = shape_of(value.flow, self.input)
        if shape is None:
            raise UnknownShapeError(
                line, "The shape here cannot be known: a layer before it cannot work on its input."
            )
        return shape

    def add(self, one: Any, other: Any, line: int) -> Any:
        return self.functions.add(one, other, line)

    # Attributes

    def attribute(self, value: Any, name: str, line: int, scope: Scope) -> Any:
        if isinstance(value, Named):
            return Named(f"{value.name}.{name}")
        if isinstance(value, Instance):
            return self._of_instance(value, name, line)
        if isinstance(value, Flow) and name == "shape":
            return Sizes(value)
        if isinstance(value, KnownModel):
            return known_models.attribute(value, name, line)
        if isinstance(value, Chain):
            for child, item in value.children:
                if child == name:
                    return item
        if isinstance(value, Leaf) and name in type(value.node).parameter_fields():
            return getattr(value.node, name)
        if isinstance(value, ClassValue | Function | Builtin) or name.startswith("__") != (
            isinstance(value, SuperOf)
        ):
            raise SourceError(line, f"`.{name}` of {described(value)} cannot be followed here.")
        return Method(value, name)

    def _of_instance(self, instance: Instance, name: str, line: int) -> Any:
        if name in instance.attributes:
            return instance.attributes[name]
        if name == "training":
            return TRAINING
        for definition in self.lineage(instance.of):
            if found := classes.method(definition, name):
                return Function(found, instance)
        if name in UNTOUCHED | {"add_module", "register_module", "children", "named_children"}:
            return Method(instance, name)
        definition = instance.of.definition
        if local := classes.local_layer(definition, name):
            raise SourceError(
                line,
                f"`self.{name}` is used, but line {local} gives its layer to a plain variable "
                f"`{name}`, which is forgotten when __init__ ends.",
                f"Write self.{name} = in line {local}.",
            )
        hint = did_you_mean(name, instance.attributes, "self.{}")
        raise SourceError(
            line,
            f"`self.{name}` is used, but `{definition.name}` never defines it.",
            hint or f"Define it in __init__: self.{name} = …",
        )

    def lineage(self, of: ClassValue) -> list[ast.ClassDef]:
        """The class and those of the source that it inherits from."""
        found, line = [], of
        while isinstance(line, ClassValue) and line.definition not in found:
            found.append(line.definition)
            bases = [base.id for base in line.definition.bases if isinstance(base, ast.Name)]
            line = next(
                (
                    self.top.names[base]
                    for base in bases
                    if isinstance(self.top.names.get(base), ClassValue)
                ),
                None,
            )
        return found

    # Calls

    def call(
        self, function: Any, given: list[Any], named: dict[str, Any], line: int, scope: Scope
    ) -> Any:
        self.step(line)
        if isinstance(function, Named):
            return self._library(function.name, given, named, line)
        if isinstance(function, ClassValue):
            return self.instantiate(function, given, named, line)
        if isinstance(function, Function):
            return self.function(function, given, named, line)
        if isinstance(function, Builtin):
            if function.name == "super":
                return SuperOf(scope.method_of)
            return builtin(self, function.name, given, named, line)
        if isinstance(function, Method):
            return method_of(self, function.value, function.name, given, named, line)
        if isinstance(function, MODULES):
            if len(given) != 1 or named or not isinstance(given[0], Flow):
                what = ", ".join(described(value) for value in given) or "nothing"
                raise SourceError(
                    line, f"A layer is called with {what}.", "Give it one tensor: self.layer(x)."
                )
            return self.through(function, given[0], line)
        if isinstance(function, ModuleList):
            raise SourceError(
                line,
                "An nn.ModuleList only keeps layers; it cannot be called.",
                "Go through it (for layer in self.layers: x = layer(x)), or take nn.Sequential.",
            )
        if isinstance(function, tuple) and len(function) == 1:
            raise SourceError(
                line,
                "What is called here is a tuple: a comma at the end of the line that made it did "
                "that.",
                "Take the comma away.",
            )
        raise SourceError(
            line, f"{described(function).capitalize()} is called, which is no layer or function."
        )

    def _library(self, name: str, given: list[Any], named: dict[str, Any], line: int) -> Any:
        package, _, last = name.rpartition(".")
        if package == "torch.nn":
            return make(last, given, named, line)
        if package == known_models.PACKAGE:
            model = known_models.make(last, given, named, line)
            if said := known_models.other_weights(model, named):
                self.note(line, said)
            return model
        if package in ("torch.nn.functional", "torch"):
            if last not in FUNCTIONS:
                raise SourceError(
                    line,
                    f"Nothing here does what {name} does.",
                    did_you_mean(last, FUNCTIONS),
                )
            return self.functions.call(last, given, dict(named), line)
        if name == "torch.nn.Module.__init__" and given and isinstance(given[0], Instance):
            given[0].ready = True
            return None
        if last == "OrderedDict":
            pairs = given[0] if given else []
            if isinstance(pairs, dict):
                return pairs
            if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
                raise SourceError(line, "OrderedDict takes a list of (name, layer).")
            return {str(key): item for key, item in pairs}
        raise SourceError(
            line,
            f"{name} is not followed: only torch, torch.nn and torch.nn.functional are known here.",
        )

    def instantiate(
        self, of: ClassValue, given: list[Any], named: dict[str, Any], line: int
    ) -> Any:
        """An object of a class of the source: its __init__ is followed."""
        if of.own:
            return make_own(of.own, given, named, line)
        lineage = self.lineage(of)
        for definition in lineage:
            classes.check_methods(definition)
        if not self._is_module(lineage[-1]):
            raise classes.no_module(lineage[-1])
        instance = Instance(of, line)
        setup = next((found for cls in lineage if (found := classes.method(cls, "__init__"))), None)
        if setup is None:
            instance.ready = True
            return instance
        self.function(Function(setup, instance), given, named, line)
        if not instance.ready:
            raise SourceError(
                setup.lineno,
                f"__init__ of `{of.definition.name}` never calls super().__init__().",
                "Write super().__init__() as its first line.",
            )
        for name, value in instance.attributes.items():
            if isinstance(value, Leaf):
                self.leaves.append((value, name))
        return instance

    def _is_module(self, definition: ast.ClassDef) -> bool:
        for base in definition.bases:
            try:
                value = self.value(base, self.top)
            except SourceError:
                continue
            if isinstance(value, Named) and value.name in (
                "torch.nn.Module",
                "torch.nn.Sequential",
            ):
                return True
        return False

    def function(
        self, function: Function, given: list[Any], named: dict[str, Any], line: int
    ) -> Any:
        """What a function or method of the source returns."""
        definition, owner = function.definition, function.owner
        scope = Scope(self.top, owner)
        if owner is not None:
            given = [owner, *given]
        give_parameters(self, definition, given, named, line, scope)
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise SourceError(line, f"More than {MAX_CALLS} calls are inside each other.")
        try:
            self.run(definition.body, scope)
        except Returned as returned:
            return returned.value
        finally:
            self.calls -= 1
        return None

    def through(self, module: Any, flow: Flow, line: int, name: str | None = None) -> Flow:
        """The tensor that a module makes."""
        raise NotImplementedError
