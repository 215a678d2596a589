"""Calls of the source's own functions: which parameter gets which value."""

import ast
from typing import Any

from explorer.network.importing.errors import SourceError, did_you_mean
from explorer.network.importing.expressions import Expressions
from explorer.network.importing.scope import Scope


def give_parameters(
    run: Expressions,
    definition: ast.FunctionDef,
    given: list[Any],
    named: dict[str, Any],
    line: int,
    scope: Scope,
) -> None:
    """Give the parameters of a function of the source their values, in its scope.

    Raises:
        SourceError: If they do not fit.
    """
    parameters = definition.args
    names = [one.arg for one in [*parameters.posonlyargs, *parameters.args]]
    shown = [name for name in names if name != "self"]
    if parameters.vararg:
        scope.names[parameters.vararg.arg] = given[len(names) :]
        given = given[: len(names)]
    if len(given) > len(names):
        raise SourceError(
            line,
            f"`{definition.name}` takes {len(shown)} values, but is given "
            f"{len(given) - len(names) + len(shown)}.",
        )
    values = dict(zip(names, given, strict=False))
    only = [one.arg for one in parameters.kwonlyargs]
    for name, value in named.items():
        if name not in [*names, *only] and not parameters.kwarg:
            raise SourceError(
                line,
                f"`{definition.name}` has no parameter `{name}`.",
                did_you_mean(name, [*shown, *only]),
            )
        values[name] = value
    if parameters.kwarg:
        scope.names[parameters.kwarg.arg] = {}
    defaults = dict(zip(reversed(names), reversed(parameters.defaults), strict=False)) | {
        one: default
        for one, default in zip(only, parameters.kw_defaults, strict=True)
        if default is not None
    }
    for name in [*names, *only]:
        if name not in values:
            if name not in defaults:
                raise SourceError(
                    line,
                    f"`{definition.name}` (line {definition.lineno}) needs `{name}`, which is "
                    "not given.",
                    f"Give the parameter a default, such as {name}=10, or write the call with "
                    "all values below the class.",
                )
            values[name] = run.value(defaults[name], scope.outermost())
    scope.names |= values
