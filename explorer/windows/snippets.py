"""The PyTorch lines that do what a scene shows, to copy."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.poolings import AdaptivePooling, Pooling
from explorer.windows.scene import Scene
from explorer.windows.tensors import out_channels
from explorer.windows.unpooling import MaxUnpooling
from explorer.windows.window import Window, same_padding

AXES = {1: "length", 2: "height, width", 3: "depth, height, width"}
MOST_WRITTEN = 256  # values of a picture that are written out; of a larger one only the shape is
MODULES = {"max": "MaxPool", "average": "AvgPool", "lp": "LPPool"}
FUNCTIONS = {"max": "max_pool", "average": "avg_pool", "lp": "lp_pool"}
PADS = {
    "zeros": "ZeroPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}


def pytorch_code(scene: Scene) -> str:
    """Runnable lines that compute `output`.

    A small picture is written out; for a larger one `picture` is random numbers of its shape, to
    be replaced.
    """
    operation, axes = scene.operation, AXES[scene.operation.dimensions]
    lines = ["import torch", "from torch.nn import functional", ""]
    lines += _input("picture", scene.input, f"(channels, {axes})")
    if scene.indices is not None:
        lines += _input("indices", scene.indices, "as from max pooling with return_indices=True")
    if scene.weight is not None:
        lines.append(f"weight = {_weight(scene.weight)}")
        names = ("in", "out") if isinstance(operation, TransposedConvolution) else ("out", "in")
        if isinstance(operation, Convolution | TransposedConvolution) and operation.groups > 1:
            axes = f"of a group, {axes}"
        shape = tuple(scene.weight.shape)
        lines.append(f"# weight: {shape}, ({names[0]}_channels, {names[1]}_channels, {axes})")
    lines += _call(scene)
    lines.append(f"# output: {tuple(scene.output.shape)}")
    return "\n".join(lines)


def pytorch_line(scene: Scene) -> str:
    """The same as one line with a module of `torch.nn`, without arguments that are the defaults.

    It names no weights. Padding that differs before and after, which the modules cannot do, is a
    module of its own before them.
    """
    operation, dimensions = scene.operation, scene.operation.dimensions
    if isinstance(operation, AdaptivePooling):
        name = "Max" if operation.kind == "adaptive_max" else "Avg"
        size = _short(operation.target_size)
        return f"nn.Adaptive{name}Pool{dimensions}d({size})"
    if isinstance(operation, MaxUnpooling):
        arguments = _arguments([], _pool_window(operation.window))
        return (
            f"nn.MaxUnpool{dimensions}d({arguments})"
            f"(picture, indices, output_size={operation.target_size})"
        )
    if isinstance(operation, Pooling):
        return f"nn.{MODULES[operation.kind]}{dimensions}d({_pooling_arguments(operation)})"
    return _convolution_line(scene, operation)


def _convolution_line(scene: Scene, operation: Convolution | TransposedConvolution) -> str:
    assert scene.weight is not None
    window, dimensions = operation.window, operation.dimensions
    settings: dict[str, object] = {"kernel_size": _short(window.kernel_size)}
    if set(window.stride) != {1}:
        settings["stride"] = _short(window.stride)
    before = ""
    if window.alike:
        if any(cells for pair in window.padding for cells in pair):
            settings["padding"] = _short([cells for cells, _ in window.padding])
    elif set(window.stride) == {1} and window.padding == same_padding(
        window.kernel_size, window.dilation
    ):
        settings["padding"] = '"same"'
    else:
        mode = operation.padding_mode if isinstance(operation, Convolution) else "zeros"
        before = f"nn.{PADS[mode]}{dimensions}d({_sides(window)})"
    if isinstance(operation, TransposedConvolution) and any(operation.output_padding):
        settings["output_padding"] = _short(operation.output_padding)
    if set(window.dilation) != {1}:
        settings["dilation"] = _short(window.dilation)
    if operation.groups != 1:
        settings["groups"] = operation.groups
    if scene.bias is None:
        settings["bias"] = False
    if isinstance(operation, Convolution) and operation.padding_mode != "zeros" and not before:
        settings["padding_mode"] = f'"{operation.padding_mode}"'
    channels = [str(len(scene.input)), str(out_channels(operation, scene.weight))]
    arguments = _arguments(channels, settings)
    name = "ConvTranspose" if isinstance(operation, TransposedConvolution) else "Conv"
    module = f"nn.{name}{dimensions}d({arguments})"
    return f"nn.Sequential({before}, {module})" if before else module


def _pooling_arguments(operation: Pooling) -> str:
    window = operation.window
    settings = _pool_window(window)
    if operation.kind == "lp":
        settings = {"norm_type": _number(operation.norm_type), **settings}
    if set(window.dilation) != {1}:
        settings["dilation"] = _short(window.dilation)
    if operation.ceil_mode:
        settings["ceil_mode"] = True
    if operation.kind == "average" and not operation.count_include_pad:
        settings["count_include_pad"] = False
    if operation.kind == "average" and operation.divisor_override is not None:
        settings["divisor_override"] = operation.divisor_override
    return _arguments([], settings)


def _pool_window(window: Window) -> dict[str, object]:
    """Kernel, stride and padding of a pooling, whose stride is its kernel size by default."""
    settings: dict[str, object] = {"kernel_size": _short(window.kernel_size)}
    if window.stride != window.kernel_size:
        settings["stride"] = _short(window.stride)
    if any(before for before, _ in window.padding):
        settings["padding"] = _short([before for before, _ in window.padding])
    return settings


def _call(scene: Scene) -> list[str]:
    """The lines that compute `output`, with all arguments."""
    operation, dimensions = scene.operation, scene.operation.dimensions
    if isinstance(operation, AdaptivePooling):
        name = "max" if operation.kind == "adaptive_max" else "avg"
        size = operation.target_size
        return [f"output = functional.adaptive_{name}_pool{dimensions}d(picture, {size})"]
    window = operation.window
    padding = tuple(before for before, _ in window.padding)
    if isinstance(operation, MaxUnpooling):
        settings = {"stride": window.stride, "padding": padding}
        settings["output_size"] = operation.target_size
        return _function(f"max_unpool{dimensions}d", "picture, indices", window, settings)
    if isinstance(operation, Pooling):
        return _pooling_call(operation, padding)
    lines = []
    if isinstance(operation, Convolution) and not _plain(operation):
        mode = "" if operation.padding_mode == "zeros" else f', mode="{operation.padding_mode}"'
        sides = f"({_sides(window).strip('()')})"
        lines.append(f"padded = functional.pad(picture, {sides}{mode})  # last axis first")
        padding = (0,) * dimensions
    bias = "None" if scene.bias is None else f"torch.tensor({_nested(scene.bias, 0)})"
    settings = {"stride": window.stride, "padding": padding, "dilation": window.dilation}
    name = "conv"
    if isinstance(operation, TransposedConvolution):
        name = "conv_transpose"
        settings["output_padding"] = operation.output_padding
    if operation.groups != 1:
        settings["groups"] = operation.groups
    source = "padded" if lines else "picture"
    call = _function(f"{name}{dimensions}d", f"{source}, weight, bias={bias}", None, settings)
    return lines + call


def _pooling_call(operation: Pooling, padding: tuple[int, ...]) -> list[str]:
    window, settings = operation.window, dict[str, Any](stride=operation.window.stride)
    first = "picture"
    if operation.kind == "lp":
        first = f"picture, norm_type={_number(operation.norm_type)}"
        if operation.dimensions == 1:
            settings["stride"] = window.stride[0]
    else:
        settings["padding"] = padding
    if operation.kind == "max":
        settings["dilation"] = window.dilation
    if operation.ceil_mode:
        settings["ceil_mode"] = True
    if operation.kind == "average" and not operation.count_include_pad:
        settings["count_include_pad"] = False
    if operation.kind == "average" and operation.divisor_override is not None:
        settings["divisor_override"] = operation.divisor_override
    name = f"{FUNCTIONS[operation.kind]}{operation.dimensions}d"
    return _function(name, first, window, settings)


def _function(
    name: str, first: str, window: Window | None, settings: Mapping[str, object]
) -> list[str]:
    """A call over three lines."""
    arguments = _arguments([], settings)
    if window is not None:
        # lp_pool1d alone wants a number
        size = window.kernel_size[0] if name == "lp_pool1d" else window.kernel_size
        arguments = f"kernel_size={size}, {arguments}"
    return [f"output = functional.{name}(", f"    {first},", f"    {arguments},", ")"]


def _plain(operation: Convolution) -> bool:
    """Whether PyTorch's function can pad by itself."""
    return operation.window.alike and operation.padding_mode == "zeros"


def _arguments(positional: Sequence[str], settings: Mapping[str, object]) -> str:
    return ", ".join([*positional, *(f"{name}={value}" for name, value in settings.items())])


def _short(values: Sequence[int]) -> str:
    """One number where it holds for all axes."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _sides(window: Window) -> str:
    """The padding as modules and `functional.pad` want it: the last axis first."""
    return str(tuple(cells for pair in reversed(window.padding) for cells in pair))


def _input(name: str, values: Tensor, says: str) -> list[str]:
    shape = tuple(values.shape)
    if values.numel() <= MOST_WRITTEN:
        return [f"{name} = torch.tensor({_nested(values, 0)})", f"# {name}: {shape}, {says}"]
    if name == "picture":
        return [f"picture = torch.rand{shape}  # {says}: put yours here"]
    return [f"{name} = torch.zeros({shape}, dtype=torch.int64)  # {says}: put yours here"]


def _weight(weight: Tensor) -> str:
    """The weight's numbers; written once and repeated where all channels have the same."""
    channels = weight.shape[1]
    if len(weight) == 1 and channels > 1 and torch.equal(weight, weight[:, :1].expand_as(weight)):
        repeated = ", ".join(map(str, weight.shape))
        return f"torch.tensor({_nested(weight[:, :1], 0)}).expand({repeated})"
    return f"torch.tensor({_nested(weight, 0)})"


def _nested(values: Tensor, depth: int) -> str:
    if values.dim() == 1:
        return "[" + ", ".join(map(_text, values.tolist())) + "]"
    if len(values) == 1:
        return f"[{_nested(values[0], depth)}]"
    indent = "    " * (depth + 1)
    rows = "".join(f"{indent}{_nested(row, depth + 1)},\n" for row in values)
    return f"[\n{rows}{'    ' * depth}]"


def _text(value: float) -> str:
    # as short as float32 allows: 0.1, not 0.10000000149011612
    text = str(value) if isinstance(value, int) else str(np.float32(value))
    return f'float("{text}")' if text in ("inf", "-inf", "nan") else text
