"""Everything a picture of one operation needs, as one compact blob for the browser.

Layout, little-endian: `CNNS`, the header's length in bytes (uint32), the header (JSON in UTF-8,
padded with spaces to a multiple of 8), then the arrays in C order, each starting at a multiple of
8 bytes after the header. The header names each array's type, shape and offset. The same operation
on the same picture gives the same bytes, so an unchanged scene is recognised as such.

Read back by `explorer/ui/components/player/scene.js`.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.windows.geometry import Window
from explorer.windows.operations import Pooling, convolution, pooling

MAGIC = b"CNNS"
ALIGNMENT = 8
CHANNEL_NAMES = {1: ("brightness",), 3: ("red", "green", "blue")}


@dataclass(frozen=True, eq=False)
class Scene:
    """One operation on one picture, with PyTorch's result.

    Attributes:
        operation: "convolution", "max" or "average".
        title: The picture's name.
        window: How the kernel moves.
        input: (C, *spatial) float32.
        weight: (out, C, *kernel_size) float32 of a convolution, else None.
        bias: (out,) float32, or None.
        output: (out, *output_size) float32, computed by PyTorch.
    """

    operation: str
    title: str
    window: Window
    input: Tensor
    weight: Tensor | None
    bias: Tensor | None
    output: Tensor


def convolution_scene(
    title: str, picture: Tensor, weight: Tensor, bias: Tensor | None, window: Window
) -> Scene:
    """A convolution of a picture (C, *spatial); raises what `operations.convolution` raises."""
    output = convolution(picture, weight, bias, window)
    return Scene("convolution", title, window, picture, weight, bias, output)


def pooling_scene(title: str, picture: Tensor, window: Window, kind: Pooling) -> Scene:
    """A pooling of a picture (C, *spatial); raises what `operations.pooling` raises."""
    output = pooling(picture, window, kind)
    return Scene(kind, title, window, picture, None, None, output)


def pack(scene: Scene) -> bytes:
    """The scene as one blob."""
    fields = {
        "input": scene.input,
        "weight": scene.weight,
        "bias": scene.bias,
        "output": scene.output,
    }
    entries: dict[str, dict[str, Any]] = {}
    body = bytearray()
    for name, values in fields.items():
        if values is None:
            continue
        encoded = _as_codes(values)
        entries[name] = {
            "type": "uint8" if encoded.dtype == torch.uint8 else "float32",
            "shape": list(values.shape),
            "offset": len(body),
        }
        body += encoded.contiguous().numpy().tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    header = _header(scene, entries)
    return MAGIC + struct.pack("<I", len(header)) + header + bytes(body)


def _header(scene: Scene, entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    channels = len(scene.input)
    text = json.dumps(
        {
            "operation": scene.operation,
            "title": scene.title,
            "window": {
                "kernel_size": scene.window.kernel_size,
                "stride": scene.window.stride,
                "padding": scene.window.padding,
                "dilation": scene.window.dilation,
            },
            "channels": CHANNEL_NAMES.get(
                channels, [f"channel {index}" for index in range(channels)]
            ),
            "colour": channels == len(CHANNEL_NAMES[3]),
            "arrays": entries,
        },
        separators=(",", ":"),
    ).encode()
    return text + b" " * (-len(text) % ALIGNMENT)


def _as_codes(values: Tensor) -> Tensor:
    """uint8 codes where code / 255 in float32 is every value exactly, else float32."""
    codes = (values.detach() * 255).round().clamp(0, 255).to(torch.uint8)
    exact = torch.equal(codes.to(torch.float32) / 255, values.to(torch.float32))
    return codes if exact else values.detach().to(torch.float32)
