"""Signs between values: + and *, comparisons, and, or, not; within narrow bounds."""

import ast
import operator
from collections.abc import Callable
from typing import Any

from explorer.network.importing.errors import SourceError
from explorer.network.importing.scope import Scope
from explorer.network.importing.values import MODULES, Chain, Flow, ModuleList, described

MAX_STEPS = 100_000
MAX_ITEMS = 2_000
MAX_NUMBER = 10**12

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
SCALARS = (int, float, str, bool, type(None))


class Operators:
    """Works out what signs make of values, and counts the steps that takes."""

    def __init__(self) -> None:
        self.steps = 0
        self.line = 1

    def value(self, node: ast.expr, scope: Scope) -> Any:
        """What an expression stands for."""
        raise NotImplementedError

    def add(self, one: Any, other: Any, line: int) -> Any:
        """The sum of two tensors."""
        raise NotImplementedError

    def step(self, line: int) -> None:
        """Count; what takes too many steps is given up."""
        self.steps += 1
        self.line = line
        if self.steps > MAX_STEPS:
            raise SourceError(line, "This takes too many steps to follow.", "Shorten the loops.")

    def _binop(self, node: ast.BinOp, scope: Scope) -> Any:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        return self.operate(node.op, left, right, node.lineno)

    def operate(self, sign: ast.operator, left: Any, right: Any, line: int) -> Any:
        """left sign right, for numbers, texts, lists and tensors.

        Raises:
            SourceError: If it is none of these, or grows too large.
        """
        if isinstance(left, Flow) or isinstance(right, Flow):
            if isinstance(sign, ast.Add):
                return self.add(left, right, line)
            raise SourceError(
                line,
                "Tensors can only be added here; no layer does what this sign does.",
                "Use layers, and + for what a block adds to its input.",
            )
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        operation = _OPERATORS.get(type(sign))
        same = type(left) is type(right) and isinstance(left, str | list | tuple)
        times = isinstance(right, int) and isinstance(left, list | tuple)
        allowed = (
            (numbers and operation is not None)
            or (same and isinstance(sign, ast.Add))
            or (times and isinstance(sign, ast.Mult))
        )
        if not allowed or operation is None:
            raise SourceError(
                line, f"This cannot be worked out from {described(left)} and {described(right)}."
            )
        if isinstance(left, list | tuple) and times and len(left) * right > MAX_ITEMS:
            raise SourceError(line, f"More than {MAX_ITEMS:,} items are made here.")
        if isinstance(sign, ast.Pow) and not _small_power(left, right):
            raise SourceError(line, "This power is too large.")
        try:
            return bounded(operation(left, right), line)
        except ZeroDivisionError:
            raise SourceError(line, "This divides by 0.") from None
        except OverflowError:
            raise SourceError(line, "This number is too large.") from None

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Any:
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return not self.truth(value, node.lineno)
        if isinstance(value, int | float) and isinstance(node.op, ast.USub | ast.UAdd):
            return -value if isinstance(node.op, ast.USub) else value
        raise SourceError(node.lineno, f"This sign has no meaning before {described(value)}.")

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Any:
        value: Any = None
        for operand in node.values:
            value = self.value(operand, scope)
            if self.truth(value, node.lineno) == isinstance(node.op, ast.Or):
                return value
        return value

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Any:
        chosen = self.truth(self.value(node.test, scope), node.lineno)
        return self.value(node.body if chosen else node.orelse, scope)

    def _compare(self, node: ast.Compare, scope: Scope) -> bool:
        left = self.value(node.left, scope)
        for sign, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other, scope)
            if not self._compared(sign, left, right, node.lineno):
                return False
            left = right
        return True

    def _compared(self, sign: ast.cmpop, left: Any, right: Any, line: int) -> bool:
        scalars = isinstance(left, SCALARS) and isinstance(right, SCALARS)
        if isinstance(sign, ast.Is | ast.IsNot):
            return (left is right) == isinstance(sign, ast.Is)
        if isinstance(sign, ast.Eq | ast.NotEq) and (scalars or None in (left, right)):
            return (left == right) == isinstance(sign, ast.Eq)
        if isinstance(sign, ast.In | ast.NotIn) and isinstance(right, list | tuple | dict):
            return any(part == left for part in right if isinstance(part, SCALARS)) == isinstance(
                sign, ast.In
            )
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if numbers and type(sign) in _COMPARISONS:
            return _COMPARISONS[type(sign)](left, right)
        raise SourceError(line, f"{described(left)} and {described(right)} cannot be compared.")

    def truth(self, value: Any, line: int) -> bool:
        """Whether a value counts as true."""
        if isinstance(value, (*SCALARS, list, tuple, dict)):
            return bool(value)
        if isinstance(value, Chain | ModuleList):
            return bool(value.children)
        if isinstance(value, MODULES):
            return True
        raise SourceError(
            line,
            f"What happens here depends on {described(value)}, not only on the layers.",
            "Leave the choice out: the same layers have to work on every picture.",
        )


def _small_power(base: Any, exponent: Any) -> bool:
    return -40 <= exponent <= 40 and -1e6 <= base <= 1e6


def bounded(value: Any, line: int) -> Any:
    if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
        raise SourceError(line, f"This number is larger than {MAX_NUMBER:,}.")
    if isinstance(value, str | list | tuple) and len(value) > MAX_ITEMS:
        raise SourceError(line, f"This is longer than {MAX_ITEMS:,}.")
    return value
