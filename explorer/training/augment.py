"""Random changes of a batch of pictures, each its own, on the device the batch is on.

Mirroring, cropping and erasing are a few index operations here, an order of magnitude faster on a
processor than kornia's general ones; what bends or recolours pictures is kornia's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import pad

from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe
from explorer.training.seeded import seeded

if TYPE_CHECKING:
    from kornia.augmentation import RandomAffine

Augment = Callable[[Tensor, int], Tensor]

# Erased rectangles, as torchvision.transforms.RandomErasing has them by default.
_ERASED_SHARE = (0.02, 0.33)
_ERASED_RATIO = (0.3, 3.3)
_CPU = torch.device("cpu")
_STREAM = 0x5EED_A06


def augmenter(recipe: Recipe) -> Augment | None:
    """What changes the batch of a step, or None if the recipe changes nothing.

    It takes images (n, C, H, W) float32 in 0..1 and the number of the step, and returns changed
    copies in the same range and memory layout. What happens depends on the recipe's seed and the
    step alone, so that a resumed run, and every contender, sees the same.
    """
    chosen = recipe.augmentation
    if not chosen.is_on:
        return None

    affine = _affine(chosen) if chosen.moves else None

    @torch.no_grad()
    def augment(images: Tensor, step: int) -> Tensor:
        # Another stream than that of dropout, whose seeds are the same without the last part.
        with seeded((recipe.seed * 1_000_003 + step) ^ _STREAM, _CPU):
            if chosen.horizontal_flip:
                images = _flipped(images, chosen.horizontal_flip)
            if chosen.crop_padding:
                images = _cropped(images, chosen.crop_padding)
            if affine:
                images = affine(images)
            if chosen.recolours:
                images = _recoloured(images, chosen)
            if chosen.erasing:
                images = _erased(images, chosen.erasing)
        return images.contiguous(memory_format=torch.channels_last)

    return augment


def _drawn(count: int, device: torch.device) -> Tensor:
    """Random numbers in 0..1, (count, 1, 1, 1): the same whatever the device."""
    return torch.rand(count, 1, 1, 1).to(device, non_blocking=True)


def _flipped(images: Tensor, share: float) -> Tensor:
    return torch.where(_drawn(len(images), images.device) < share, images.flip(3), images)


def _cropped(images: Tensor, padding: int) -> Tensor:
    """A piece of the old size out of each picture with its new border."""
    count, _, height, width = images.shape
    windows = pad(images, (padding,) * 4).unfold(2, height, 1).unfold(3, width, 1)
    top, left = torch.randint(0, 2 * padding + 1, (2, count)).to(images.device, non_blocking=True)
    return windows[torch.arange(count, device=images.device), :, top, left]


def _erased(images: Tensor, share: float) -> Tensor:
    """A black rectangle in so many of the pictures, of random size, shape and place."""
    count, _, height, width = images.shape
    drawn = torch.rand(5, count, 1, 1, 1)
    low, high = _ERASED_SHARE
    area = height * width * (low + (high - low) * drawn[0])
    narrow, wide = (torch.tensor(ratio).log() for ratio in _ERASED_RATIO)
    ratio = (narrow + (wide - narrow) * drawn[1]).exp()
    tall = (area * ratio).sqrt().round().clamp(1, height)
    broad = (area / ratio).sqrt().round().clamp(1, width)
    top = (drawn[2] * (height - tall + 1)).floor()
    left = (drawn[3] * (width - broad + 1)).floor()
    # A picture that is spared has its rectangle below its last row.
    top = torch.where(drawn[4] < share, top, height)
    box = torch.stack((top, top + tall, left, left + broad)).to(images.device, non_blocking=True)
    rows = torch.arange(height, device=images.device).view(-1, 1)
    columns = torch.arange(width, device=images.device)
    inside = (rows >= box[0]) & (rows < box[1]) & (columns >= box[2]) & (columns < box[3])
    return images.masked_fill(inside, 0)


def _affine(chosen: Augmentation) -> "RandomAffine":
    from kornia.augmentation import RandomAffine  # takes a while to import

    moved, scaled = chosen.translation, chosen.scale
    return RandomAffine(
        degrees=chosen.rotation,
        translate=(moved, moved) if moved else None,
        scale=(1 - scaled, 1 + scaled) if scaled else None,
        shear=chosen.shear or None,
        p=1,
    )


def _recoloured(images: Tensor, chosen: Augmentation) -> Tensor:
    """One after the other, in this order, each picture by factors of its own."""
    from kornia import enhance

    count = len(images)

    def factors(most: float) -> Tensor:
        return (1 + most * (2 * torch.rand(count) - 1)).to(images.device, non_blocking=True)

    if chosen.brightness:
        images = enhance.adjust_brightness_accumulative(images, factors(chosen.brightness))
    if chosen.contrast:
        images = enhance.adjust_contrast_with_mean_subtraction(images, factors(chosen.contrast))
    if images.shape[1] == 3:
        if chosen.saturation:
            factor = factors(chosen.saturation)
            images = enhance.adjust_saturation_with_gray_subtraction(images, factor)
        if chosen.hue:
            images = enhance.adjust_hue(images, (factors(chosen.hue) - 1) * 2 * torch.pi)
    return images.clamp(0, 1)
