"""ONNX files: ONNX Runtime computes with them what PyTorch does."""

from random import Random
from threading import Thread

import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network import onnx_export as exporting
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.build import build
from explorer.network.layers import KINDS, Conv2d, Dropout, Flatten, Linear, MaxPool1d, Upsample
from explorer.network.onnx_export import onnx_bytes
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from tests.network.layer_examples import EXAMPLES
from tests.network.nested import nested_networks
from tests.network.random_layers import random_layer, random_shape

TOLERANCE = 1e-4
OF_EACH_KIND = 4
FEW_PARAMETERS = 12_000_000


def with_statistics(module: nn.Module) -> nn.Module:
    """The module as it is used, its running means and variances as after some training."""
    for name, buffer in module.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            nn.init.uniform_(buffer, 0.5, 2)
    for parameter in module.parameters():
        if parameter.dim() == 1:  # else scales are 1 and shifts 0
            nn.init.uniform_(parameter, -1, 1)
    return module.eval()


def run(data: bytes, pixels: torch.Tensor) -> torch.Tensor:
    """What ONNX Runtime makes of the file, which is checked first."""
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (output,) = session.run(["output"], {"input": pixels.numpy()})
    return torch.from_numpy(output)


def assert_same(spec: NetworkSpec) -> None:
    module = with_statistics(build(spec))
    data = onnx_bytes(spec, module)
    for batch in (1, 3):
        pixels = torch.rand(batch, *spec.input.shape)
        with torch.no_grad():
            expected = module(pixels)
        torch.testing.assert_close(run(data, pixels), expected, rtol=TOLERANCE, atol=TOLERANCE)


def of_layer(layer: LayerSpec, shape: Shape) -> NetworkSpec:
    """A network with one layer; a row of values is laid out first."""
    names = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}
    sizes = shape[1:] or (1,)
    fields = {"channels": shape[0], "height": None, **dict(zip(names[len(sizes)], sizes))}  # noqa: B905
    before = () if shape[1:] else (Flatten(),)
    input = InputShape.model_validate(fields)
    return NetworkSpec(name="one", input=input, layers=(*before, layer))


@pytest.mark.parametrize(("layer", "shape"), [example[:2] for example in EXAMPLES])
def test_examples_of_every_family(layer: LayerSpec, shape: Shape) -> None:
    assert_same(of_layer(layer, shape))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_random_layers_of_every_kind(kind: str) -> None:
    random, done = Random(kind), 0
    while done < OF_EACH_KIND:
        shape = random_shape(random, KINDS[kind])
        spec = of_layer(random_layer(random, KINDS[kind], shape), shape)
        if trace(spec).failure or (kind.startswith("BatchNorm") and not tracks(spec)):
            continue
        assert_same(spec)
        done += 1


def tracks(spec: NetworkSpec) -> bool:
    """Whether single pictures mean something to it: not if the batch has the statistics."""
    return getattr(spec.layers[-1], "track_running_stats", True)


def test_statistics_of_the_batch_itself() -> None:
    layer = KINDS["BatchNorm2d"].model_validate({"track_running_stats": False})
    assert_same(of_layer(layer, (3, 5, 4)))


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    spec = PRESETS[name]
    if trace(spec).parameters <= FEW_PARAMETERS:
        assert_same(spec)


@given(nested_networks())
@hypothesis_settings(max_examples=25, deadline=None)
def test_blocks(spec: NetworkSpec) -> None:
    failure = trace(spec).failure
    if failure:
        spec = spec.with_layers(spec.layers[: failure.path[0]])
    assert_same(spec)


def test_what_pytorchs_own_exporters_get_wrong() -> None:
    for kind, fields, shape in [
        ("AvgPool2d", {"kernel_size": 2, "divisor_override": 5}, (2, 5, 5)),
        ("AdaptiveAvgPool2d", {"output_size": (3, None)}, (2, 7, 5)),
        ("AdaptiveMaxPool2d", {"output_size": (3, 2)}, (2, 7, 5)),
        ("ConvTranspose1d", {"output_padding": 1, "dilation": 3, "stride": 1}, (2, 7)),
        ("MaxPool1d", {"kernel_size": 2, "padding": 1, "dilation": 2, "ceil_mode": True}, (6, 6)),
        ("Conv1d", {"kernel_size": 2, "padding": "same", "padding_mode": "circular"}, (2, 7)),
    ]:
        assert_same(of_layer(KINDS[kind].model_validate(fields), shape))


def test_names_are_those_of_the_layers() -> None:
    spec = NetworkSpec(
        name="<b>names</b>",
        input=InputShape(channels=3, height=8, width=8),
        normalisation=Normalisation(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4)),
        layers=(
            Sequential(name="stage", repeat=2, layers=(Conv2d(out_channels=3, padding=1),)),
            Residual(name="skip", body=(Conv2d(out_channels=4, padding=1),), shortcut="projection"),
            Branches(name="ways", branches=((Conv2d(kernel_size=1),), ())),
            Dropout(),
            Flatten(),
            Linear(name="classes"),
        ),
    )
    module = build(spec)
    graph = onnx.load_from_string(onnx_bytes(spec, module)).graph
    state = module.state_dict()
    weights = {each.name for each in graph.initializer}
    counters = {name for name in state if name.endswith("num_batches_tracked")}
    assert weights >= set(state) - counters
    assert [node.name for node in graph.node][:3] == [
        "normalise/Sub",
        "normalise/Div",
        "stage.0.conv1/Conv",
    ]
    assert {"skip/Add", "ways/Concat", "classes/Gemm"} <= {node.name for node in graph.node}
    (size,) = [each for each in graph.input if each.name == "input"]
    axes = [axis.dim_param or axis.dim_value for axis in size.type.tensor_type.shape.dim]
    assert axes == ["batch", 3, 8, 8]
    assert_same(spec)


def test_what_does_not_work_is_refused_with_its_reason() -> None:
    broken = TUTORIAL_CNN.with_layers([*TUTORIAL_CNN.layers[:-2], Conv2d(kernel_size=9)])
    with pytest.raises(ExplorerError, match="conv5"):
        onnx_bytes(broken, build(TUTORIAL_CNN))


def test_tables_are_only_as_large_as_may_be() -> None:
    def longer(mode: str, factor: float) -> NetworkSpec:
        layer = Upsample.model_validate({"name": "longer", "mode": mode, "scale_factor": factor})
        wide = InputShape(channels=1, height=None, width=4000)
        return NetworkSpec(name="wide", input=wide, layers=(layer,))

    for mode, factor in [("linear", 2), ("nearest", 2.5), ("nearest-exact", 2.5), ("nearest", 3)]:
        assert_same(longer(mode, factor))
    uneven = longer("linear", 2.5)
    with pytest.raises(ExplorerError, match="`longer` makes 10,000 cells of 4,000"):
        onnx_bytes(uneven, build(uneven))


def test_files_larger_than_the_format_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 50_000)
    with pytest.raises(ExplorerError, match="at most"):
        onnx_bytes(TUTORIAL_CNN, build(TUTORIAL_CNN))


def test_sessions_may_export_at_the_same_time() -> None:
    spec = of_layer(MaxPool1d(), (3, 8))
    networks = [PRESETS["Small DenseNet"], TUTORIAL_CNN, spec] * 4
    modules = [build(each).eval() for each in networks]
    alone = [onnx_bytes(each, module) for each, module in zip(networks, modules, strict=True)]
    together: dict[int, bytes] = {}

    def export(number: int) -> None:
        together[number] = onnx_bytes(networks[number], modules[number])

    threads = [Thread(target=export, args=(number,)) for number in range(len(networks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(len(networks))] == alone
