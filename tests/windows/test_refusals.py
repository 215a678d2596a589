"""What PyTorch refuses is told in numbers, every remedy works and is as mild as can be."""

import re
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import ExplorerError
from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
    fitted,
)
from explorer.windows.operation import changed
from tests.windows.agreement import our_size
from tests.windows.cases import FAMILIES, case
from tests.windows.judge import pytorch_size

NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
REFUSING = [
    name for name in FAMILIES if not name.startswith("adaptive") and name != "convolution, same"
]
BOUND = re.compile(
    r"(kernel|dilation|output padding|padding|stride|output|picture)(?: whose)?(?: \w+)? "
    r"(?:of|is) at (most|least) (\d+)"
)


def refused_axis(operation: Operation, size: tuple[int, ...]) -> int:
    return next(axis for axis, n in enumerate(size) if operation.fault(axis, n))


def with_value(
    operation: Any, axis: int, size: tuple[int, ...], what: str, value: int
) -> tuple[Any, tuple[int, ...]]:
    """The operation and input size with another value of what a remedy bounds."""
    if what == "picture":
        return operation, (*size[:axis], value, *size[axis + 1 :])
    if what in ("output", "output padding"):
        name = "target_size" if what == "output" else "output_padding"
        entries = list(getattr(operation, name))
        entries[axis] = value
        return replace(operation, **{name: tuple(entries)}), size
    settings: Any = {"kernel_size" if what == "kernel" else what: value}
    if what == "padding":
        settings = {"padding": (value, value)}
    return replace(operation, window=changed(operation.window, axis, **settings)), size


def split(change: str) -> tuple[str, str]:
    """ "kernel height 3" as name and value."""
    name, value = re.fullmatch(r"(\D+) (\d.*)", change).groups()  # pyright: ignore
    return name, value


@pytest.mark.parametrize("family", REFUSING)
def test_every_refusal_names_its_axis_and_every_remedy_works(family: str) -> None:
    refusals = bounds = together = 0
    for turn in range(150):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        operation, size = each.drawn, each.input_size
        try:
            operation.output_size(size)
            continue
        except ExplorerError as error:
            told = error
        refusals += 1
        axis = refused_axis(operation, size)
        assert NAMES[operation.dimensions][axis] in told.problem
        assert len(re.findall(r"\d+", told.problem)) >= 1
        assert told.remedy.startswith("Use ")
        working = 0
        for text, mended, n in operation.remedies(axis, size[axis]):
            if text not in re.split(r", | or |\.$", told.remedy.removeprefix("Use ")):
                continue
            working += 1
            mended_size = (*size[:axis], n, *size[axis + 1 :])
            # other axes may be refused too: they are made to fit, and this one stays
            rest: Any = fitted(mended, mended_size)
            assert rest.axis(axis, n) == mended.axis(axis, n)
            assert pytorch_size(rest, mended_size) is not None, (text, operation, size)
            for what, direction, number in BOUND.findall(text):
                bounds += 1
                value = int(number)
                told_so = with_value(operation, axis, size, what, value)[0]
                # of two sides only those that are too wide become narrower
                assert what == "padding" or told_so.axis(axis, n) == mended.axis(axis, n)
                further = value + (1 if direction == "most" else -1)
                if further < (what == "picture"):
                    continue
                beyond, other_size = with_value(operation, axis, size, what, further)
                assert beyond.fault(axis, other_size[axis]) is not None, (text, operation, size)
        if working:
            assert working == len(re.split(", | or ", told.remedy)), told.remedy
            continue
        # No single change is enough: the remedy is what `fitted` changes in this axis.
        together += 1
        settings = fitted(operation, size).settings(axis)
        changes = re.split(r", | and (?!\d+ after)", told.remedy.removeprefix("Use ")[:-1])
        assert {name: settings[name] for name, _ in map(split, changes)} == dict(
            map(split, changes)
        )
    print(family, refusals, "refusals,", bounds, "bounds,", together, "together")
    assert refusals >= 20
    assert bounds >= 20


@pytest.mark.parametrize("family", FAMILIES)
def test_what_does_not_fit_is_made_smaller_until_it_does(family: str) -> None:
    for turn in range(60):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        size = each.input_size
        smaller = fitted(each.drawn, size)
        assert pytorch_size(smaller, size) == smaller.output_size(size)
        if our_size(each.drawn, size) is not None:
            assert smaller is each.drawn
            continue
        assert smaller != each.drawn
        for axis, n in enumerate(size):
            if each.drawn.fault(axis, n) is None:
                assert smaller.axis(axis, n) == each.drawn.axis(axis, n)


def test_a_small_change_is_preferred_to_a_large_one() -> None:
    dilated = Convolution(Window.of(3, dilation=(4, 1), dimensions=2))
    assert fitted(dilated, (5, 5)).window == Window.of(3)
    padded = Convolution(Window.of(3, padding=4), "reflect")
    assert fitted(padded, (4, 9)).window == Window.of(3, padding=(3, 4))
    pooled = Pooling("average", Window.of(5, padding=((2, 1), 2)))
    assert fitted(pooled, (9, 9)).window == Window.of(5, padding=(1, 2))
    extra = TransposedConvolution(Window.of(3, stride=2), (2, 1))
    assert fitted(extra, (3, 3)).output_padding == (1, 1)
    unpooled = MaxUnpooling(Window.of(2, stride=2), (9, 4))
    assert fitted(unpooled, (2, 2)).target_size == (5, 4)


@pytest.mark.parametrize(
    ("operation", "size", "problem", "remedy"),
    [
        (
            Convolution(Window.of(5, padding=1, dilation=2)),
            (5, 9),
            "The 5×5 kernel with dilation 2 covers 9 cells, but the padded height is only 7 "
            "(5 + 2·1).",
            "Use a kernel height of at most 4, a dilation of at most 1, a padding of at least 2 on "
            "each side or a picture whose height is at least 7.",
        ),
        (
            Convolution(Window.of(3, padding=4), "reflect"),
            (4, 9),
            "The padding of 4 in height is too much for a picture whose height is 4: reflect "
            "padding mirrors the cells beside the edge, which gives at most 3.",
            "Use a padding of at most 3, a picture whose height is at least 5, the padding mode "
            "zeros or the padding mode replicate.",
        ),
        (
            TransposedConvolution(Window.of(3, stride=2), (2, 0)),
            (3, 3),
            "The output padding of height is 2, but it must be smaller than the stride, which is "
            "2, or the dilation, which is 1.",
            "Use an output padding of at most 1, a stride of at least 3 or a dilation of at "
            "least 3.",
        ),
        (
            Pooling("max", Window.of(3, padding=(1, 2))),
            (5, 5),
            "The padding of 2 in width is more than half of the pooling window, whose width is 3.",
            "Use a padding of at most 1 or a kernel width of at least 4.",
        ),
        (
            Pooling("average", Window.of(2, dilation=2)),
            (5, 5),
            "Average pooling has no dilation, but the dilation of height is 2.",
            "Use dilation 1 or max pooling.",
        ),
        (
            Pooling("lp", Window.of(2, padding=1)),
            (5, 5),
            "Lp pooling has no padding, but the padding of height is 1.",
            "Use a padding of at most 0.",
        ),
        (
            Pooling("max", Window.of(2, padding=((0, 1), 0))),
            (5, 5),
            "The padding of height is 0 before and 1 after, but pooling pads both sides alike.",
            "Use a padding of 0 on each side or a padding of 1 on each side.",
        ),
        (
            MaxUnpooling(Window.of(2, stride=2), (6, 4)),
            (2, 2),
            "The output height is 6, but 2 cells can come only from 3 to 5 cells with a kernel "
            "height of 2, stride 2 and padding 0.",
            "Use an output height of at most 5.",
        ),
    ],
)
def test_refusals_read_well(
    operation: Operation, size: tuple[int, ...], problem: str, remedy: str
) -> None:
    with pytest.raises(ExplorerError) as refused:
        operation.output_size(size)
    assert (refused.value.problem, refused.value.remedy) == (problem, remedy)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Convolution(Window.of(3), "mirror"), "no padding mode 'mirror'. There are: zeros"),  # pyright: ignore
        (lambda: Convolution(Window.of(3), groups=0), "number of groups is 0"),
        (lambda: TransposedConvolution(Window.of(3), (1,)), "output padding has 1 entries"),
        (lambda: TransposedConvolution(Window.of(3), (-1, 0)), "output padding is -1"),
        (lambda: Pooling("mean", Window.of(3)), "no pooling 'mean'. There are: max"),  # pyright: ignore
        (lambda: Pooling("average", Window.of(3), divisor_override=0), "divisor is 0"),
        (
            lambda: Pooling("average", Window.of(3, dimensions=1), divisor_override=2),
            "in 1-D takes no divisor, but it is 2",
        ),
        (lambda: Pooling("lp", Window.of(3), norm_type=0), "norm type is 0"),
        (lambda: Pooling("lp", Window.of(3), norm_type=float("nan")), "norm type is nan"),
        (lambda: AdaptivePooling("adaptive_max", (0, 1)), "output size is 0"),
        (lambda: AdaptivePooling("adaptive_max", ()), "1, 2 or 3 axes, not 0"),
        (lambda: AdaptivePooling("max", (1,)), "no adaptive pooling 'max'"),  # pyright: ignore
        (lambda: MaxUnpooling(Window.of(2), (1,)), "1 entries, but the window has 2"),
    ],
)
def test_settings_that_mean_nothing_are_refused_when_they_are_made(made: Any, told: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(told)):
        made()


@pytest.mark.parametrize("size", [(5,), (5, 5, 5), (0, 5), (5, -1), (5.0, 5), "55"])
def test_input_sizes_are_checked(size: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match="input size"):
        Convolution(Window.of(3)).output_size(size)


def test_huge_inputs_cost_nothing() -> None:
    assert Convolution(Window.of(3, dimensions=1)).output_size((10**12,)) == (10**12 - 2,)
    far = TransposedConvolution(Window.of(3, padding=10**6))
    assert fitted(far, (5, 5)).output_size((5, 5)) == (1, 1)
