"""A network as an ONNX file, to run it without PyTorch.

The file is written from the built module, node by node, in milliseconds, and agrees with PyTorch
within 1e-4 for every kind of layer. PyTorch's own exporters were measured beside it (PyTorch 2.15):
`torch.onnx.export` takes 1 to 6 s a network (with dynamo=False, which is being given up, 0.1 to
1.7 s) and replaces methods of `nn.Module` for the whole process meanwhile, which sessions in other
threads would run into. Both leave divisor_override out without saying so, and write transposed
convolutions with an output_padding beyond the stride that ONNX Runtime refuses; dynamo=False also
refuses adaptive pooling to sizes that do not divide what arrives.
"""

from onnx import helper
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import edit, modules, onnx_layers, onnx_pooling
from explorer.network.base import Shape
from explorer.network.blocks import joined
from explorer.network.onnx_graph import Graph, described
from explorer.network.onnx_writers import WRITERS
from explorer.network.shapes import trace
from explorer.network.spec import NetworkSpec
from explorer.network.trace import FLOAT_BYTES, Trace

OPSET = 20
"""The version of ONNX's operators; ONNX Runtime knows it since 1.17."""
MOST_BYTES = 2 * 10**9
"""A file in ONNX's format holds less than 2 GiB."""
INPUT, OUTPUT = "input", "output"
DECLARED = (onnx_layers, onnx_pooling)
"""The modules that say how layers are written; importing them fills `WRITERS`."""


def onnx_bytes(spec: NetworkSpec, module: nn.Module) -> bytes:
    """The network with the weights of `module`, as it is used: without dropout, batch of any size.

    It takes `input`, (batch, C, H, W) float32 pixels in 0..1, and gives `output`; the normalisation
    is part of it. Nodes are named after the layers, weights as in `state_dict`.

    Args:
        spec: The network.
        module: What `build` made of it, on any device.

    Raises:
        ExplorerError: If a layer fails, or the file would be larger than the format allows.
    """
    traced = trace(spec)
    require_exportable(spec, traced)
    graph = Graph()
    shapes = {row.name: (row.input_shape, row.output_shape) for row in traced.rows}
    value = _write(graph, module, "", INPUT, (spec.input.shape, shapes))
    graph.nodes.append(helper.make_node("Identity", [value], [OUTPUT], name=OUTPUT))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "network",
            [described(INPUT, spec.input.shape)],
            [described(OUTPUT, traced.output_shape)],
            list(graph.weights.values()),
            doc_string=spec.name,
            value_info=graph.values,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="CNN Visual Explorer",
    )
    model.ir_version = helper.find_min_ir_version_for(model.opset_import)
    return model.SerializeToString()


def require_exportable(spec: NetworkSpec, traced: Trace) -> None:
    """Raise an ExplorerError if a network cannot be written as ONNX; nothing is built for it."""
    traced.require_complete()
    size = traced.parameters * FLOAT_BYTES
    if size > MOST_BYTES:
        raise ExplorerError(
            f"The weights take {size / 1e9:.1f} GB; an ONNX file holds at most "
            f"{MOST_BYTES / 1e9:.1f} GB.",
            "Take fewer channels or features.",
        )
    for row in traced.leaves:
        if row.kind == "Upsample":
            node = edit.at(spec, row.path)
            onnx_pooling.require_small_tables(row.name, node, row.input_shape, row.output_shape)


_Shapes = tuple[Shape, dict[str, tuple[Shape, Shape]]]
"""The network's input, and by full name what goes in and comes out."""


def _write(graph: Graph, module: nn.Module, name: str, value: str, shapes: _Shapes) -> str:
    """Add the nodes of a module and of those in it; returns what it puts out."""

    def inner(part: str, arrives: str) -> str:
        return _write(graph, module.get_submodule(part), joined(name, part), arrives, shapes)

    parts = [part for part, _ in module.named_children()]
    if isinstance(module, modules.Residual):
        ends = [inner(part, value) for part in parts]
        graph.enter(name, module)
        return graph.node("Add", ends)
    if isinstance(module, modules.Concatenate | modules.Add):
        ends = [inner(part, value) for part in parts]
        graph.enter(name, module)
        if isinstance(module, modules.Concatenate):
            return graph.node("Concat", ends, axis=1)
        return graph.node("Sum", ends)
    if isinstance(module, nn.Sequential):
        for part in parts:
            value = inner(part, value)
        return value
    graph.enter(name, module)
    if isinstance(module, modules.Normalise):
        return graph.node(
            "Div", [graph.node("Sub", [value, graph.weight("mean")]), graph.weight("std")]
        )
    writer = WRITERS.get(type(module))
    if writer is None:
        raise ExplorerError(f"`{name}` cannot be written as ONNX: it is a {type(module).__name__}.")
    arrives, leaves = shapes[1].get(name, (shapes[0], shapes[0]))
    output = writer(graph, module, value, arrives)
    if output != value:
        graph.describe(output, leaves)
    return output
