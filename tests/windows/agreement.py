"""One case compared with PyTorch: sizes, refusals, every value, the terms of some cells."""

import math
import random

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows import AdaptivePooling, MaxUnpooling, Operation, Pooling, Terms, result, terms
from tests.windows.cases import Case
from tests.windows.from_taps import output_from_taps
from tests.windows.judge import pooling, pytorch, pytorch_size

# Sums are float32 in PyTorch and float64 here.
TOLERANCE = 2e-5


def our_size(operation: Operation, input_size: tuple[int, ...]) -> tuple[int, ...] | None:
    """The closed form's output size; None where it refuses."""
    try:
        return operation.output_size(input_size)
    except ExplorerError:
        return None


def compare(case: Case) -> float:
    """The largest difference between what is computed here and PyTorch's values.

    Relative to PyTorch's value where that is larger than 1.

    Raises:
        AssertionError: They disagree, which says in what.
    """
    operation, size = case.operation, case.input_size
    expected_size = pytorch_size(case.drawn, size)
    assert our_size(case.drawn, size) == expected_size, "size or refusal"
    assert (operation == case.drawn) == (expected_size is not None), "fitted"
    expected = pytorch(operation, case.picture, case.weight, case.bias, case.indices)
    assert operation.output_size(size) == tuple(expected.shape[1:]), "size of what fits"
    shown = result(operation, case.picture, case.weight, case.bias, case.indices)
    assert shown.dtype == torch.float32, "type of the result"
    worst = difference(shown.double().numpy(), expected, "result")
    if not isinstance(operation, MaxUnpooling):
        whole = output_from_taps(operation, case.picture, case.weight, case.bias)
        worst = max(worst, difference(whole, expected, "values from taps"))
    for cell in some_cells(expected, case.number):
        found = terms(
            operation, case.picture, case.weight, case.bias, cell[0], cell[1:], case.indices
        )
        worst = max(worst, difference(np.array(found.value), expected[cell], "terms"))
        _check_parts(case, found, cell)
    return worst


def difference(ours: np.ndarray, expected: Tensor, what: str) -> float:
    """The largest difference; infinities and NaN have to be the same."""
    theirs = expected.double().numpy()
    assert ours.shape == theirs.shape, f"shape of {what}: {ours.shape}, {theirs.shape}"
    usual = np.isfinite(theirs)
    assert np.array_equal(ours[~usual], theirs[~usual], equal_nan=True), f"infinities of {what}"
    differences = np.abs(ours[usual] - theirs[usual]) / np.maximum(1, np.abs(theirs[usual]))
    worst = float(differences.max(initial=0))
    assert worst <= TOLERANCE, f"{what} differ by {worst}"
    return worst


def some_cells(output: Tensor, number: int) -> list[tuple[int, ...]]:
    """(channel, *position) of the first cell, the last and two between."""
    chance = random.Random(number)
    between = [tuple(chance.randrange(n) for n in output.shape) for _ in range(2)]
    return [(0,) * output.dim(), tuple(n - 1 for n in output.shape), *between]


def _check_parts(case: Case, found: Terms, cell: tuple[int, ...]) -> None:
    """The parts of a cell make its value, and a winner is the one PyTorch names."""
    operation = case.operation
    assert found.patch.shape[1:] == found.inside.shape, "shape of the patch"
    if found.products is not None:
        assert found.weight is not None and found.channel_sums is not None
        assert torch.equal(found.products, found.patch * found.weight), "products"
        assert torch.equal(found.channel_sums, found.products.flatten(1).sum(1)), "partial sums"
        assert math.isclose(found.value, float(found.products.sum()) + found.bias, abs_tol=1e-12), (
            "sum of the products"
        )
        assert not found.patch[:, found.inside != 1].any(), "a value where nothing is read"
    elif found.total is not None and operation.kind != "lp":
        assert found.divisor
        assert found.total == float(found.patch.sum()), "total"
        assert found.value == found.total / found.divisor, "total / divisor"
    elif isinstance(operation, Pooling | AdaptivePooling) and found.winner is not None:
        assert float(found.patch[0][found.winner]) == found.value, "the winner's value"
        named = pooling(operation, return_indices=True)(case.picture)[1][cell]
        pairs = operation.reads(case.input_size, cell[1:])
        where = [dict(along)[at] for along, at in zip(pairs, found.winner, strict=True)]
        expected = torch.unravel_index(named, case.input_size)
        assert where == [int(index) for index in expected], "which cell wins"
    elif isinstance(operation, MaxUnpooling) and found.winner is not None:
        assert float(case.picture[cell[0]][found.winner]) == found.value, "the cell it came from"
