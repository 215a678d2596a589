"""One network, looked at from every side: they have to agree. Each function asserts one of them."""

import warnings
from typing import Any

import onnxruntime
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, read_network
from explorer.network.base import LayerSpec, short
from explorer.network.blocks import walk
from explorer.network.build import build
from explorer.network.codegen import source
from explorer.network.codegen_forms import sequential_source
from explorer.network.importing import read_source
from explorer.network.link import network_from_text, network_to_text
from explorer.network.nodes import INFERRED
from explorer.network.onnx_export import onnx_bytes
from explorer.network.shapes import trace

BATCH = 2
TOLERANCE = 1e-4


def assert_trace_is_forward(spec: NetworkSpec) -> nn.Module:
    """Shapes, parameters and mult-adds of every row are those of the module when it is run."""
    traced = trace(spec)
    assert traced.failure is None
    module = build(spec).eval()
    seen: dict[str, tuple[int, ...]] = {}
    for name, part in module.named_modules():
        part.register_forward_hook(
            lambda _part, _inputs, output, name=name: seen.update({name: tuple(output.shape[1:])})
        )
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        output = module(torch.rand(BATCH, *spec.input.shape))
    assert tuple(output.shape) == (BATCH, *traced.output_shape)
    for row in traced.rows:
        assert seen[row.name] == row.output_shape, row.name
        part = module.get_submodule(row.name)
        assert sum(each.numel() for each in part.parameters()) == row.parameters, row.name
    assert sum(each.numel() for each in module.parameters()) == traced.parameters
    fresh = build(spec).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        fresh(torch.rand(1, *spec.input.shape))
    assert counter.get_total_flops() // 2 == traced.mult_adds
    return fresh


def made(text: str) -> nn.Module:
    """The module of generated source."""
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, "generated.py", "exec"), namespace)  # what is tested
    return namespace["model"] if "model" in namespace else namespace["Network"]()


def assert_code_is_the_module(spec: NetworkSpec, module: nn.Module) -> None:
    """The class, and where it can be written the Sequential, give the same to the last bit."""
    pixels = torch.rand(BATCH, *spec.input.shape)
    weights = module.state_dict()
    texts = [source(spec)]
    try:
        texts.append(sequential_source(spec))
    except ExplorerError as error:
        assert error.problem
    for text in texts:
        written = made(text).eval()
        written.load_state_dict(dict(zip(written.state_dict(), weights.values(), strict=True)))
        with torch.no_grad():
            expected, output = module(pixels), written(pixels)
        torch.testing.assert_close(output, expected, rtol=0, atol=0, equal_nan=True)


def assert_comes_back(spec: NetworkSpec) -> None:
    """From JSON and a link the same spec; from its own code the same layers and blocks."""
    assert read_network(spec.model_dump_json()) == spec
    assert network_from_text(network_to_text(spec)) == spec
    back = read_source(source(spec), spec.input)
    for ours, theirs in zip(_described(spec), _described(back), strict=True):
        assert ours == theirs


def _described(spec: NetworkSpec) -> list[Any]:
    """What the layers are; code may say what is inferred, and one size for a tuple of one."""
    return [(path, node.kind, _fields(node)) for path, _, node in walk(spec.layers)]


def _fields(node: LayerSpec) -> list[Any]:
    return [
        (field, short(getattr(node, field)))
        for field in node.parameter_fields()
        if field not in INFERRED
    ]


def assert_onnx_is_the_module(spec: NetworkSpec, module: nn.Module) -> None:
    """ONNX Runtime computes the same from the file."""
    for name, buffer in module.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            nn.init.uniform_(buffer, 0.5, 2)
    session = onnxruntime.InferenceSession(
        onnx_bytes(spec, module), providers=["CPUExecutionProvider"]
    )
    pixels = torch.rand(BATCH, *spec.input.shape)
    (output,) = session.run(None, {"input": pixels.numpy()})
    with torch.no_grad():
        expected = module(pixels)
    torch.testing.assert_close(
        torch.from_numpy(output), expected, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
    )
