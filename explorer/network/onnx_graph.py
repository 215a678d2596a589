"""An ONNX graph while it is written: nodes and weights, named after the layers they belong to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import onnx
from onnx import helper, numpy_helper
from torch import Tensor, nn

from explorer.network.base import Shape

BATCH = "batch"
"""The name of the first axis of everything, whose size is left open."""


@dataclass
class Graph:
    """What has been written so far, and the layer that is being written."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: dict[str, onnx.TensorProto] = field(default_factory=dict)
    values: list[onnx.ValueInfoProto] = field(default_factory=list)
    name: str = ""
    """The full name of the layer, as in the trace: "block1.body.conv1"."""
    module: nn.Module = field(default_factory=nn.Identity)
    _used: Counter[str] = field(default_factory=Counter)

    def enter(self, name: str, module: nn.Module) -> None:
        """What is written from now on belongs to this layer."""
        self.name, self.module = name, module

    def node(self, operator: str, values: list[str], **attributes: Any) -> str:
        """Add an operator; returns the name of what it puts out: "conv1/Conv"."""
        name = f"{self.name}/{operator}"
        self._used[name] += 1
        if self._used[name] > 1:
            name += f"_{self._used[name]}"
        self.nodes.append(helper.make_node(operator, values, [name], name=name, **attributes))
        return name

    def weight(self, name: str) -> str:
        """A parameter or buffer of the layer, under the name it has in `state_dict`."""
        return self.constant(name, getattr(self.module, name))

    def constant(self, name: str, values: Tensor) -> str:
        """Numbers that belong to the layer."""
        full = f"{self.name}.{name}"
        array = values.detach().cpu().contiguous().numpy()
        self.weights[full] = numpy_helper.from_array(array, full)
        return full

    def describe(self, value: str, shape: Shape) -> None:
        """Say what shape a value has, without the batch, for those who look at the graph."""
        self.values.append(described(value, shape))


def described(value: str, shape: Shape) -> onnx.ValueInfoProto:
    """A value of float32 numbers with the batch as its first, open axis."""
    return helper.make_tensor_value_info(value, onnx.TensorProto.FLOAT, [BATCH, *shape])
