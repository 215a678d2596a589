"""Sizes, legal ranges and refusals against PyTorch; cells against its gradients."""

import math
import re
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.windows import (
    AxisRanges,
    Operation,
    Window,
    fitted,
    legal_ranges,
    shared_ranges,
)
from tests.windows.cases import Case, cases, pytorch, pytorch_size, tried

OPERATIONS: tuple[Operation, ...] = ("convolution", "max", "average")


def our_size(case: Case, operation: Operation) -> tuple[int, ...] | None:
    try:
        return case.window.output_size(case.input_size, operation)
    except ExplorerError:
        return None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_sizes_are_pytorchs_and_so_is_what_is_refused(operation: Operation) -> None:
    seen = {"legal": 0, "refused": 0}

    @tried(400)
    @given(cases(operation))
    def check(case: Case) -> None:
        expected = pytorch_size(operation, case.input_size, case.window)
        assert our_size(case, operation) == expected
        seen["legal" if expected else "refused"] += 1

    check()
    assert min(seen.values()) > 50, seen


@tried(300)
@given(cases(alike=False))
def test_sizes_with_a_different_padding_before_and_after(case: Case) -> None:
    grown = tuple(
        n + sum(pair) for n, pair in zip(case.input_size, case.window.padding, strict=True)
    )
    bare = replace(case.window, padding=((0, 0),) * case.window.dimensions)
    assert our_size(case, "convolution") == pytorch_size("convolution", grown, bare)


@tried(200)
@given(cases())
def test_cells_are_those_whose_change_moves_pytorchs_output(case: Case) -> None:
    window, size = case.window, case.input_size
    output_size = our_size(case, "convolution")
    assume(output_size)
    assert output_size
    picture = torch.zeros(1, *size, requires_grad=True)
    output = pytorch("convolution", picture, window)
    for position in {(0,) * len(size), tuple(n // 2 for n in output_size)}:
        (gradient,) = torch.autograd.grad(output[(0, *position)], picture, retain_graph=True)
        moved = {tuple(cell) for cell in gradient[0].nonzero().tolist()}
        per_axis = [
            [cell - before for cell in cells if 0 <= cell - before < n]
            for cells, (before, _), n in zip(
                window.cells(position), window.padding, size, strict=True
            )
        ]
        assert moved == {
            tuple(cell)
            for cell in torch.cartesian_prod(
                *[torch.tensor(axis, dtype=torch.long) for axis in per_axis]
            )
            .view(-1, len(size))
            .tolist()
        }
        assert window.start(position) == tuple(cells[0] for cells in window.cells(position))


@tried(200)
@given(cases(alike=False))
def test_unused_cells_can_be_cut_off_and_no_more(case: Case) -> None:
    output_size = our_size(case, "convolution")
    assume(output_size)
    window = replace(case.window, padding=((0, 0),) * case.window.dimensions)
    padded = case.window.padded_size(case.input_size)
    unused = case.window.unused(case.input_size)
    used = tuple(n - cut for n, cut in zip(padded, unused, strict=True))
    assert pytorch_size("convolution", used, window) == output_size
    for axis in range(len(used)):
        less = tuple(n - (other == axis) for other, n in enumerate(used))
        assert 0 in less or pytorch_size("convolution", less, window) != output_size


@tried(200)
@given(cases(alike=False))
def test_the_formula_with_numbers_put_in_is_true(case: Case) -> None:
    output_size = our_size(case, "convolution")
    assume(output_size)
    assert output_size
    for axis, text in enumerate(case.window.formula(case.input_size)):
        left, right = text.replace("·", "*").replace("−", "-").split(" = ")
        assert eval(left, {"floor": math.floor}) == int(right) == output_size[axis]  # noqa: S307
        assert text.startswith(f"floor(({case.input_size[axis]} + ")


def test_the_formula_reads_as_pytorchs_documentation_writes_it() -> None:
    window = Window.of((3, 2), stride=2, padding=(1, (1, 0)))
    assert window.formula((5, 6)) == (
        "floor((5 + 2·1 − 1·(3−1) − 1) / 2) + 1 = 3",
        "floor((6 + 1 + 0 − 1·(2−1) − 1) / 2) + 1 = 3",
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_legal_ranges_end_where_pytorch_begins_to_refuse(operation: Operation) -> None:
    largest = 7

    @tried(120)
    @given(cases(operation))
    def check(case: Case) -> None:
        ranges = legal_ranges(
            case.window,
            case.input_size,
            operation,
            largest_kernel_size=largest,
            largest_stride=largest,
            largest_padding=largest,
            largest_dilation=largest,
        )
        for axis, offered in enumerate(ranges):
            n, window = case.input_size[axis], case.window
            along = Window(
                (window.kernel_size[axis],),
                (window.stride[axis],),
                (window.padding[axis],),
                (window.dilation[axis],),
            )
            for name, lowest in (
                ("kernel_size", 1),
                ("stride", 1),
                ("padding", 0),
                ("dilation", 1),
            ):
                for value in range(lowest, largest + 1):
                    if operation == "average" and name == "dilation" and value > 1:
                        assert value not in offered.dilation
                        continue
                    entry = (value, value) if name == "padding" else value
                    trial = replace(along, **{name: (entry,)})
                    accepted = pytorch_size(operation, (n,), trial) is not None
                    assert (value in getattr(offered, name)) == accepted, (name, value, trial)

    check()


@tried(150)
@given(cases(alike=False), st.sampled_from(OPERATIONS))
def test_legal_ranges_of_each_side_of_the_padding(case: Case, operation: Operation) -> None:
    """PyTorch pads both sides alike; one side is judged by the padded size and the limit."""
    for axis, offered in enumerate(legal_ranges(case.window, case.input_size, operation)):
        before, after = case.window.padding[axis]
        k, n, span = case.window.kernel_size[axis], case.input_size[axis], case.window.span[axis]
        undilated = operation != "average" or case.window.dilation[axis] == 1
        limit = 8 if operation == "convolution" else k // 2
        for value in range(9):
            for allowed, other in (
                (offered.padding_before, after),
                (offered.padding_after, before),
            ):
                legal = n + value + other >= span and max(value, other) <= limit and undilated
                assert (value in allowed) == legal


def test_one_control_for_all_axes_takes_what_every_axis_takes() -> None:
    ranges = legal_ranges(Window.of(3, dilation=(1, 2)), (5, 9))
    assert [axis.kernel_size for axis in ranges] == [range(1, 6), range(1, 6)]
    assert [axis.dilation for axis in ranges] == [range(1, 3), range(1, 5)]
    shared = shared_ranges(ranges)
    assert shared.kernel_size == range(1, 6)
    assert shared.dilation == range(1, 3)
    large = legal_ranges(Window.of((7, 3), padding=1), (5, 9))
    assert [axis.padding for axis in large] == [range(1, 9), range(9)]
    assert shared_ranges(large).padding == range(1, 9)
    assert {field.name for field in fields(AxisRanges)} == set(vars(shared))


@tried(300)
@given(cases(alike=False), st.sampled_from(OPERATIONS))
def test_a_window_that_does_not_fit_is_made_smaller_until_it_does(
    case: Case, operation: Operation
) -> None:
    smaller = fitted(case.window, case.input_size, operation)
    smaller.output_size(case.input_size, operation)
    assert (smaller == case.window) == (our_size(case, operation) is not None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_refusal_names_the_values_and_every_remedy_works(operation: Operation) -> None:
    refusals = []

    @tried(400)
    @given(cases(operation, alike=False))
    def check(case: Case) -> None:
        window, size = case.window, case.input_size
        try:
            window.output_size(size, operation)
        except ExplorerError as error:
            refusals.append(error)
        else:
            return
        error = refusals[-1]
        names = {1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"]}
        name = next(n for n in names[window.dimensions] if n in error.problem)
        axis = names[window.dimensions].index(name)
        k, d, pair = window.kernel_size[axis], window.dilation[axis], window.padding[axis]
        numbers = set(map(int, re.findall(r"\d+", error.problem)))
        if "covers" in error.problem:
            values = {k, window.span[axis], size[axis]}
            values |= {sum(pair) + size[axis], *pair} if sum(pair) else set()
            assert values | {*window.dilation} - {1} <= numbers
        else:
            assert {k, max(pair)} <= numbers
        along = Window((k,), (window.stride[axis],), (pair,), (d,))
        remedies = {
            rf"kernel {name} of at (?:most|least) (\d+)": lambda v: (
                replace(along, kernel_size=(v,)),
                size[axis],
            ),
            r"dilation of at most (\d+)": lambda v: (replace(along, dilation=(v,)), size[axis]),
            r"padding of at least (\d+)": lambda v: (replace(along, padding=((v, v),)), size[axis]),
            r"padding of at most (\d+)": lambda v: (
                replace(along, padding=((min(v, pair[0]), min(v, pair[1])),)),
                size[axis],
            ),
            rf"{name} is at least (\d+)": lambda v: (along, v),
        }
        found = 0
        for pattern, applied in remedies.items():
            for number in re.findall(pattern, error.remedy):
                changed, n = applied(int(number))
                if "covers" in error.problem:
                    changed.output_size((n,), operation)
                else:
                    changed.output_size((100,), operation)
                found += 1
        assert found == error.remedy.count(" of at ") + error.remedy.count("is at least") > 0

    check()
    assert len(refusals) > 50


def test_the_refusal_reads_well() -> None:
    with pytest.raises(ExplorerError) as refused:
        Window.of(5, padding=1, dilation=2).output_size((5, 9))
    assert refused.value.problem == (
        "The 5×5 kernel with dilation 2 covers 9 cells, but the padded height is only 7 (5 + 2·1)."
    )
    assert refused.value.remedy == (
        "Use a kernel height of at most 4, a dilation of at most 1, "
        "a padding of at least 2 on each side or a picture whose height is at least 7."
    )


def test_numbers_become_tuples_at_the_door() -> None:
    window = Window.of(3, stride=(2, 1), padding=[1, (0, 2)], dilation=torch.Size((1, 2)))
    assert window == Window((3, 3), (2, 1), ((1, 1), (0, 2)), (1, 2))
    assert window.dimensions == 2
    assert window.span == (3, 5)
    assert Window.of(3, dimensions=3).kernel_size == (3, 3, 3)
    assert Window.of(tuple(np.array([3, 5]))) == Window.of((3, 5))
    assert len({Window.of(3), Window.of((3, 3))}) == 1


@pytest.mark.parametrize("bad", [True, 2.0, "2", b"2", None, float("nan"), (3, True), (3, 2.0)])
@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_only_whole_numbers_are_numbers(name: str, bad: object) -> None:
    with pytest.raises(ExplorerError, match=f"{name.replace('_', ' ')} must be a whole number"):
        Window.of(**({"kernel_size": 3} | {name: bad}))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"kernel_size": 0}, "kernel size is 0. It must be at least 1"),
        ({"kernel_size": 3, "stride": 0}, "stride is 0"),
        ({"kernel_size": 3, "dilation": (1, 0)}, "dilation is 0"),
        ({"kernel_size": 3, "padding": -1}, "padding is -1. It must be at least 0"),
        ({"kernel_size": 3, "padding": ((0, -2), 0)}, "padding is -2"),
        ({"kernel_size": 10**6 + 1}, "1,000,001. It must be at most 1,000,000"),
        ({"kernel_size": 3, "padding": 10**9}, "1,000,000,000"),
        ({"kernel_size": 10**6000}, "more than 18 digits"),
        ({"kernel_size": (3, 3, 3)}, "3 entries, but the window has 2"),
        ({"kernel_size": 3, "padding": (1, 1, 1)}, "padding has 3 entries"),
        ({"kernel_size": 3, "padding": ((1, 1, 1), 0)}, "padding of an axis has 3 entries"),
        ({"kernel_size": 3, "padding": "same"}, "'same'"),
        ({"kernel_size": 3, "dimensions": 4}, "1, 2 or 3 axes, not 4"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(arguments: dict, told: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(told)):
        Window.of(**arguments)


def test_a_window_made_by_hand_is_checked_too() -> None:
    with pytest.raises(ExplorerError, match="stride has 1 entries"):
        Window((3, 3), (1,), ((0, 0), (0, 0)), (1, 1))
    with pytest.raises(ExplorerError, match="kernel size is 0"):
        replace(Window.of(3), kernel_size=(0, 3))
    with pytest.raises(ExplorerError, match="not 0"):
        Window((), (), (), ())


@pytest.mark.parametrize("size", [(5,), (5, 5, 5), (0, 5), (5, -1), (5.0, 5), "55"])
def test_input_sizes_are_checked(size: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match="input size"):
        Window.of(3).output_size(size)


def test_huge_inputs_cost_nothing() -> None:
    assert Window.of(3, dimensions=1).output_size((10**12,)) == (10**12 - 2,)


@pytest.mark.parametrize("position", [(0,), (-1, 0), (0.5, 0)])
def test_positions_are_checked(position: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match="position"):
        Window.of(3).start(position)
