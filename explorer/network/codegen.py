"""From a spec to PyTorch source that people can read, run and keep."""

from explorer.network.base import shape_text
from explorer.network.shapes import Trace, trace
from explorer.network.spec import NetworkSpec, Normalisation

_NORMALISE = '''
class Normalise(nn.Module):
    """Subtracts the mean and divides by the standard deviation, channel by channel."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, x):
        return (x - self.mean) / self.std

'''


def source(spec: NetworkSpec) -> str:
    """Source of a module with the layers of `build(spec)`, under the same names.

    Run as a script it prints every layer's output shape for one picture.

    Raises:
        ExplorerError: If the network does not work.
    """
    traced = trace(spec)
    traced.require_complete()
    # `!a` keeps whatever the name contains inside one string on one line.
    return f"""\
# PyTorch source of the network {spec.name!a}
import torch
from torch import nn

{_NORMALISE if spec.normalisation else ""}
class Network(nn.Module):
    def __init__(self):
        super().__init__()
{_indented(_definitions(spec, traced))}

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
    print("parameters", sum(parameter.numel() for parameter in network.parameters()))
"""


def _definitions(spec: NetworkSpec, traced: Trace) -> list[str]:
    lines = [_normalise_line(spec.normalisation)] if spec.normalisation else []
    for layer, row in zip(spec.layers, traced.rows, strict=True):
        lines.append(f"self.{row.name} = {layer.code(row.input_shape)}")
    return lines


def _normalise_line(normalisation: Normalisation) -> str:
    return f"self.normalise = Normalise({list(normalisation.mean)}, {list(normalisation.std)})"


def _steps(spec: NetworkSpec, traced: Trace) -> list[str]:
    lines = ["x = self.normalise(x)"] if spec.normalisation else []
    lines += [f"x = self.{row.name}(x)  # {shape_text(row.output_shape)}" for row in traced.rows]
    return lines


def _indented(lines: list[str]) -> str:
    return "\n".join(" " * 8 + line for line in lines)
