"""From a spec to PyTorch source that people can read, run and keep."""

import inspect
from collections.abc import Iterable
from itertools import groupby

from explorer.network import joins, modules
from explorer.network.base import LayerSpec, Shape, shape_text
from explorer.network.blocks import (
    Block,
    Branches,
    Pretrained,
    Residual,
    Sequential,
    joined,
    names_of,
)
from explorer.network.codegen_lines import fitted
from explorer.network.extractors import EXTRACTORS, WEIGHTS
from explorer.network.shapes import Trace, trace
from explorer.network.spec import NetworkSpec

_Shapes = dict[str, tuple[Shape, Shape]]
"""What goes in and comes out, by full name."""


def source(spec: NetworkSpec) -> str:
    """Source of a module with the layers and blocks of `build(spec)`, under the same names.

    Run as a script it prints the output shape of every child of the network for one picture.

    Raises:
        ExplorerError: If the network does not work.
    """
    traced = trace(spec)
    traced.require_complete()
    definitions = _definitions(spec, traced)
    text = f"""\
{heading(spec, definitions)}
class Network(nn.Module):
    def __init__(self):
        super().__init__()
{_indented(definitions)}

    def forward(self, x):
        # x: (batch, {", ".join(str(size) for size in spec.input.shape)}), pixels from 0 to 1
{_indented(_steps(spec, traced))}
        return x


if __name__ == "__main__":
    network = Network().eval()
    x = torch.rand(1, {", ".join(str(size) for size in spec.input.shape)})
    print("input", tuple(x.shape))
    with torch.no_grad():
        for name, layer in network.named_children():
            x = layer(x)
            print(name, tuple(x.shape))
    print("parameters", sum(each.numel() for each in network.parameters()))
"""
    return fitted(text)


def heading(spec: NetworkSpec, definitions: list[str]) -> str:
    """The network's name, the imports and the classes that the definitions need."""
    # `!a` keeps whatever the name contains inside one string on one line.
    title = f"# PyTorch source of the network {spec.name!a}"
    return f"{title}\n{_imports(definitions)}\n{_classes(spec)}"


def _imports(definitions: list[str]) -> str:
    lines = ["import torch", "from torch import nn"]
    if any("torchvision.models" in line for line in definitions):
        lines.insert(1, "import torchvision")
    if any("OrderedDict" in line for line in definitions):
        lines = ["from collections import OrderedDict", "", *lines]
    return "\n".join(lines) + "\n"


def _classes(spec: NetworkSpec) -> str:
    """Source of those classes of `modules` that the network needs."""
    needed = ["Normalise"] if spec.normalisation else []
    needed += sorted(_block_classes(spec.layers))
    return "".join(f"\n{inspect.getsource(getattr(modules, name))}\n" for name in needed)


def _block_classes(nodes: Iterable[LayerSpec]) -> set[str]:
    blocks = [node for node in nodes if isinstance(node, Block)]
    open_blocks = [block for block in blocks if not block.read_only]
    inside = (_block_classes(nodes) for block in open_blocks for nodes in block.lists)
    return ({_class(block) for block in blocks} - {"nn.Sequential"}).union(*inside)


def _class(block: Block) -> str:
    if isinstance(block, Sequential | Pretrained):
        return "Frozen" if block.is_frozen else "nn.Sequential"
    if isinstance(block, Branches):
        return "Concatenate" if block.join == "concatenate" else "Add"
    return block.kind


def _definitions(spec: NetworkSpec, traced: Trace) -> list[str]:
    lines = [f"self.normalise = {normalise(spec)[0]}"] if spec.normalisation else []
    for name, (first, *rest) in zip(spec.layer_names, calls(spec, traced), strict=True):
        lines += [f"self.{name} = {first}", *rest]
    return lines


def calls(spec: NetworkSpec, traced: Trace) -> list[list[str]]:
    """For each layer or block of the network the lines of the call that makes it."""
    shapes = {row.name: (row.input_shape, row.output_shape) for row in traced.rows}
    return [
        _call(node, name, shapes) for name, node in zip(spec.layer_names, spec.layers, strict=True)
    ]


def normalise(spec: NetworkSpec) -> list[str]:
    """The call that makes the normalisation."""
    assert spec.normalisation
    axes = len(spec.input.shape) - 1
    numbers = f"{list(spec.normalisation.mean)}, {list(spec.normalisation.std)}"
    return [f"Normalise({numbers}{'' if axes == 2 else f', dimensions={axes}'})"]


def _steps(spec: NetworkSpec, traced: Trace) -> list[str]:
    lines = ["x = self.normalise(x)"] if spec.normalisation else []
    outer = [row for row in traced.rows if row.depth == 0]
    lines += [f"x = self.{row.name}(x)  # {shape_text(row.output_shape)}" for row in outer]
    return lines


def _call(node: LayerSpec, name: str, shapes: _Shapes) -> list[str]:
    """The lines of the call that makes a layer or block; the first has no indentation."""
    if isinstance(node, Sequential):
        return _sequential(node, name, shapes)
    if isinstance(node, Pretrained):
        return _pretrained(node)
    if not isinstance(node, Block):
        return [node.code(shapes[name][0])]
    ways = [
        _ordered(nodes, joined(name, part), shapes)
        for part, nodes in zip(node.list_names(), node.lists, strict=True)
    ]
    if isinstance(node, Residual) and node.shortcut == "projection":
        projection = joins.projection(*shapes[name])
        ways.append(_ordered(projection, joined(name, "shortcut"), shapes))
    labels = ("body=", "shortcut=") if isinstance(node, Residual) else ("",) * len(ways)
    arguments = [[f"{label}{way[0]}", *way[1:]] for label, way in zip(labels, ways, strict=False)]
    return _wrapped(f"{_class(node)}(", arguments, ")")


def _sequential(node: Sequential, name: str, shapes: _Shapes) -> list[str]:
    if node.repeat == 1:
        return _ordered(node.layers, name, shapes)
    times = [_ordered(node.layers, f"{name}.{time}", shapes) for time in range(node.repeat)]
    arguments = []
    for lines, same in groupby(times):  # those that are written alike are made in a loop
        count = len(list(same))
        if count == 1:
            arguments.append(lines)
        else:
            loop = [*lines, f"for _ in range({count})"]
            arguments.append(["*[", *(f"    {line}" for line in loop), "]"])
    return _wrapped("nn.Sequential(", arguments, ")")


def _pretrained(node: Pretrained) -> list[str]:
    """torchvision's model without its classifier."""
    known = EXTRACTORS[node.model]
    given = "weights=None" + known.arguments
    if node.weights == "pretrained":
        given = f'weights="{WEIGHTS}"'
    model = f"torchvision.models.{node.model}({given})"
    layers = f"list({model}.children())[:-{known.head}]" if known.head else f"{model}.features"
    if not known.head and not node.frozen:
        return [layers]  # an nn.Sequential already
    return _wrapped(f"{_class(node)}(", [[f"*{layers}"]], ")")


def _ordered(nodes: Iterable[LayerSpec], prefix: str, shapes: _Shapes) -> list[str]:
    nodes = tuple(nodes)
    if not nodes:
        return ["nn.Sequential()"]
    items = []
    for name, node in zip(names_of(nodes), nodes, strict=True):
        first, *rest = _call(node, joined(prefix, name), shapes)
        lines = [f'("{name}", {first}', *rest]
        items.append([*lines[:-1], f"{lines[-1]})"])
    return _wrapped("nn.Sequential(OrderedDict([", items, "]))")


def _wrapped(opening: str, arguments: list[list[str]], closing: str) -> list[str]:
    inner = [f"    {line}" for lines in arguments for line in [*lines[:-1], f"{lines[-1]},"]]
    return [opening, *inner, closing]


def _indented(lines: list[str]) -> str:
    return "\n".join(" " * 8 + line for line in lines)
