"""Pictures that are tensors already, brought to the size and channels of a network's input."""

from collections.abc import Generator

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.settings import settings

Report = tuple[str, int, int]
"""What is being done, how much of it is done, and of how much."""

# ITU-R 601, the weights Pillow uses.
LUMA = (0.299, 0.587, 0.114)
CHUNK = 2048


def check_size(count: int, input: InputShape) -> None:
    """Refuse what cannot be prepared, before anything is allocated.

    Raises:
        ExplorerError: If the channels are neither grey nor colour, or the set would be too large.
    """
    if input.channels not in (1, 3):
        raise ExplorerError(
            f"The network takes pictures of {input.channels} channels; pictures have 1 (grey) or "
            "3 (colour).",
            "Set the network's input to 1 or 3 channels.",
        )
    height, width = input.height_and_width
    limit = settings().max_dataset_bytes
    size = count * input.size
    if size > limit:
        scale = (limit / size) ** 0.5
        raise ExplorerError(
            f"{count:,} pictures of {input.channels}×{height}×{width} take {size:,} "
            f"bytes; at most {limit:,} are allowed.",
            f"A network input of {input.channels}×{max(1, int(height * scale))}×"
            f"{max(1, int(width * scale))} would fit.",
        )


def convert(images: Tensor, input: InputShape, message: str) -> Generator[Report, None, Tensor]:
    """(N, c, h, w) uint8 as (N, C, H, W) uint8: bilinear, with antialiasing when shrinking."""
    check_size(len(images), input)
    if images.shape[1:] == input.shape:
        return images
    result = torch.empty(len(images), *input.shape, dtype=torch.uint8)
    for start in range(0, len(images), CHUNK):
        yield message, start, len(images)
        chunk = _channels(images[start : start + CHUNK].float(), input.channels)
        if chunk.shape[2:] != input.shape[1:]:
            chunk = interpolate(
                chunk, input.shape[1:], mode="bilinear", align_corners=False, antialias=True
            )
        result[start : start + CHUNK] = chunk.round_().clamp_(0, 255).byte()
    return result


def _channels(images: Tensor, channels: int) -> Tensor:
    if images.shape[1] == channels:
        return images
    if channels == 3:
        return images.expand(-1, 3, -1, -1)
    luma = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (images * luma).sum(dim=1, keepdim=True)


def describe(what: str, native: InputShape, input: InputShape) -> str:
    """The conversion in words: "8×8 digits enlarged to 28×28 (bilinear)"."""
    old, new = native.height_and_width, input.height_and_width
    text = f"{old[0]}×{old[1]} {what}"
    if new == old:
        text += " at their own size"
    else:
        enlarged = new[0] >= old[0] and new[1] >= old[1]
        shrunk = new[0] <= old[0] and new[1] <= old[1]
        verb = "enlarged" if enlarged else "made smaller" if shrunk else "stretched"
        text += f" {verb} to {new[0]}×{new[1]} (bilinear)"
    if native.channels < input.channels:
        text += ", colour from grey by repeating the channel"
    elif native.channels > input.channels:
        text += ", grey from colour (0.299 red + 0.587 green + 0.114 blue)"
    return text
