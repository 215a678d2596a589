"""A layer's feature maps and the sample picture as one compact blob for the browser.

Layout as in `explorer.windows.scene`: `CNNM`, the header's length in bytes (uint32, little-endian),
the header (JSON in UTF-8, padded with spaces to a multiple of 8), then the arrays in C order, each
starting at a multiple of 8 bytes after the header. The same maps give the same bytes, so unchanged
ones are not sent again. Read back by `components/feature_maps/blob.js`.

Every map is sent as codes on a scale of its own: value = low + code · (high − low) / most. Small
layers have codes of 16 bits, which keeps four digits of every value; large ones of 8.
"""

import json
import struct
from dataclasses import dataclass
from math import ceil, prod
from typing import Any

import torch
from torch import Tensor

from explorer.network.receptive_field import AxisField, Field

MAGIC = b"CNNM"
ALIGNMENT = 8
FIRST_MAPS = 64
FIRST_VALUES = 1024  # of a row of values
MOST_CODES = 1_200_000  # values sent at a time
FINE_CODES = 150_000  # up to so many values have 16 bits each
MOST_PIXELS = 400_000  # of the sample picture


@dataclass(frozen=True, eq=False)
class Maps:
    """What one layer makes of a picture.

    Attributes:
        name: The layer's, "" for the input itself.
        kind: Such as "Conv2d".
        values: (C, *sizes), or (values,) of a row of values.
        picture: (C, *sizes) in 0..1: what went into the network.
        picture_title: What it is.
        field: What units look at, per axis; None for the whole picture.
        shown: How many maps, or values of a row, are sent at most.
        page: What the page is called that a filter can be opened on, or None.
    """

    name: str
    kind: str
    values: Tensor
    picture: Tensor
    picture_title: str
    field: Field
    shown: int
    page: str | None


def shown_at_first(shape: tuple[int, ...]) -> int:
    """How many maps, or values of a row, are sent until more are asked for."""
    return FIRST_VALUES if len(shape) == 1 else FIRST_MAPS


def pack(maps: Maps) -> bytes:
    """The maps as one blob."""
    finite = maps.values.nan_to_num(0.0, 0.0, 0.0)
    lifted = _lifted(finite)
    total = len(lifted)
    step = _step(lifted.shape[1:], MOST_CODES)
    sent = lifted[:, ::step, ::step, ::step]
    fits = max(1, MOST_CODES // max(1, sent[0].numel()))
    sent = sent[: min(maps.shown, fits)]
    codes, lows, highs = _codes(sent)
    picture, picture_step = _pixels(maps.picture)
    low, high = finite.aminmax()
    header = {
        "name": maps.name,
        "kind": maps.kind,
        "shape": list(maps.values.shape),
        "cells": list(lifted.shape[1:]),
        "total": total,
        "more": total > len(sent) and len(sent) < fits,
        "step": step,
        "low": float(low),
        "high": float(high),
        "not_finite": int((~maps.values.isfinite()).sum()),
        "field": _field(maps.field, maps.picture.dim() - 1),
        "picture_title": maps.picture_title,
        "picture_size": list(_lifted(maps.picture).shape[1:]),
        "picture_step": picture_step,
        "page": maps.page,
    }
    arrays = {"codes": codes, "lows": lows, "highs": highs, "picture": picture}
    return _blob(header, arrays)


def _lifted(values: Tensor) -> Tensor:
    """(C, depth, height, width), with axes of length 1 put before a row or a picture.

    A row of values becomes one map each.
    """
    channels, *sizes = values.shape
    return values.reshape(channels, *[1] * (3 - len(sizes)), *sizes)


def _step(sizes: Any, most: int) -> int:
    """Every how many cells along each axis are sent, so that one map is not too many."""
    step = 1
    while prod(ceil(size / step) for size in sizes) > most:
        step += 1
    return step


def _codes(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    flat = maps.flatten(1).double()
    lows, highs = flat.amin(1), flat.amax(1)
    most = 65_535 if maps.numel() <= FINE_CODES else 255
    spans = torch.where(highs > lows, highs - lows, 1.0)
    codes = ((flat - lows[:, None]) / spans[:, None] * most).round()
    kind = torch.uint16 if most > 255 else torch.uint8
    return codes.to(torch.int32).to(kind).reshape(maps.shape), lows.float(), highs.float()


def _pixels(picture: Tensor) -> tuple[Tensor, int]:
    """(depth, height, width, 3) uint8, and every how many cells are sent."""
    lifted = _lifted(picture)
    step = _step(lifted.shape[1:], MOST_PIXELS)
    seen = lifted[:, ::step, ::step, ::step]
    colours = seen[:3] if len(seen) >= 3 else seen[:1].expand(3, *seen.shape[1:])
    pixels = (colours * 255).round().clamp(0, 255).to(torch.uint8)
    return pixels.permute(1, 2, 3, 0).contiguous(), step


def _field(field: Field, axes: int) -> list[dict[str, float]] | None:
    if field is None:
        return None
    whole = [AxisField()] * (3 - axes) + list(field)
    return [{"size": axis.size, "jump": axis.jump, "offset": axis.offset} for axis in whole]


def _blob(header: dict[str, Any], arrays: dict[str, Tensor]) -> bytes:
    entries: dict[str, Any] = {}
    body = bytearray()
    for name, values in arrays.items():
        kind = str(values.dtype).removeprefix("torch.")
        entries[name] = {"type": kind, "shape": list(values.shape), "offset": len(body)}
        body += values.contiguous().numpy().tobytes()
        body += bytes(-len(body) % ALIGNMENT)
    text = json.dumps({**header, "arrays": entries}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)
