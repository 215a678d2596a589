"""Which object of the source is the network."""

import ast
from typing import Any

from explorer.errors import ExplorerError
from explorer.network.importing import classes, known_models
from explorer.network.importing.errors import SourceError
from explorer.network.importing.passing import Passing
from explorer.network.importing.statements import Returned
from explorer.network.importing.values import (
    Chain,
    ClassValue,
    Function,
    Instance,
    KnownModel,
    Poison,
)


def find(tree: ast.Module, run: Passing) -> tuple[Any, str]:
    """The network: the last one that is made, or an object of the last class; and its name."""
    made: tuple[Any, str] | None = None
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            run.top.names[node.name] = ClassValue(node, classes.own_class(node))
        elif isinstance(node, ast.FunctionDef):
            run.top.names[node.name] = Function(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            made = _assigned(node, run) or made
        elif isinstance(node, ast.Expr):
            made = _standing(node, run) or made
        elif not isinstance(node, ast.If):
            _try(node, run)
    if made is not None and isinstance(made[0], Poison):
        raise made[0].error
    if made is not None:
        return made
    networks = _network_classes(tree, run)
    if not networks:
        raise _nothing(tree)
    of = networks[-1]
    return run.instantiate(of, [], {}, of.definition.lineno), of.definition.name


def _try(node: ast.stmt, run: Passing) -> SourceError | None:
    """Follow a statement outside of classes; most have nothing to do with the network."""
    try:
        run.run([node], run.top)
    except SourceError as error:
        return error
    except Returned:
        return None
    return None


def _assigned(node: ast.Assign | ast.AnnAssign, run: Passing) -> tuple[Any, str] | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    error = _try(node, run)
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if error is not None and any(_is_in_a_model(target, run) for target in targets):
        return Poison(error), ""
    if error is not None:
        poison = Poison(error)
        run.top.names |= dict.fromkeys(names, poison)
        looks = node.value is not None and _looks_like_a_network(node.value, run)
        return (poison, names[0]) if looks and names else None
    for name in names:
        value = run.top.names.get(name)
        if isinstance(value, Chain | KnownModel):
            return value, name
        if isinstance(value, Instance):
            return value, value.of.definition.name
    return None


def _is_in_a_model(target: ast.expr, run: Passing) -> bool:
    """Whether something is given to a part of a model of torchvision: model.fc = ..."""
    inside = isinstance(target, ast.Attribute | ast.Subscript)
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    known = run.top.names.get(target.id) if isinstance(target, ast.Name) else None
    return inside and isinstance(known, KnownModel)


def _standing(node: ast.Expr, run: Passing) -> tuple[Any, str] | None:
    """nn.Sequential(...) by itself, with no name given to it."""
    if not isinstance(node.value, ast.Call):
        return None
    looks = _looks_like_a_network(node.value, run)
    if not looks:
        _try(node, run)
        return None
    try:
        value = run.value(node.value, run.top)
    except SourceError as error:
        return Poison(error), ""
    return (value, "Imported network") if isinstance(value, Chain | Instance) else None


def _looks_like_a_network(node: ast.expr, run: Passing) -> bool:
    """Whether nn.Sequential or a class of the source is called, perhaps with .to(device) after."""
    while isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            node = node.func.value
            continue
        called = ast.unparse(node.func)
        known = run.top.names.get(called)
        if known_models.is_model(called, run.top.names):
            return True
        return called.endswith("Sequential") or isinstance(known, ClassValue)
    return False


def _network_classes(tree: ast.Module, run: Passing) -> list[ClassValue]:
    """Classes that may be the network: those that no other class makes an object of."""
    found = [
        value
        for value in run.top.names.values()
        if isinstance(value, ClassValue)
        and not value.own
        and (value.definition.bases or any(classes.methods(value.definition)))
    ]
    used = {
        node.id
        for value in found
        for node in ast.walk(value.definition)
        if isinstance(node, ast.Name) and node.id != value.definition.name
    }
    used |= {"Dataset"}
    free = [value for value in found if value.definition.name not in used]
    modules = [value for value in free if _is_about_layers(value.definition)]
    return modules or free or found


def _is_about_layers(definition: ast.ClassDef) -> bool:
    return any("Module" in ast.unparse(base) for base in definition.bases) or any(
        found.name in ("forward", "__init__") for found in classes.methods(definition)
    )


def _nothing(tree: ast.Module) -> ExplorerError:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "forward":
            return SourceError(
                node.lineno,
                "`forward` stands outside of a class.",
                "Put class Net(nn.Module): before it, and indent what belongs to the class.",
            )
    return ExplorerError(
        "There is no network in this source: neither nn.Sequential(…) nor a class that inherits "
        "from nn.Module.",
        "Paste the class with its __init__ and forward, or the nn.Sequential.",
    )
