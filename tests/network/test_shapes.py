"""The trace against real forwards, PyTorch's own counter and torchinfo; failures in numbers."""

import re
import time

import pytest
import torch
import torchinfo
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from torch.utils.flop_counter import FlopCounterMode

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.build import build
from explorer.network.layers import AvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import Failure, trace
from explorer.settings import settings
from tests.network.networks import forward, networks

RAW_PYTORCH = re.compile(r"Expected|Dimension out of range|RuntimeError|size mismatch|torch\.")


def broken(*layers: LayerSpec, size: int = 8, channels: int = 3) -> Failure:
    spec = NetworkSpec(
        name="broken",
        input=InputShape(channels=channels, height=size, width=size),
        layers=layers,
    )
    failure = trace(spec).failure
    assert failure is not None
    assert failure.path == (len(trace(spec).rows),)
    return failure


@given(networks())
@hypothesis_settings(max_examples=400)
def test_trace_is_what_a_real_forward_does(spec: NetworkSpec) -> None:
    traced = trace(spec)
    shapes, parameters = forward(spec)
    assert [row.output_shape for row in traced.rows] == shapes
    assert [row.parameters for row in traced.rows] == parameters
    if len(shapes) == len(spec.layers):
        assert traced.failure is None
    else:
        assert traced.failure is not None
        assert (traced.failure.path, traced.failure.name) == (
            (len(shapes),),
            spec.layer_names[len(shapes)],
        )
        assert re.search(r"\d", traced.failure.problem)
        assert not RAW_PYTORCH.search(traced.failure.problem)
        assert traced.failure.remedy


@given(networks())
@hypothesis_settings(max_examples=60)
def test_mult_adds_are_what_pytorch_counts(spec: NetworkSpec) -> None:
    traced = trace(spec)
    module = build(spec.with_layers(spec.layers[: len(traced.rows)])).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.rand(1, *spec.input.shape))
    assert traced.mult_adds == counter.get_total_flops() / 2


@pytest.mark.parametrize("spec", PRESETS.values(), ids=PRESETS)
def test_presets_agree_with_torchinfo(spec: NetworkSpec) -> None:
    traced = trace(spec)
    summary = torchinfo.summary(
        build(spec), (1, *spec.input.shape), verbose=0, depth=20, device="cpu"
    )
    leaves = [
        info
        for info in summary.summary_list
        if info.is_leaf_layer and info.class_name not in ("Identity", "Normalise", "Sequential")
    ]
    assert [row.output_shape for row in traced.leaves] == [
        tuple(info.output_size[1:]) for info in leaves
    ]
    assert [row.parameters for row in traced.leaves] == [info.num_params for info in leaves]
    assert traced.parameters == summary.total_params
    # torchinfo adds the 64 bytes of the Python object.
    assert traced.input_megabytes == summary.to_megabytes(summary.total_input - 64)
    assert traced.forward_backward_megabytes == summary.to_megabytes(summary.total_output_bytes)
    assert traced.parameter_megabytes == summary.to_megabytes(summary.total_param_bytes)


def test_a_kernel_that_is_too_large_is_explained_in_numbers() -> None:
    failure = broken(Conv2d(), Conv2d(), MaxPool2d(), Conv2d(kernel_size=5), size=10)
    assert failure == Failure(
        path=(3,),
        name="conv3",
        problem="Height 3 + 2·0 − 1·(5 − 1) − 1 = −2: the 5×5 kernel is larger than the picture "
        "that arrives from `pool1` (3×3).",
        remedy="Take a kernel_size of at most 3 or a padding of at least 1 here, or shrink the "
        "picture less in the layers before.",
    )


@pytest.mark.parametrize(
    ("layers", "problem", "remedy"),
    [
        (
            [Conv2d(in_channels=1)],
            "in_channels is 1, but the input gives 3 channels (3×8×8).",
            "Set in_channels to 3,",
        ),
        (
            [Conv2d(out_channels=7), BatchNorm2d(num_features=6)],
            "num_features is 6, but `conv1` gives 7 channels (7×6×6).",
            "Set num_features to 7,",
        ),
        (
            [Flatten(), Linear(in_features=100)],
            "in_features is 100, but `flatten1` gives 192 values.",
            "Set in_features to 192,",
        ),
        ([ReLU(), Linear()], "`relu1` gives 3×8×8", "Flatten"),
        ([Flatten(), Conv2d()], "`flatten1` gives a plain row of 192 values", "before the Flatten"),
        ([Flatten(), AvgPool2d()], "`flatten1` gives a plain row of 192 values", "before the"),
        ([MaxPool2d(padding=2)], "2·2 is more than 2", "at most 1, or a kernel_size of at least 4"),
        (
            [MaxPool2d(kernel_size=(3, 5), dilation=(1, 3), padding=(0, 1))],
            "Width 8 + 2·1 − 3·(5 − 1) − 1 = −3: the 3×5 kernel with its gaps is larger than the "
            "picture that arrives from the input (8×8, without its padding).",
            "Take a kernel_size of at most (8, 4) here, or",
        ),
    ],
)
def test_failures_name_numbers_and_a_remedy(
    layers: list[LayerSpec], problem: str, remedy: str
) -> None:
    failure = broken(*layers)
    assert problem in failure.problem
    assert remedy in failure.remedy


@given(networks())
@hypothesis_settings(max_examples=300)
def test_the_numbers_a_remedy_offers_work(spec: NetworkSpec) -> None:
    failure = trace(spec).failure
    if failure is None or "kernel_size of at most" not in failure.remedy:
        return
    if " and a padding" in failure.remedy:
        return  # both together: see the tests of the checks
    offers = re.findall(
        r"(kernel_size|padding) of at (?:most|least) (\d+|\(\d+, \d+\))(?! *\+)", failure.remedy
    )
    assert offers
    for field, text in offers:
        limit = tuple(int(number) for number in re.findall(r"\d+", text))
        limits = limit * 2 if len(limit) == 1 else limit
        layer = spec.layers[failure.path[0]]
        choose = min if field == "kernel_size" else max
        sizes = tuple(map(choose, getattr(layer, field), limits))
        mended = list(spec.layers)
        mended[failure.path[0]] = type(layer)(**{**dict(layer), field: sizes})
        after = trace(spec.with_layers(mended)).failure
        pool_padding = (
            field == "kernel_size" and after and "half of its kernel_size" in after.problem
        )
        assert after is None or after.path[0] > failure.path[0] or pool_padding


def test_a_trillion_parameters_are_refused_at_once() -> None:
    layers = [Conv2d(out_channels=10**6, kernel_size=1)] * 2
    start = time.thread_time()
    failure = broken(*layers, size=1, channels=1)
    assert time.thread_time() - start < 0.1
    assert failure.name == "conv2"
    assert "1,000,003,000,000 parameters; at most 50,000,000 are allowed" in failure.problem


def test_the_largest_numbers_that_can_be_written_are_refused_before_pytorch_sees_them() -> None:
    layers = [Conv2d(out_channels=10**6, kernel_size=256, padding=256)] * 3
    assert "at most 50,000,000 are allowed" in broken(*layers, channels=4096, size=64).problem


def test_too_many_activations_are_refused() -> None:
    failure = broken(Conv2d(out_channels=1000, kernel_size=1), size=400)
    assert "160,000,000 values per picture; at most 40,000,000" in failure.problem


def test_the_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_PARAMETERS", "13685")
    settings.cache_clear()
    failure = trace(TUTORIAL_CNN).failure
    assert failure is not None
    assert failure.name == "fc1"
    assert "13,686 parameters; at most 13,685" in failure.problem


def test_the_tutorial_networks_shapes_and_parameters() -> None:
    traced = trace(TUTORIAL_CNN)
    assert [row.output_shape for row in traced.rows] == [
        (16, 28, 28),
        (16, 14, 14),
        (32, 12, 12),
        (32, 7, 7),
        (64, 7, 7),
        (4, 3, 3),
        (36,),
        (10,),
    ]
    assert [row.parameters for row in traced.rows] == [160, 0, 4640, 0, 2112, 6404, 0, 370]
    assert (traced.parameters, traced.mult_adds) == (13_686, 934_760)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Fully connected (tutorial)", 12_730),
        ("LeNet-5", 61_706),
        ("Rock-paper-scissors CNN", 781_123),
        ("VGG-like CIFAR CNN", 3_249_994),
    ],
)
def test_published_parameter_counts(name: str, parameters: int) -> None:
    assert trace(PRESETS[name]).parameters == parameters


def test_tracing_eight_layers_is_quick() -> None:
    def seconds() -> float:
        start = time.thread_time()
        trace(TUTORIAL_CNN)
        return time.thread_time() - start

    assert min(seconds() for _ in range(5)) < 0.05


def test_tracing_uses_up_no_random_numbers() -> None:
    state = torch.get_rng_state()
    trace(TUTORIAL_CNN)
    assert torch.equal(torch.get_rng_state(), state)


def test_rows_have_the_shapes_of_weight_and_bias() -> None:
    rows = trace(TUTORIAL_CNN).rows
    assert (rows[2].weight_shape, rows[2].bias_shape) == ((32, 16, 3, 3), (32,))
    assert (rows[7].weight_shape, rows[7].bias_shape) == ((10, 36), (10,))
    assert (rows[1].weight_shape, rows[1].bias_shape) == (None, None)
    assert (rows[2].parameter_bytes, rows[2].activation_bytes) == (4 * 4640, 4 * 32 * 12 * 12)


def test_training_memory_is_weights_and_activations_with_their_gradients() -> None:
    traced = trace(TUTORIAL_CNN)
    per_picture = 4 * (784 + 2 * traced.activations)
    assert traced.training_bytes(1, "sgd") == 4 * 2 * 13_686 + per_picture
    assert traced.training_bytes(64, "adam") == 4 * 4 * 13_686 + 64 * per_picture


def test_what_was_traced_before_is_not_computed_again() -> None:
    layers = [Conv2d(padding=1, out_channels=3 + index) for index in range(200)]
    spec = TUTORIAL_CNN.with_layers(layers)
    trace(spec)
    start = time.thread_time()
    trace(spec.with_layers([*layers[:100], ReLU(), *layers[100:]]))
    assert time.thread_time() - start < 0.3
