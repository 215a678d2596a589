"""Receptive fields in closed form, against where gradients arrive."""

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch import nn

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.build import build
from explorer.network.layers import (
    KINDS,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Flatten,
    Linear,
    MaxPool2d,
    Upsample,
)
from explorer.network.receptive_field import AxisField
from explorer.network.shapes import trace

SIZE = st.integers(1, 4)
WINDOWS = st.builds(
    Conv2d,
    out_channels=st.just(1),
    kernel_size=st.tuples(SIZE, SIZE),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    padding=st.integers(0, 3),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 3)),
) | st.builds(AvgPool2d, kernel_size=st.integers(2, 4), stride=st.none() | SIZE)
KEEPING = st.sampled_from(
    [
        Conv2d(out_channels=1, kernel_size=3, padding=1),
        Conv2d(out_channels=1, kernel_size=5, padding=2),
        Conv2d(out_channels=1, kernel_size=(3, 1), dilation=3, padding=(3, 0)),
    ]
)
BLOCKS = st.builds(
    Residual, body=st.lists(KEEPING, max_size=2).map(tuple), shortcut=st.just("identity")
) | st.builds(
    Branches,
    branches=st.lists(st.lists(KEEPING, max_size=2).map(tuple), min_size=2, max_size=3).map(tuple),
    join=st.just("add"),
)
ENLARGING = st.sampled_from(
    [
        ConvTranspose2d(out_channels=1, kernel_size=3, stride=2, padding=1),
        ConvTranspose2d(out_channels=1, kernel_size=(2, 5), stride=(2, 3), dilation=2),
        Upsample(scale_factor=2),
        Upsample(scale_factor=1.7),
        Upsample(scale_factor=2, mode="bilinear"),
        Upsample(scale_factor=3, mode="bicubic"),
        Upsample(scale_factor=0.6, mode="bilinear"),
        Upsample(size=9, mode="bilinear", align_corners=True),
        Upsample(size=11, mode="area"),
        Upsample(size=13, mode="nearest-exact"),
        AdaptiveAvgPool2d(output_size=3),
        AdaptiveAvgPool2d(output_size=(4, 1)),
        MaxPool2d(kernel_size=1),
    ]
)


def network(*layers: LayerSpec, side: int = 24) -> NetworkSpec:
    input = InputShape(channels=1, height=side, width=side)
    return NetworkSpec(name="field", input=input, layers=layers)


def measured(spec: NetworkSpec, units: list[tuple[int, int]]) -> list[tuple[range, range]]:
    """The rows and columns of the input that a change in reaches each unit."""
    module = build(spec).double().eval()
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.5, 1)  # so that nothing cancels
    pixels = torch.rand(1, *spec.input.shape, dtype=torch.float64, requires_grad=True)
    output = module(pixels)
    found = []
    for row, column in units:
        (gradient,) = torch.autograd.grad(output[0, 0, row, column], pixels, retain_graph=True)
        touched = gradient[0, 0].nonzero()
        ends = [
            range(int(axis.min()), int(axis.max()) + 1) if len(axis) else range(0)
            for axis in touched.T
        ]
        found.append((ends[0], ends[1]))
    return found


def units_of(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    rows = {0, shape[1] // 3, shape[1] // 2, shape[1] - 1}
    columns = {0, shape[2] // 2, shape[2] - 1}
    return [(row, column) for row in sorted(rows) for column in sorted(columns)]


@given(st.lists(WINDOWS | KEEPING | BLOCKS, min_size=1, max_size=4))
@hypothesis_settings(max_examples=120, deadline=None)
def test_closed_form_is_where_gradients_arrive(layers: list[LayerSpec]) -> None:
    spec = network(*layers)
    if (failure := trace(spec).failure) is not None:
        spec = spec.with_layers(layers[: failure.path[0]])
    if not spec.layers:
        return
    field, units = _last(spec), units_of(trace(spec).output_shape)
    assert field is not None
    for unit, ends in zip(units, measured(spec, units), strict=True):
        starts = [axis.offset + at * axis.jump for axis, at in zip(field, unit, strict=True)]
        stops = [start + axis.size for axis, start in zip(field, starts, strict=True)]
        if min(starts) >= 0 and max(stops) <= 24:  # nothing of it is padding: exactly so
            assert ends == tuple(map(range, map(int, starts), map(int, stops)))
        for axis, index, cells in zip(field, unit, ends, strict=True):
            assert set(cells) <= set(axis.cells(index, 24))


def _last(spec: NetworkSpec) -> tuple[AxisField, ...] | None:
    row = trace(spec).row((len(spec.layers) - 1,))
    assert row
    return row.receptive_field


@given(st.lists(ENLARGING | ENLARGING | KEEPING, min_size=1, max_size=3))
@hypothesis_settings(max_examples=100, deadline=None)
def test_nothing_is_seen_outside_the_field_where_pictures_grow(layers: list[LayerSpec]) -> None:
    spec = network(*layers, side=12)
    traced = trace(spec)
    field = None if traced.failure else _last(spec)
    if field is None:
        return
    units = units_of(traced.output_shape)
    for unit, ends in zip(units, measured(spec, units), strict=True):
        for axis, index, cells in zip(field, unit, ends, strict=True):
            assert set(cells) <= set(axis.cells(index, 12))


def test_the_textbook_case() -> None:
    spec = network(
        Conv2d(kernel_size=3, padding=1),
        MaxPool2d(kernel_size=2),
        BatchNorm2d(),
        Conv2d(kernel_size=3),
        MaxPool2d(kernel_size=2),
    )
    rows = [row.receptive_field for row in trace(spec).rows]
    assert [field and field[0] for field in rows] == [
        AxisField(3, 1, -1),
        AxisField(4, 2, -1),
        AxisField(4, 2, -1),
        AxisField(8, 2, -1),
        AxisField(10, 4, -1),
    ]


def test_a_block_sees_what_any_way_through_it_sees() -> None:
    wide = Conv2d(out_channels=1, kernel_size=(7, 1), padding=(3, 0))
    spec = network(
        Residual(body=(Conv2d(out_channels=1, padding=1),)),
        Branches(branches=((wide,), (Sequential(layers=(Conv2d(padding=1),), repeat=2),))),
    )
    field = _last(spec)
    assert field and [(axis.size, axis.offset) for axis in field] == [(9, -4), (7, -3)]


@pytest.mark.parametrize("layer", [Flatten(), AdaptiveAvgPool2d(output_size=1)])
def test_the_whole_picture_is_none(layer: LayerSpec) -> None:
    spec = network(Conv2d(), layer)
    assert trace(spec).rows[-1].receptive_field is None
    if layer.kind == "Flatten":
        assert trace(spec.with_layers([*spec.layers, Linear()])).rows[-1].receptive_field is None


def test_every_kind_is_thought_of() -> None:
    """Those that keep their shape are plates, or look at all of the picture."""
    whole = {"GroupNorm", "LayerNorm"} | {f"InstanceNorm{axes}d" for axes in (1, 2, 3)}
    for name, kind in KINDS.items():
        if kind.dimensions not in (None, 2):
            continue
        traced = trace(network(kind.model_validate({})))
        row = traced.rows[0] if traced.rows else None
        if row and row.input_shape == row.output_shape and name not in ("Linear", "Unflatten"):
            assert (row.receptive_field is None) == (name in whole), name


def test_fields_are_the_same_along_one_and_three_axes() -> None:
    for axes, input in (
        (1, InputShape(channels=1, height=None, width=30)),
        (3, InputShape(channels=1, depth=30, height=30, width=30)),
    ):
        layer = KINDS[f"Conv{axes}d"].model_validate(
            {"kernel_size": 5, "stride": 2, "out_channels": 1}
        )
        spec = NetworkSpec(name="axes", input=input, layers=(layer, layer))
        assert trace(spec).rows[-1].receptive_field == (AxisField(13, 4, 0),) * axes
        assert trace(spec).mult_adds == 5**axes * (13**axes + 5**axes)
