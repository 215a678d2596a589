"""What beginners get wrong in a class, seen before it is followed."""

import ast
import inspect
from collections.abc import Iterator
from functools import lru_cache

from explorer.network import modules
from explorer.network.importing.errors import SourceError, closest

_OWN = ("Normalise", "Residual", "Concatenate", "Add", "Frozen")


@lru_cache(maxsize=1)
def _own_classes() -> dict[str, str]:
    return {
        ast.dump(ast.parse(inspect.getsource(getattr(modules, name))).body[0]): name
        for name in _OWN
    }


def own_class(definition: ast.ClassDef) -> str | None:
    """The name of the class of `modules` that this is a copy of, if it is one."""
    return _own_classes().get(ast.dump(definition)) if definition.name in _OWN else None


def method(definition: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """A method that the class itself defines."""
    return next((found for found in methods(definition) if found.name == name), None)


def methods(definition: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """All methods that the class itself defines."""
    return (node for node in definition.body if isinstance(node, ast.FunctionDef))


def check_methods(definition: ast.ClassDef) -> None:
    """Raise a SourceError if a method has no self, or a name that only looks right."""
    names = [found.name for found in methods(definition)]
    for found in methods(definition):
        static = any(
            isinstance(mark, ast.Name) and mark.id in ("staticmethod", "classmethod", "property")
            for mark in found.decorator_list
        )
        parameters = [*found.args.posonlyargs, *found.args.args]
        if not static and (not parameters or parameters[0].arg != "self"):
            given = ", ".join(parameter.arg for parameter in parameters)
            raise SourceError(
                found.lineno,
                f"`{found.name}({given})` has no self: Python gives the object itself to every "
                "method as its first parameter.",
                f"Write def {found.name}({', '.join(['self', *filter(None, [given])])}):",
            )
        bare = found.name.strip("_").lower()
        if "__init__" not in names and bare in ("init", "int", "inti") and found.name != "__init__":
            raise SourceError(
                found.lineno,
                f"Python does not call a method named `{found.name}` when an object is made.",
                "Name it __init__, with two underscores on each side.",
            )
    setup = method(definition, "__init__")
    if setup is not None:
        _check_super(definition, setup)


def _check_super(definition: ast.ClassDef, setup: ast.FunctionDef) -> None:
    for node in ast.walk(setup):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "super.__init__":
            raise SourceError(
                node.lineno, "`super` lacks its brackets.", "Write super().__init__()."
            )
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "super" and node.args:
            first = node.args[0]
            written = first.id if isinstance(first, ast.Name) else ast.unparse(first)[:40]
            if written != definition.name:
                raise SourceError(
                    node.lineno,
                    f"super({written}, self) names `{written}`, but the class is called "
                    f"`{definition.name}`.",
                    f"Write super({definition.name}, self).__init__(), or just super().__init__().",
                )
    for statement in setup.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Attribute):
            raise SourceError(
                statement.lineno,
                f"{ast.unparse(statement.value)[:60]} is named here, but not called.",
                f"Write {ast.unparse(statement.value)[:60]}(), with brackets at the end.",
            )
        if isinstance(statement, ast.FunctionDef) and statement.name == "forward":
            raise SourceError(
                statement.lineno,
                "`forward` is indented so far that it is inside __init__.",
                "Indent `def forward` as far as `def __init__`.",
            )


def no_forward(definition: ast.ClassDef) -> SourceError:
    """The class has nothing that says what happens to a picture."""
    names = {found.name: found.lineno for found in methods(definition)}
    near = closest("forward", [name for name in names if not name.startswith("__")])
    remedy = "Add def forward(self, x): that calls the layers and returns the result."
    if near:
        remedy = f"Did you mean `forward`? Here stands `{near}`."
    return SourceError(
        names[near] if near else definition.lineno,
        f"The class `{definition.name}` has no method `forward`, which says what happens to a "
        "picture.",
        remedy,
    )


def no_module(definition: ast.ClassDef) -> SourceError:
    """The class does not inherit from nn.Module."""
    given = ", ".join(ast.unparse(base)[:40] for base in definition.bases)
    says = f"inherits from {given}" if given else "inherits from nothing"
    return SourceError(
        definition.lineno,
        f"The class `{definition.name}` {says}; a network is an nn.Module, which keeps its "
        "weights and calls forward.",
        f"Write class {definition.name}(nn.Module):",
    )


def returns_something(function: ast.FunctionDef) -> bool:
    """Whether there is a return with a value in it."""
    return any(isinstance(node, ast.Return) and node.value for node in ast.walk(function))


def local_layer(definition: ast.ClassDef, name: str) -> int | None:
    """The line of __init__ that gives a local variable this name: its self is missing."""
    setup = method(definition, "__init__")
    for node in ast.walk(setup) if setup else ():
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    return node.lineno
    return None
