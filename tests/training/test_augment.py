"""Random changes of pictures: reproducible, within range, and what they say they are."""

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.training.augment import augmenter
from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe

ALL = {
    "horizontal_flip": 0.5,
    "crop_padding": 2,
    "rotation": 10.0,
    "translation": 0.1,
    "scale": 0.1,
    "shear": 5.0,
    "brightness": 0.2,
    "contrast": 0.2,
    "saturation": 0.2,
    "hue": 0.05,
    "erasing": 0.5,
}


def pictures(count: int = 64, channels: int = 3, height: int = 12, width: int = 10) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(count, channels, height, width, generator=generator)
    return images.contiguous(memory_format=torch.channels_last)


def changed(images: Tensor, step: int = 1, seed: int = 0, **chosen: Any) -> Tensor:
    augment = augmenter(Recipe(seed=seed, augmentation=Augmentation.model_validate(chosen)))
    assert augment is not None
    return augment(images, step)


def test_nothing_chosen_nothing_done() -> None:
    assert augmenter(Recipe()) is None


def test_every_change_there_is_is_tested_here() -> None:
    assert set(ALL) == set(Augmentation.model_fields)


@pytest.mark.parametrize("name", [*ALL, "all"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_change_depends_on_seed_and_step_alone(name: str, channels: int) -> None:
    chosen = ALL if name == "all" else {name: ALL[name]}
    images = pictures(channels=channels)
    before = images.clone()
    torch.manual_seed(5)
    first = changed(images, 3, **chosen)
    state = torch.random.get_rng_state()
    torch.manual_seed(6)
    torch.rand(10)
    again = changed(images, 3, **chosen)
    assert torch.equal(first, again)
    assert torch.equal(images, before)
    torch.manual_seed(5)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert (first.shape, first.dtype) == (images.shape, images.dtype)
    assert first.is_contiguous(memory_format=torch.channels_last)
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1
    if channels == 1 and name in ("saturation", "hue"):
        assert torch.equal(first, images)  # there is no colour to change
        return
    assert not torch.equal(first, images)
    assert not torch.equal(first, changed(images, 4, **chosen))
    assert not torch.equal(first, changed(images, 3, seed=1, **chosen))


def test_pictures_of_a_batch_change_independently() -> None:
    """The same picture 64 times: more than a handful of different results."""
    same = pictures(1).expand(64, -1, -1, -1).contiguous(memory_format=torch.channels_last)
    for name, amount in ALL.items():
        different = changed(same, **{name: amount}).flatten(1).unique(dim=0)
        expected = 2 if name == "horizontal_flip" else 20
        assert len(different) >= expected, name


def test_flips_mirror_their_share_of_the_pictures() -> None:
    images = pictures(2000, 1, 4, 4)
    flipped = (changed(images, horizontal_flip=0.3) == images.flip(3)).flatten(1).all(1)
    kept = (changed(images, horizontal_flip=0.3) == images).flatten(1).all(1)
    assert bool((flipped ^ kept).all())
    assert float(flipped.float().mean()) == pytest.approx(0.3, abs=0.04)


def test_a_crop_is_a_piece_of_the_picture_with_its_border() -> None:
    images = pictures(300, 2, 5, 4)
    padded = torch.nn.functional.pad(images, (2, 2, 2, 2))
    seen = set()
    for picture, border in zip(changed(images, crop_padding=2), padded, strict=True):
        places = [
            (top, left)
            for top in range(5)
            for left in range(5)
            if torch.equal(picture, border[:, top : top + 5, left : left + 4])
        ]
        assert len(places) == 1
        seen.update(places)
    assert len(seen) == 25  # every place is chosen now and then


def test_erasing_blacks_out_one_rectangle_of_a_proper_size() -> None:
    images = pictures(400, 3, 20, 20) * 0.9 + 0.1  # nothing black before
    black = changed(images, erasing=0.6) == 0
    assert torch.equal(black[:, 0], black[:, 1])
    touched = black[:, 0].flatten(1).any(1)
    assert float(touched.float().mean()) == pytest.approx(0.6, abs=0.08)
    for mask in black[touched, 0]:
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        height, width = int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1
        assert int(mask.sum()) == height * width  # a full rectangle
        assert height * width <= 0.4 * 400


def test_rotation_turns_a_point_about_the_middle_by_at_most_its_angle() -> None:
    images = torch.zeros(200, 1, 41, 41)
    images[:, :, 18:23, 34:39] = 1  # a blob 16 right of the middle
    grid = torch.arange(41.0) - 20
    turned = changed(images.contiguous(memory_format=torch.channels_last), rotation=30)
    mass = turned.sum((2, 3))[:, 0]
    x = (turned[:, 0].sum(1) * grid).sum(1) / mass
    y = (turned[:, 0].sum(2) * grid).sum(1) / mass
    angles = torch.atan2(y, x).rad2deg()
    assert float((x**2 + y**2).sqrt().sub(16).abs().max()) < 0.5
    assert 25 < float(angles.max()) < 31
    assert -31 < float(angles.min()) < -25


def test_colours_change_by_the_factors_they_may() -> None:
    grey = torch.full((300, 3, 4, 4), 0.4).contiguous(memory_format=torch.channels_last)
    factors = changed(grey, brightness=0.25)[:, 0, 0, 0] / 0.4
    assert 0.75 <= float(factors.min()) < 0.8
    assert 1.2 < float(factors.max()) <= 1.25
    for unchanged in ("contrast", "saturation", "hue"):  # of one grey there is nothing to change
        amounts: dict[str, Any] = {unchanged: 0.25}
        torch.testing.assert_close(changed(grey, **amounts), grey)
    red = torch.zeros(300, 3, 4, 4)
    red[:, 0] = 1
    moved = changed(red.contiguous(memory_format=torch.channels_last), hue=1 / 6)[:, :, 0, 0]
    # A sixth of the circle is as far as yellow on one side and magenta on the other.
    torch.testing.assert_close(moved[:, 0], torch.ones(300))
    assert float(moved[:, 1].max()) > 0.9
    assert float(moved[:, 2].max()) > 0.9
    assert bool((moved[:, 1:].min(dim=1).values < 1e-5).all())
