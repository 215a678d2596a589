"""Expressions of the source, followed within narrow bounds: nothing is ever executed."""

import ast
from collections.abc import Iterator
from typing import Any

from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError, did_you_mean
from explorer.network.importing.operators import MAX_ITEMS, SCALARS, Operators, bounded
from explorer.network.importing.scope import Scope
from explorer.network.importing.values import (
    BATCH,
    Builtin,
    Chain,
    Instance,
    ModuleList,
    Named,
    Poison,
    Sizes,
    described,
)
from explorer.network.layers import KINDS

BUILTINS = [
    "range",
    "len",
    "enumerate",
    "zip",
    "list",
    "tuple",
    "dict",
    "int",
    "float",
    "str",
    "bool",
    "max",
    "min",
    "sum",
    "abs",
    "round",
    "reversed",
    "sorted",
    "print",
    "super",
    "isinstance",
]
_LIBRARIES = {
    "torch": "torch",
    "nn": "torch.nn",
    "F": "torch.nn.functional",
    "OrderedDict": "collections.OrderedDict",
    "torchvision": "torchvision",
    "models": known_models.PACKAGE,
}
"""Names that mean the same in everybody's source, should an import have been left out."""


class Expressions(Operators):
    """Evaluates expressions; `call` and `attribute` are those of `objects`."""

    def attribute(self, value: Any, name: str, line: int, scope: Scope) -> Any:
        """value.name."""
        raise NotImplementedError

    def call(
        self, function: Any, given: list[Any], named: dict[str, Any], line: int, scope: Scope
    ) -> Any:
        """function(*given, **named)."""
        raise NotImplementedError

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """What an expression stands for.

        Raises:
            SourceError: If it cannot be followed.
        """
        self.step(node.lineno)
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise SourceError(
                node.lineno,
                f"This kind of expression ({type(node).__name__}) cannot be followed here.",
                "Write the layers and sizes out.",
            )
        return method(node, scope)

    def _constant(self, node: ast.Constant, scope: Scope) -> Any:
        if isinstance(node.value, SCALARS):
            return bounded(node.value, node.lineno)
        raise SourceError(node.lineno, "This value has no meaning in a network.")

    def _name(self, node: ast.Name, scope: Scope) -> Any:
        try:
            value = scope.find(node.id)
        except KeyError:
            if node.id in _LIBRARIES:
                return Named(_LIBRARIES[node.id])
            if node.id in BUILTINS:
                return Builtin(node.id)
            raise self.unknown_name(node.id, node.lineno, scope) from None
        if isinstance(value, Poison):
            raise value.error
        return value

    def unknown_name(self, name: str, line: int, scope: Scope) -> SourceError:
        """A name that nothing was given to."""
        owner = scope.method_of
        if isinstance(owner, Instance) and name in owner.attributes:
            return SourceError(
                line,
                f"`{name}` is not known in this method; the object has it as `self.{name}`.",
                f"Write self.{name}.",
            )
        if name in KINDS:
            return SourceError(
                line, f"{name} is used, but never imported.", f"Write nn.{name} instead."
            )
        return SourceError(
            line,
            f"`{name}` is used, but nothing has this name.",
            did_you_mean(name, scope.known()) or f"Give {name} a value before.",
        )

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Any:
        return self.attribute(self.value(node.value, scope), node.attr, node.lineno, scope)

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.value(node.func, scope)
        given: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                given += self.items(self.value(argument.value, scope), node.lineno)
            else:
                given.append(self.value(argument, scope))
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value, scope)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                named |= {str(key): item for key, item in value.items()}
            else:
                raise SourceError(node.lineno, f"** is put before {described(value)}.")
        return self.call(function, given, named, node.lineno, scope)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> tuple[Any, ...]:
        return tuple(self._list(node, scope))

    def _list(self, node: ast.List | ast.Tuple, scope: Scope) -> list[Any]:
        items: list[Any] = []
        for item in node.elts:
            if isinstance(item, ast.Starred):
                items += self.items(self.value(item.value, scope), node.lineno)
            else:
                items.append(self.value(item, scope))
        return items

    def _dict(self, node: ast.Dict, scope: Scope) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            name = self.value(key, scope) if key is not None else None
            if key is None or not isinstance(name, str | int):
                raise SourceError(node.lineno, "The keys of this dictionary cannot be followed.")
            made[name] = self.value(item, scope)
        return made

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and part.format_spec is None:
                value = self.value(part.value, scope)
                if not isinstance(value, SCALARS):
                    raise SourceError(node.lineno, f"{described(value)} is put into a text.")
                parts.append(str(value))
            else:
                parts.append(str(self.value(part, scope)))
        return bounded("".join(parts), node.lineno)

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> list[Any]:
        inner = Scope(scope, scope.method_of)
        items: list[Any] = []
        for _ in self._rounds(node.generators, inner):
            items.append(self.value(node.elt, inner))
            if len(items) > MAX_ITEMS:
                raise SourceError(node.lineno, f"More than {MAX_ITEMS:,} items are made here.")
        return items

    _generatorexp = _listcomp

    def _rounds(self, generators: list[ast.comprehension], scope: Scope) -> Iterator[None]:
        if not generators:
            yield
            return
        first, *rest = generators
        for item in self.items(self.value(first.iter, scope), first.iter.lineno):
            self.assign(first.target, item, scope)
            if all(self.truth(self.value(test, scope), test.lineno) for test in first.ifs):
                yield from self._rounds(rest, scope)

    def items(self, value: Any, line: int) -> list[Any]:
        """What is in a list, tuple, dict, nn.Sequential or nn.ModuleList."""
        if isinstance(value, list | tuple | dict):
            return list(value)
        if isinstance(value, ModuleList):
            return list(value.children)
        if known_models.is_features(value):
            return known_models.parts(value)
        if isinstance(value, Chain):
            return [item for _, item in value.children]
        if isinstance(value, Sizes):
            return [BATCH, *self.sizes(value, line)]
        raise SourceError(line, f"There is nothing to go through in {described(value)}.")

    def sizes(self, value: Sizes, line: int) -> tuple[int, ...]:
        """The shape of a tensor, without the batch."""
        raise NotImplementedError

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Any:
        value, line = self.value(node.value, scope), node.lineno
        if isinstance(node.slice, ast.Slice):
            ends = [
                self.value(end, scope) if end is not None else None
                for end in (node.slice.lower, node.slice.upper, node.slice.step)
            ]
            if not all(end is None or isinstance(end, int) for end in ends) or ends[2] == 0:
                raise SourceError(line, "This part of a list cannot be worked out.")
            if isinstance(value, Chain):
                return Chain(value.children[slice(*ends)], line)
            return self.items(value, line)[slice(*ends)]
        index = self.value(node.slice, scope)
        if isinstance(value, Sizes) and index == 0:
            return BATCH
        try:
            if isinstance(value, dict):
                return value[index]
            return self.items(value, line)[index]
        except (KeyError, IndexError, TypeError):
            raise SourceError(
                line, f"{described(value).capitalize()} has nothing at {described(index)}."
            ) from None

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a value to a name, an attribute, or several."""
        raise NotImplementedError
