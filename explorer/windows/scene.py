"""Everything a picture of one operation needs, as one compact blob for the browser.

Layout, little-endian: `CNNS`, the header's length in bytes (uint32), the header (JSON in UTF-8,
padded with spaces to a multiple of 8), then the arrays in C order, each starting at a multiple of
8 bytes after the header. The header names each array's type, shape and offset. The same operation
on the same picture gives the same bytes, so an unchanged scene is recognised as such.

Read back by `explorer/ui/components/player/scene.js`.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.operations import result
from explorer.windows.tensors import Operation

MAGIC = b"CNNS"
ALIGNMENT = 8
CHANNEL_NAMES = {1: ("brightness",), 3: ("red", "green", "blue")}
# How far the player's sliders go.
LIMITS = {"kernel_size": 11, "stride": 8, "padding": 8, "dilation": 8}


@dataclass(frozen=True, eq=False)
class Scene:
    """One operation on one picture, with PyTorch's result. Made by `make`.

    Attributes:
        operation: What is computed.
        title: The picture's name.
        input: (C, *spatial) float32.
        weight: float32 as of `result`, or None.
        bias: (out,) float32, or None.
        indices: (C, *spatial) int64 of max-unpooling, else None.
        output: (maps, *output_size) float32, computed by PyTorch.
        map_names: One for each map of the output.
        channel_names: One for each channel of the input.
        kernel_lines: Of a named kernel that is an outer product of one line with itself, that line
            by its length, so that the browser can make it at other sizes; else None.
        limits: How far the sliders of the player go.
        opening: What the player shows first: "step", "map", "playing", "views"; or None.
    """

    operation: Operation
    title: str
    input: Tensor
    weight: Tensor | None
    bias: Tensor | None
    indices: Tensor | None
    output: Tensor
    map_names: tuple[str, ...]
    channel_names: tuple[str, ...]
    kernel_lines: Mapping[int, Sequence[float]] | None
    limits: Mapping[str, int]
    opening: Mapping[str, Any] | None

    @property
    def colour(self) -> bool:
        """Whether the channels are red, green and blue and can be shown as one picture."""
        return self.channel_names == CHANNEL_NAMES[3]


def make(
    operation: Operation,
    title: str,
    picture: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    indices: Tensor | None = None,
    *,
    map_names: Sequence[str] = (),
    channel_names: Sequence[str] | None = None,
    kernel_lines: Mapping[int, Sequence[float]] | None = None,
    limits: Mapping[str, int] | None = None,
    opening: Mapping[str, Any] | None = None,
) -> Scene:
    """An operation on a picture (C, *spatial), computed; raises what `result` raises."""
    output = result(operation, picture, weight, bias, indices)
    channels = tuple(channel_names or _channels("channel", len(picture)))
    if map_names:
        maps = tuple(map_names)
    elif isinstance(operation, Convolution | TransposedConvolution):
        maps = tuple(f"map {index + 1}" for index in range(len(output)))
    else:
        maps = channels
    for what, names, count in (("map", maps, len(output)), ("channel", channels, len(picture))):
        if len(names) != count:
            raise ExplorerError(f"There are {len(names)} {what} names for {count} {what}s.")
    return Scene(
        operation,
        title,
        picture,
        weight,
        bias,
        indices,
        output,
        maps,
        channels,
        kernel_lines,
        {**LIMITS, **(limits or {})},
        opening,
    )


def pack(scene: Scene) -> bytes:
    """The scene as one blob."""
    fields = {
        "input": scene.input,
        "weight": scene.weight,
        "bias": scene.bias,
        "output": scene.output,
        "indices": scene.indices,
    }
    entries: dict[str, dict[str, Any]] = {}
    body = bytearray()
    for name, values in fields.items():
        if values is None:
            continue
        encoded = values.to(torch.int32) if name == "indices" else _as_codes(values)
        entries[name] = {
            "type": str(encoded.dtype).removeprefix("torch."),
            "shape": list(values.shape),
            "offset": len(body),
        }
        body += encoded.contiguous().numpy().tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    header = _header(scene, entries)
    return MAGIC + struct.pack("<I", len(header)) + header + bytes(body)


def _header(scene: Scene, entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    lines = scene.kernel_lines
    text = json.dumps(
        {
            "operation": scene.operation.header(),
            "dimensions": scene.operation.dimensions,
            "title": scene.title,
            "channels": scene.channel_names,
            "maps": scene.map_names,
            "colour": scene.colour,
            "kernel_lines": lines and {str(size): list(line) for size, line in lines.items()},
            "limits": scene.limits,
            "opening": scene.opening,
            "arrays": entries,
        },
        separators=(",", ":"),
    ).encode()
    return text + b" " * (-len(text) % ALIGNMENT)


def _channels(what: str, count: int) -> tuple[str, ...]:
    return CHANNEL_NAMES.get(count, tuple(f"{what} {index + 1}" for index in range(count)))


def _as_codes(values: Tensor) -> Tensor:
    """uint8 codes where code / 255 in float32 is every value exactly, else float32."""
    values = values.detach().to(torch.float32)
    codes = (values * 255).round().clamp(0, 255).to(torch.uint8)
    exact = torch.equal(codes.to(torch.float32) / 255, values)
    return codes if exact else values
