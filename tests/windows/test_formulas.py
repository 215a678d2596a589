"""Formulas with the numbers put in are true, and read as PyTorch and textbooks write them."""

import math
import re
from dataclasses import replace

import pytest

from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
)
from tests.windows.cases import FAMILIES, case
from tests.windows.judge import pytorch_size

WITH_FORMULA = [name for name in FAMILIES if not name.startswith("adaptive")]
UNUSED = [
    name for name in FAMILIES if name.startswith(("convolution", "average", "max pool", "Lp"))
]


def solved(text: str) -> tuple[int, int]:
    """Both sides of a formula."""
    left, right = text.replace("·", "*").replace("−", "-").split(" = ")
    return eval(left, {"floor": math.floor, "ceil": math.ceil}), int(right)  # noqa: S307


@pytest.mark.parametrize("family", WITH_FORMULA)
def test_the_formula_with_numbers_put_in_is_true(family: str) -> None:
    for turn in range(60):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        size = pytorch_size(each.operation, each.input_size)
        assert size
        for axis, text in enumerate(each.operation.formula(each.input_size)):
            told, _, chosen = text.partition("; ")
            left, right = solved(told)
            assert left == right, text
            assert str(each.input_size[axis]) in text
            if chosen:
                target, least, most = map(int, re.findall(r"\d+", chosen))
                assert isinstance(each.operation, MaxUnpooling)
                assert (size[axis], right != target) == (target, True)
                for n, legal in ((least, True), (most, True), (most + 1, False)):
                    sizes = tuple(n if other == axis else cells for other, cells in enumerate(size))
                    trial = replace(each.operation, target_size=sizes)
                    assert (pytorch_size(trial, each.input_size) is not None) == legal
            else:
                assert right == size[axis]


def test_textbooks_write_the_total_padding_and_get_the_same() -> None:
    checked = 0
    for number in range(0, 70 * len(FAMILIES), len(FAMILIES)):
        for family in range(5):
            each = case(number + family)
            assert isinstance(each.operation, Convolution)
            size = each.operation.output_size(each.input_size)
            for axis, text in enumerate(each.operation.textbook(each.input_size)):
                left, right = solved(text)
                assert left == right == size[axis]
                n, _, total, *_ = map(int, re.findall(r"\d+", text))
                assert (n, total) == (
                    each.input_size[axis],
                    sum(each.operation.window.padding[axis]),
                )
                checked += 1
    assert checked > 500
    assert Pooling("max", Window.of(2)).textbook((5, 5)) == ()


@pytest.mark.parametrize(
    ("operation", "size", "formula"),
    [
        (
            Convolution(Window.of((3, 2), stride=2, padding=(1, (1, 0)))),
            (5, 6),
            (
                "floor((5 + 2·1 − 1·(3−1) − 1) / 2) + 1 = 3",
                "floor((6 + 1 + 0 − 1·(2−1) − 1) / 2) + 1 = 3",
            ),
        ),
        (
            TransposedConvolution(Window.of(3, stride=2, padding=1, dimensions=1), (1,)),
            (3,),
            ("(3 − 1)·2 − 2·1 + 1·(3−1) + 1 + 1 = 6",),
        ),
        (
            Pooling("max", Window.of(2, stride=3, padding=1, dimensions=1), ceil_mode=True),
            (4,),
            ("ceil((4 + 2·1 − 1·(2−1) − 1) / 3) + 1 − 1 = 2",),
        ),
        (
            Pooling("average", Window.of(2, stride=2, dimensions=1)),
            (5,),
            ("floor((5 + 2·0 − 2) / 2) + 1 = 2",),
        ),
        (Pooling("lp", Window.of(2, dimensions=1)), (5,), ("floor((5 − 2) / 1) + 1 = 4",)),
        (
            AdaptivePooling("adaptive_max", (3,)),
            (5,),
            ("window p: cells floor(p · 5 / 3) to ceil((p + 1) · 5 / 3) − 1",),
        ),
        (
            MaxUnpooling(Window.of(2, 2), (4, 5)),
            (2, 2),
            (
                "(2 − 1)·2 − 2·0 + 2 = 4",
                "(2 − 1)·2 − 2·0 + 2 = 4; 5 is chosen from 3 to 5",
            ),
        ),
    ],
)
def test_formulas_read_as_pytorchs_documentation_writes_them(
    operation: Operation, size: tuple[int, ...], formula: tuple[str, ...]
) -> None:
    assert operation.formula(size) == formula
    assert operation.general_formula.startswith(("out = ", "window p: "))


def test_a_textbooks_formula_reads_so() -> None:
    same = Convolution(Window.of(4, padding=((1, 2), 1), dilation=(1, 1)))
    assert same.textbook((5, 6)) == (
        "floor((5 − 4 + 3 + 1) / 1) = 5",
        "floor((6 − 4 + 2 + 1) / 1) = 5",
    )


@pytest.mark.parametrize("family", UNUSED)
def test_unused_cells_can_be_cut_off_and_no_more(family: str) -> None:
    some = 0
    for turn in range(80):
        operation = case(FAMILIES.index(family) + turn * len(FAMILIES)).operation
        size = case(FAMILIES.index(family) + turn * len(FAMILIES)).input_size
        unused = operation.unused(size)
        if getattr(operation, "ceil_mode", False):
            continue
        assert isinstance(operation, Convolution | Pooling)
        some += any(unused)
        window = operation.window
        bare = replace(window, padding=((0, 0),) * window.dimensions)
        as_convolution = Convolution(bare)
        padded = [n + sum(pair) for n, pair in zip(size, window.padding, strict=True)]
        used = tuple(n - cut for n, cut in zip(padded, unused, strict=True))
        output_size = operation.output_size(size)
        assert pytorch_size(as_convolution, used) == output_size
        for axis in range(len(used)):
            less = tuple(n - (other == axis) for other, n in enumerate(used))
            assert 0 in less or pytorch_size(as_convolution, less) != output_size
    assert some >= 10 or family.endswith("same")


def test_nothing_is_dropped_by_ceil_mode_and_by_what_has_no_floor() -> None:
    window = Window.of(2, stride=2, dimensions=1)
    assert Pooling("max", window).unused((5,)) == (1,)
    assert Pooling("max", window, ceil_mode=True).unused((5,)) == (0,)
    assert TransposedConvolution(window).unused((5,)) == (0,)
    assert AdaptivePooling("adaptive_max", (2,)).unused((5,)) == (0,)
