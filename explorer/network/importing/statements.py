"""Statements of the source: what names and attributes stand for after them."""

import ast
from typing import Any

from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError
from explorer.network.importing.expressions import Expressions
from explorer.network.importing.operators import MAX_ITEMS
from explorer.network.importing.scope import Scope
from explorer.network.importing.values import (
    MODULES,
    Batch,
    Flow,
    Function,
    Instance,
    KnownModel,
    ModuleList,
    Named,
    Sizes,
    described,
)


class Returned(Exception):  # noqa: N818 - no error
    """A return statement was reached."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


class _Break(Exception):  # noqa: N818
    pass


class _Continue(Exception):  # noqa: N818
    pass


class Statements(Expressions):
    """Follows statements one after another."""

    def note(self, line: int, text: str) -> None:
        """Remember something that is worth knowing, but no error."""
        raise NotImplementedError

    def is_left_out(self, node: ast.stmt, scope: Scope) -> bool:
        """Whether a statement only gives weights their first values, or freezes them."""
        raise NotImplementedError

    def run(self, body: list[ast.stmt], scope: Scope) -> None:
        """Follow statements.

        Raises:
            Returned: At a return statement.
            SourceError: At one that cannot be followed.
        """
        for node in body:
            self.step(node.lineno)
            if self.is_left_out(node, scope):
                continue
            method = getattr(self, f"_run_{type(node).__name__.lower()}", None)
            if method is None:
                raise SourceError(
                    node.lineno,
                    f"A statement like this ({type(node).__name__}) cannot be followed here.",
                    "A network is layers, and a forward that calls them in a fixed order.",
                )
            method(node, scope)

    def _run_pass(self, node: ast.Pass, scope: Scope) -> None:
        pass

    _run_assert = _run_delete = _run_global = _run_pass

    def _run_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            if alias.asname:
                scope.names[alias.asname] = Named(alias.name)
            else:
                first = alias.name.partition(".")[0]
                scope.names[first] = Named(first)

    def _run_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name != "*":
                scope.names[alias.asname or alias.name] = Named(f"{node.module}.{alias.name}")
            elif node.module in ("torch.nn", "torch.nn.functional"):
                import importlib

                module = importlib.import_module(node.module)  # one of these two
                for name in vars(module):
                    if not name.startswith("_"):
                        scope.names.setdefault(name, Named(f"{node.module}.{name}"))

    def _run_functiondef(self, node: ast.FunctionDef, scope: Scope) -> None:
        scope.names[node.name] = Function(node)

    def _run_return(self, node: ast.Return, scope: Scope) -> None:
        raise Returned(self.value(node.value, scope) if node.value else None)

    def _run_break(self, node: ast.Break, scope: Scope) -> None:
        raise _Break

    def _run_continue(self, node: ast.Continue, scope: Scope) -> None:
        raise _Continue

    def _run_raise(self, node: ast.Raise, scope: Scope) -> None:
        raise SourceError(node.lineno, "With these arguments the source raises an error here.")

    def _run_with(self, node: ast.With, scope: Scope) -> None:
        self.run(node.body, scope)

    def _run_if(self, node: ast.If, scope: Scope) -> None:
        chosen = self.truth(self.value(node.test, scope), node.lineno)
        self.run(node.body if chosen else node.orelse, scope)

    def _run_for(self, node: ast.For, scope: Scope) -> None:
        for item in self.items(self.value(node.iter, scope), node.lineno):
            self.assign(node.target, item, scope)
            try:
                self.run(node.body, scope)
            except _Continue:
                continue
            except _Break:
                return
        self.run(node.orelse, scope)

    def _run_assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _run_annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _run_augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        now = self.value(node.target, scope)
        value = self.value(node.value, scope)
        if isinstance(now, list) and isinstance(node.op, ast.Add):
            now.extend(self.items(value, node.lineno))
            check_length(now, node.lineno)
            return
        if isinstance(now, ModuleList) and isinstance(node.op, ast.Add):
            now.children.extend(self.items(value, node.lineno))
            check_length(now.children, node.lineno)
            return
        self.assign(node.target, self.operate(node.op, now, value, node.lineno), scope)

    def _run_expr(self, node: ast.Expr, scope: Scope) -> None:
        if isinstance(node.value, ast.Constant):
            return  # a docstring
        value = self.value(node.value, scope)
        if isinstance(value, Flow):
            self.note(node.lineno, "What is computed here is not kept. Write x = before it.")

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            items = self.items(value, target.lineno)
            if len(items) != len(target.elts) or any(
                isinstance(part, ast.Starred) for part in target.elts
            ):
                raise SourceError(
                    target.lineno,
                    f"{len(items)} values are given to {len(target.elts)} names.",
                )
            for part, item in zip(target.elts, items, strict=True):
                self.assign(part, item, scope)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value, scope)
            if isinstance(owner, KnownModel):
                known_models.give(owner, target.attr, value, target.lineno)
                return
            if not isinstance(owner, Instance):
                raise SourceError(target.lineno, f"{described(owner)} cannot be changed here.")
            self.give(owner, target.attr, value, target.lineno)
        else:
            raise SourceError(target.lineno, "Something is changed here that cannot be followed.")

    def give(self, owner: Instance, name: str, value: Any, line: int) -> None:
        """owner.name = value.

        Raises:
            SourceError: If it is a layer, and nn.Module's own __init__ has not run.
        """
        if isinstance(value, (*MODULES, ModuleList)) and not owner.ready:
            raise SourceError(
                line,
                f"`self.{name}` is given a layer before super().__init__() has run; PyTorch "
                "refuses that.",
                "Write super().__init__() as the first line of __init__.",
            )
        if isinstance(value, Batch | Sizes):
            raise SourceError(line, "A shape is kept in the object, which cannot be followed.")
        owner.attributes[name] = value
        owner.lines[name] = line


def check_length(items: list[Any], line: int) -> None:
    """Raise a SourceError if a list became too long."""
    if len(items) > MAX_ITEMS:
        raise SourceError(line, f"More than {MAX_ITEMS:,} items are made here.")
