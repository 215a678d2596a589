"""The PyTorch lines that do what a scene shows, to copy."""

import numpy as np
import torch
from torch import Tensor

from explorer.windows.geometry import Window
from explorer.windows.scene import Scene

_AXES = {1: "length", 2: "height, width", 3: "depth, height, width"}


def pytorch_code(scene: Scene) -> str:
    """Runnable lines that compute `output` from a tensor named `picture`, (C, *spatial) float32."""
    axes = _AXES[scene.window.dimensions]
    lines = ["import torch", "from torch.nn import functional", ""]
    shape = tuple(scene.input.shape)
    lines.append(f"# picture: a float32 tensor of shape {shape}, (channels, {axes})")
    lines += _padding(scene) if _sides_differ(scene.window) else []
    if scene.weight is None:
        lines.append(_pooling(scene))
    else:
        lines.append(f"weight = {_weight(scene.weight)}")
        lines.append(f"# weight: {tuple(scene.weight.shape)}, (out_channels, in_channels, {axes})")
        lines.append(_convolution(scene))
    lines.append(f"# output: {tuple(scene.output.shape)}")
    return "\n".join(lines)


def _convolution(scene: Scene) -> str:
    window = scene.window
    bias = "None" if scene.bias is None else f"torch.tensor({_nested(scene.bias, 0)})"
    return (
        f"output = functional.conv{window.dimensions}d(\n"
        f"    picture, weight, bias={bias}, stride={window.stride},\n"
        f"    padding={_symmetric(window)}, dilation={window.dilation},\n)"
    )


def _pooling(scene: Scene) -> str:
    window = scene.window
    kind = "max" if scene.operation == "max" else "avg"
    dilation = f", dilation={window.dilation}" if kind == "max" else ""
    return (
        f"output = functional.{kind}_pool{window.dimensions}d(\n"
        f"    picture, kernel_size={window.kernel_size}, stride={window.stride},\n"
        f"    padding={_symmetric(window)}{dilation},\n)"
    )


def _sides_differ(window: Window) -> bool:
    return any(before != after for before, after in window.padding)


def _symmetric(window: Window) -> tuple[int, ...]:
    """PyTorch's padding argument; 0 where the sides differ and were padded beforehand."""
    if _sides_differ(window):
        return (0,) * window.dimensions
    return tuple(before for before, _ in window.padding)


def _padding(scene: Scene) -> list[str]:
    sides = tuple(cells for pair in reversed(scene.window.padding) for cells in pair)
    value = ', value=float("-inf")' if scene.operation == "max" else ""
    return [f"picture = functional.pad(picture, {sides}{value})  # last axis first"]


def _weight(weight: Tensor) -> str:
    """The weight's numbers; written once and repeated where all channels have the same."""
    channels = weight.shape[1]
    if len(weight) == 1 and channels > 1 and torch.equal(weight, weight[:, :1].expand_as(weight)):
        repeated = ", ".join(map(str, weight.shape))
        return f"torch.tensor({_nested(weight[:, :1], 0)}).expand({repeated})"
    return f"torch.tensor({_nested(weight, 0)})"


def _nested(values: Tensor, depth: int) -> str:
    if values.dim() == 1:
        # as short as float32 allows: 0.1, not 0.10000000149011612
        return "[" + ", ".join(str(np.float32(value)) for value in values.tolist()) + "]"
    if len(values) == 1:
        return f"[{_nested(values[0], depth)}]"
    indent = "    " * (depth + 1)
    rows = "".join(f"{indent}{_nested(row, depth + 1)},\n" for row in values)
    return f"[\n{rows}{'    ' * depth}]"
