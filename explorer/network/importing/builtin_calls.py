"""Calls of Python's own functions, and of the methods of lists, modules and tensors."""

from math import prod
from typing import TYPE_CHECKING, Any

from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError, did_you_mean
from explorer.network.importing.functions import FUNCTIONS
from explorer.network.importing.layers import checked
from explorer.network.importing.operators import MAX_ITEMS
from explorer.network.importing.statements import check_length
from explorer.network.importing.values import (
    BATCH,
    MODULES,
    Chain,
    Flow,
    Instance,
    KnownModel,
    ModuleList,
    Sizes,
    SuperOf,
    described,
)

if TYPE_CHECKING:
    from explorer.network.importing.objects import Objects

_UNTOUCHED = {"to", "cuda", "cpu", "eval", "train", "float", "apply", "requires_grad_"}
_NUMBERS = {"int": int, "float": float, "abs": abs, "round": round}


def builtin(run: "Objects", name: str, given: list[Any], named: dict[str, Any], line: int) -> Any:
    """name(*given, **named), for Python's own functions."""
    if name == "print":
        return None
    if name == "dict" and not given:
        return named
    if name in ("len",) and len(given) == 1:
        return BATCH if isinstance(given[0], Flow) else len(run.items(given[0], line))
    if name == "range":
        if not given or len(given) > 3 or not all(isinstance(end, int) for end in given):
            raise SourceError(line, "range takes one to three whole numbers.")
        if len(given) == 3 and given[2] == 0:
            raise SourceError(line, "The step of range is 0.")
        counted = range(*given)
        if len(counted) > MAX_ITEMS:
            raise SourceError(line, f"This goes through more than {MAX_ITEMS:,} numbers.")
        return list(counted)
    if name in _NUMBERS and len(given) == 1 and isinstance(given[0], int | float):
        return _NUMBERS[name](given[0])
    if name == "str" and len(given) == 1 and isinstance(given[0], str | int | float):
        return str(given[0])
    if name in ("max", "min", "sum"):
        numbers = run.items(given[0], line) if len(given) == 1 else given
        if numbers and all(isinstance(number, int | float) for number in numbers):
            return {"max": max, "min": min, "sum": sum}[name](numbers)
    if name in ("list", "tuple", "reversed", "enumerate", "zip") and given:
        rows = [run.items(value, line) for value in given if not isinstance(value, int)]
        if name == "zip":
            return [tuple(row) for row in zip(*rows, strict=False)]
        if name == "enumerate":
            start = given[1] if len(given) > 1 else named.get("start", 0)
            if isinstance(start, int):
                return [(start + index, item) for index, item in enumerate(rows[0])]
        elif rows:
            items = rows[0][::-1] if name == "reversed" else rows[0]
            return tuple(items) if name == "tuple" else items
    if name in ("list", "tuple"):
        return [] if name == "list" else ()
    raise SourceError(line, f"This use of {name} cannot be followed here.")


def method_of(
    run: "Objects", value: Any, name: str, given: list[Any], named: dict[str, Any], line: int
) -> Any:
    """value.name(*given, **named), for what is no object of the source's own."""
    if isinstance(value, SuperOf):
        if name != "__init__":
            raise SourceError(line, f"super().{name} cannot be followed here.")
        return _super(run, value, given, named, line)
    if isinstance(value, Flow):
        return _of_tensor(run, value, name, given, named, line)
    if isinstance(value, Sizes) and name == "numel":
        return prod(run.sizes(value, line))
    if isinstance(value, list):
        return _of_list(run, value, name, given, line)
    if isinstance(value, dict) and name in ("items", "values", "keys"):
        return list(getattr(value, name)())
    if isinstance(value, KnownModel):
        return known_models.method(value, name, given, line)
    if known_models.is_features(value) and name == "requires_grad_":
        known_models.freeze(value, given[:1] == [False])
        return value
    if known_models.is_features(value) and name == "children":
        return known_models.parts(value)
    if isinstance(value, (*MODULES, ModuleList)):
        return _of_module(run, value, name, given, line)
    raise SourceError(line, f"`.{name}` of {described(value)} cannot be followed here.")


def _super(
    run: "Objects", value: SuperOf, given: list[Any], named: dict[str, Any], line: int
) -> None:
    from explorer.network.importing import classes
    from explorer.network.importing.values import Function

    instance = value.instance
    if not isinstance(instance, Instance):
        raise SourceError(line, "super() has a meaning only in a method of a class.")
    # A class between this one and nn.Module has an __init__ of its own, which comes first.
    lineage = run.lineage(instance.of)
    inits = [found for cls in lineage if (found := classes.method(cls, "__init__"))]
    around = next(
        (found for found in inits if found.lineno <= line <= (found.end_lineno or 0)), None
    )
    after = inits[inits.index(around) + 1 :] if around in inits else []
    if after:
        run.function(Function(after[0], instance), given, named, line)
    else:
        instance.ready = True


def _of_tensor(
    run: "Objects", flow: Flow, name: str, given: list[Any], named: dict[str, Any], line: int
) -> Any:
    if name == "size":
        axis = given[0] if given else named.get("dim")
        if axis is None:
            return Sizes(flow)
        if axis == 0:
            return BATCH
        items = [BATCH, *run.sizes(Sizes(flow), line)]
        if isinstance(axis, int) and -len(items) <= axis < len(items):
            return items[axis]
        raise SourceError(line, f"The tensor has no dimension {described(axis)}.")
    if name in ("dim", "ndimension"):
        return 1 + len(run.sizes(Sizes(flow), line))
    plain = name.removesuffix("_")
    if plain not in FUNCTIONS:
        raise SourceError(
            line,
            f"Nothing here does what `.{name}(…)` does with a tensor.",
            did_you_mean(name, FUNCTIONS),
        )
    return run.functions.call(plain, [flow, *given], dict(named), line)


def _of_list(run: "Objects", value: list[Any], name: str, given: list[Any], line: int) -> Any:
    if name == "append" and len(given) == 1:
        value.append(given[0])
    elif name == "extend" and len(given) == 1:
        value.extend(run.items(given[0], line))
    elif name == "insert" and len(given) == 2 and isinstance(given[0], int):
        value.insert(given[0], given[1])
    elif name == "pop" and value and not given:
        return value.pop()
    else:
        raise SourceError(line, f"`.{name}` of a list cannot be followed here.")
    check_length(value, line)
    return None


def _of_module(run: "Objects", value: Any, name: str, given: list[Any], line: int) -> Any:
    if name in _UNTOUCHED:
        return value
    if name in ("add_module", "register_module") and len(given) == 2:
        if isinstance(value, Instance) and isinstance(given[0], str):
            run.give(value, given[0], checked(given[1], line), line)
            return None
        if isinstance(value, Chain):
            value.children.append((str(given[0]), checked(given[1], line)))
            return None
    if name == "append" and len(given) == 1 and isinstance(value, Chain | ModuleList):
        item = checked(given[0], line)
        value.children.append((None, item) if isinstance(value, Chain) else item)
        check_length(value.children, line)
        return value
    if name == "children" and isinstance(value, Instance):
        return [item for item in value.attributes.values() if isinstance(item, MODULES)]
    if name == "children" and isinstance(value, Chain):
        return [item for _, item in value.children]
    if name == "forward" and len(given) == 1 and isinstance(given[0], Flow):
        return run.through(value, given[0], line)
    raise SourceError(line, f"`.{name}` of {described(value)} cannot be followed here.")
