"""Pictures that are tensors already, brought to the size and channels of a network's input."""

from collections.abc import Collection, Generator, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from explorer.datasets.reference import Fit
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.settings import settings

Report = tuple[str, int, int]
"""What is being done, how much of it is done, and of how much."""

# ITU-R 601, the weights Pillow uses.
LUMA = (0.299, 0.587, 0.114)
CHUNK = 2048
FIT_WORDS: Mapping[Fit, str] = {
    "crop": "scaled until they just cover {}, their middle kept and the rest cut off",
    "pad": "scaled until they just fit into {}, the rest filled with black",
    "stretch": "stretched to {}, whatever their proportions",
}


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


def convert(
    images: Tensor, input: InputShape, message: str, fit: Fit = "crop"
) -> Generator[Report, None, Tensor]:
    """(N, c, h, w) uint8 as (N, C, H, W) uint8: bilinear, with antialiasing when shrinking."""
    check_size(len(images), input)
    if images.shape[1:] == input.shape:
        return images
    result = torch.empty(
        len(images), *input.shape, dtype=torch.uint8, memory_format=torch.channels_last
    )
    for start in range(0, len(images), CHUNK):
        yield message, start, len(images)
        chunk = _channels(images[start : start + CHUNK].float(), input.channels)
        if chunk.shape[2:] != input.shape[1:]:
            chunk = _resized(chunk, input.height_and_width, fit)
        result[start : start + CHUNK] = chunk.round_().clamp_(0, 255).byte()
    return result


def _resized(images: Tensor, size: tuple[int, int], fit: Fit) -> Tensor:
    """(n, c, h, w) float32 at another height and width."""
    if fit == "crop":
        top, left, height, width = middle(images.shape[2:], size)
        images = images[:, :, top : top + height, left : left + width]
    inner = inside(images.shape[2:], size) if fit == "pad" else size
    resized = interpolate(images, inner, mode="bilinear", align_corners=False, antialias=True)
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    return pad(resized, (left, size[1] - inner[1] - left, top, size[0] - inner[0] - top))


def same_proportions(native: InputShape, input: InputShape) -> bool:
    """Whether pictures come to the input without being cut, filled up or stretched."""
    old, new = native.height_and_width, input.height_and_width
    return old[0] * new[1] == old[1] * new[0]


def middle(old: Sequence[int], new: Sequence[int]) -> tuple[int, int, int, int]:
    """Top, left, height and width of the largest middle part of `old` in the shape of `new`."""
    scale = min(old[0] / new[0], old[1] / new[1])
    height, width = (max(1, min(old[axis], round(new[axis] * scale))) for axis in (0, 1))
    return (old[0] - height) // 2, (old[1] - width) // 2, height, width


def inside(old: Sequence[int], new: Sequence[int]) -> tuple[int, int]:
    """Height and width of `old` scaled until it just fits into `new`."""
    scale = min(new[0] / old[0], new[1] / old[1])
    height, width = (max(1, min(new[axis], round(old[axis] * scale))) for axis in (0, 1))
    return height, width


def _channels(images: Tensor, channels: int) -> Tensor:
    if images.shape[1] == channels:
        return images
    if channels == 3:
        return images.expand(-1, 3, -1, -1)
    luma = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (images * luma).sum(dim=1, keepdim=True)


def describe(what: str, native: InputShape, input: InputShape, fit: Fit = "crop") -> str:
    """The conversion in words: "8×8 digits enlarged to 28×28 (bilinear)"."""
    old, new = native.height_and_width, input.height_and_width
    text = f"{old[0]}×{old[1]} {what}"
    if new == old:
        text += " at their own size"
    elif same_proportions(native, input):
        text += f" {'enlarged' if new > old else 'made smaller'} to {new[0]}×{new[1]} (bilinear)"
    else:
        text += f" {FIT_WORDS[fit].format(f'{new[0]}×{new[1]}')} (bilinear)"
    return text + describe_channels({native.channels}, input)


def describe_channels(met: Collection[int], input: InputShape) -> str:
    """What is done about colours, as the end of a sentence; "" if nothing."""
    if input.channels == 1 and 3 in met:
        return ", grey from colour (0.299 red + 0.587 green + 0.114 blue)"
    if input.channels == 3 and 1 in met:
        return ", colour from grey by repeating the channel"
    return ""
