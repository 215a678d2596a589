"""Blocks: names, limits, the trace through them, and modules and code that are the same."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, read_network
from explorer.network.base import LayerSpec
from explorer.network.blocks import BLOCKS, Branches, Pretrained, Residual, Sequential, walk
from explorer.network.build import build
from explorer.network.codegen import source
from explorer.network.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU
from explorer.network.shapes import trace
from tests.network.nested import RefusedError, nested_networks, run_by_hand

INPUT = InputShape(channels=4, height=8, width=8)
SAME = Conv2d(out_channels=4, kernel_size=3, padding=1)


def network(*layers: LayerSpec) -> NetworkSpec:
    return NetworkSpec(name="blocks", input=INPUT, layers=layers)


def generated(spec: NetworkSpec) -> torch.nn.Module:
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source(spec), "generated.py", "exec"), namespace)  # what is tested
    return namespace["Network"]()


@given(nested_networks())
@hypothesis_settings(max_examples=150, deadline=None)
def test_the_trace_is_what_running_it_by_hand_gives(spec: NetworkSpec) -> None:
    traced = trace(spec)
    done, refused = {}, None
    try:
        for name, output in run_by_hand(spec.layers, torch.rand(1, *spec.input.shape)):
            done[name] = tuple(output.shape[1:])
    except RefusedError as error:
        refused = error.name
    shapes = {row.name: row.output_shape for row in traced.rows if not row.is_shortcut}
    assert shapes == done
    assert (traced.failure and traced.failure.name) == refused
    if traced.failure:
        assert traced.failure.problem
        assert any(character.isdigit() for character in traced.failure.problem)
        assert {path: name for path, name, _ in walk(spec.layers)}[traced.failure.path]
    assert [row.index for row in traced.rows] == list(range(len(traced.rows)))


@given(nested_networks())
@hypothesis_settings(max_examples=80, deadline=None)
def test_module_code_and_trace_are_the_same_network(spec: NetworkSpec) -> None:
    traced = trace(spec)
    if traced.failure:
        spec = spec.with_layers(spec.layers[: traced.failure.path[0]])
        traced = trace(spec)
    if not spec.layers:
        return
    torch.manual_seed(0)
    built, written = build(spec).eval(), generated(spec).eval()
    seen: dict[str, tuple[int, ...]] = {}
    for name, module in built.named_modules():
        module.register_forward_hook(
            lambda _module, _inputs, output, name=name: seen.update({name: tuple(output.shape[1:])})
        )
    pixels = torch.rand(2, *spec.input.shape)
    output = built(pixels)
    assert tuple(output.shape[1:]) == traced.output_shape
    for row in traced.rows:
        assert seen[row.name] == row.output_shape
        module = built.get_submodule(row.name)
        assert sum(parameter.numel() for parameter in module.parameters()) == row.parameters
    assert sum(parameter.numel() for parameter in built.parameters()) == traced.parameters
    assert [name for name, _ in written.named_modules()] == [
        name for name, _ in built.named_modules()
    ]
    written.load_state_dict(built.state_dict())
    torch.testing.assert_close(written(pixels), output, rtol=0, atol=0, equal_nan=True)


@given(nested_networks())
@hypothesis_settings(max_examples=80, deadline=None)
def test_json_and_back(spec: NetworkSpec) -> None:
    assert read_network(spec.model_dump_json()) == spec


def test_names_are_those_of_named_modules() -> None:
    spec = network(
        SAME,
        Sequential(layers=(SAME, ReLU()), repeat=2, name="stage"),
        Residual(body=(SAME, ReLU(), SAME), shortcut="projection"),
        Branches(branches=((SAME,), ())),
    )
    assert [row.name for row in trace(spec).rows] == [
        "conv1",
        "stage",
        *("stage.0.conv1", "stage.0.relu1", "stage.1.conv1", "stage.1.relu1"),
        "block1",
        *("block1.body.conv1", "block1.body.relu1", "block1.body.conv2"),
        *("block1.shortcut.conv1", "block1.shortcut.norm1"),
        "branches1",
        "branches1.branch1.conv1",
    ]
    modules = dict(build(spec).named_modules())
    assert all(row.name in modules for row in trace(spec).rows)


def test_rows_say_where_they_are_and_sum_up() -> None:
    spec = network(Sequential(layers=(SAME, Residual(body=(SAME,))), repeat=3), Flatten())
    traced = trace(spec)
    block = traced.row((0,))
    assert block and block.is_block
    one = 4 * (4 * 9 + 1)
    assert (block.parameters, traced.parameters) == (6 * one, 6 * one)
    assert [row.path for row in traced.rows[:4]] == [(0,), (0, 0), (0, 1), (0, 1, 0)]
    assert [row.depth for row in traced.rows[:4]] == [0, 1, 1, 2]
    assert [row.repetition for row in traced.rows[1:10:3]] == [(0,), (1,), (2,)]
    assert sum(not row.is_repeated for row in traced.rows) == 5
    assert (traced.activations, traced.joined) == (6 * 256 + 256, 3 * 256)


def test_a_projection_brings_stride_and_channels_along() -> None:
    spec = network(Residual(body=(Conv2d(out_channels=9, stride=(2, 3), padding=1),)))
    spec = spec.with_layers([spec.layers[0].model_copy(update={"shortcut": "projection"})])
    convolution = build(spec).get_submodule("block1.shortcut.conv1")
    assert isinstance(convolution, torch.nn.Conv2d)
    assert (convolution.stride, convolution.out_channels) == ((2, 3), 9)
    rows = [row for row in trace(spec).rows if row.is_shortcut]
    assert [row.path for row in rows] == [(0, -1, 0), (0, -1, 1)]
    assert {row.node_path for row in rows} == {(0,)}


@pytest.mark.parametrize(
    ("block", "name", "problem", "remedy"),
    [
        (
            Residual(body=(Conv2d(out_channels=8, padding=1),)),
            "block1",
            "The body makes 8×8×8 of the 4×8×8 that the input gives; only equal shapes",
            "Set shortcut to projection",
        ),
        (
            Residual(body=(Conv2d(out_channels=4),), shortcut="projection"),
            "block1",
            "no stride brings height 8 to 6 with a 1×1 convolution",
            "stride 2 with kernel_size 3 and padding 1",
        ),
        (
            Residual(body=(Flatten(),), shortcut="projection"),
            "block1",
            "A 1×1 convolution cannot make 256 of 4×8×8",
            "Flatten",
        ),
        (
            Branches(branches=((SAME,), (MaxPool2d(),))),
            "branches1",
            "branch1 puts out 4×8×8, but branch2 4×4×4: only the channels may differ",
            "same strides",
        ),
        (
            Branches(branches=((Conv2d(out_channels=2, padding=1),), ()), join="add"),
            "branches1",
            "branch1 puts out 2×8×8, but branch2 4×8×8: only equal shapes can be added",
            "concatenate",
        ),
        (
            Branches(branches=((), (SAME, Conv2d(kernel_size=9)))),
            "branches1.branch2.conv2",
            "`branches1.branch2.conv1`",
            "kernel_size",
        ),
        (
            Residual(body=(Sequential(layers=(MaxPool2d(kernel_size=3),), repeat=3),)),
            "block1.body.block1.1.pool1",
            "`block1.body.block1.0.pool1`",
            "kernel_size",
        ),
    ],
)
def test_failures_in_blocks_say_where_and_why(
    block: LayerSpec, name: str, problem: str, remedy: str
) -> None:
    spec = network(block, ReLU())
    failure = trace(spec).failure
    assert failure is not None
    assert failure.name == name
    assert problem in failure.problem
    assert remedy in failure.remedy
    with pytest.raises(ExplorerError, match=f"Layer `{name}` cannot work"):
        build(spec)


def test_what_works_in_a_failing_block_keeps_its_rows() -> None:
    traced = trace(network(SAME, Residual(body=(SAME, AvgPool2d(kernel_size=9), SAME)), SAME))
    assert [row.name for row in traced.rows] == ["conv1", "block1.body.conv1"]
    assert traced.failure and traced.failure.path == (1, 1)
    assert traced.output_shape == (4, 8, 8)
    assert traced.row((1,)) is None


def test_limits_hold_however_a_network_is_nested() -> None:
    with pytest.raises(ValidationError, match="more than 6 blocks"):
        nested: Any = ReLU()
        for _ in range(7):
            nested = Residual(body=(nested,))
    with pytest.raises(ValidationError, match="stands for"):
        Sequential(layers=(Sequential(layers=(ReLU(),) * 20, repeat=32),) * 2)
    with pytest.raises(ValidationError, match="at most 500"):
        network(*[Sequential(layers=(ReLU(),) * 30, repeat=10)] * 2)
    for fields in ({"repeat": 33}, {"repeat": 0}, {"layers": [{"kind": "Conv9d"}]}):
        with pytest.raises(ValidationError):
            Sequential.model_validate(fields)
    for count in (1, 9):
        with pytest.raises(ValidationError):
            Branches.model_validate({"branches": [[]] * count})


def test_doubling_again_and_again_is_refused_before_anything_is_made() -> None:
    many: LayerSpec = Branches(branches=((),) * 8)
    for _ in range(4):
        many = Sequential(layers=(many,) * 2)
    failure = trace(network(many)).failure
    assert failure is not None
    assert "values per picture; at most 40,000,000" in failure.problem


def test_siblings_have_different_names_and_cousins_need_not() -> None:
    with pytest.raises(ValidationError, match="more than one layer is called same"):
        Sequential(layers=(ReLU(name="same"), ReLU(name="same")))
    network(ReLU(name="same"), Sequential(layers=(ReLU(name="same"),)))


@pytest.mark.parametrize("kind", BLOCKS)
def test_an_empty_block_works_and_says_what_it_is(kind: str) -> None:
    block = BLOCKS[kind].model_validate({})
    if not isinstance(block, Pretrained):  # it is never empty; see test_pretrained
        spec = network(SAME, block, Flatten(), Linear())
        assert trace(spec).failure is None
        assert build(spec)(torch.rand(1, 4, 8, 8)).shape == (1, 10)
        assert generated(spec)(torch.rand(1, 4, 8, 8)).shape == (1, 10)
    assert block.explanation.endswith(".")
    assert not {"layers", "body", "branches"} & set(block.parameter_fields())
