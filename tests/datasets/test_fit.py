"""Crop, pad and stretch, for pictures of a zip and for those of the catalog alike."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from explorer.datasets import uploads
from explorer.datasets.convert import convert, describe, inside, middle
from explorer.datasets.photographs import samples
from explorer.datasets.reference import DatasetRef, Fit
from explorer.network.spec import InputShape
from tests.datasets import zips

SQUARE = InputShape(channels=3, height=20, width=20)
RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def flag() -> Image.Image:
    """300 wide, 100 high: red, blue in the middle third, red."""
    picture = Image.new("RGB", (300, 100), RED)
    picture.paste(BLUE, (100, 0, 200, 100))
    return picture


def from_zip(fit: Fit, input: InputShape) -> Tensor:
    buffer = io.BytesIO()
    flag().save(buffer, "PNG")
    ref = uploads.save_upload(zips.zipped({f"{name}/1.png": buffer.getvalue() for name in "ab"}))
    return samples(ref.model_copy(update={"fit": fit}), input, 1)[0][0]


def from_tensor(fit: Fit, input: InputShape) -> Tensor:
    pixels = torch.from_numpy(np.asarray(flag()).copy()).permute(2, 0, 1)[None]
    steps = convert(pixels, input, "", fit)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value[0]


@pytest.mark.parametrize("made", [from_zip, from_tensor])
@pytest.mark.parametrize(
    ("fit", "places"),
    [
        ("crop", {(10, 10): BLUE, (2, 10): BLUE, (10, 3): BLUE, (10, 16): BLUE}),
        ("pad", {(10, 10): BLUE, (2, 10): BLACK, (17, 10): BLACK, (10, 2): RED, (10, 17): RED}),
        ("stretch", {(10, 10): BLUE, (1, 10): BLUE, (10, 2): RED, (1, 17): RED}),
    ],
)
def test_what_becomes_of_a_wide_flag_in_a_square(made, fit: Fit, places):
    image = made(fit, SQUARE)
    assert image.shape == SQUARE.shape
    assert image.dtype == torch.uint8
    for (row, column), colour in places.items():
        assert (image[:, row, column].int() - torch.tensor(colour)).abs().max() <= 3, (row, column)


@pytest.mark.parametrize("made", [from_zip, from_tensor])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_in_grey_and_in_the_same_proportions_all_are_equal(made, fit: Fit):
    input = InputShape(channels=1, height=10, width=30)
    image = made(fit, input)
    assert image.shape == input.shape
    assert (image.int() - made("stretch", input).int()).abs().max() <= 1
    assert abs(int(image[0, 5, 2]) - 76) <= 3  # 0.299 of red


def test_the_largest_middle_and_the_largest_that_fits():
    assert middle((100, 300), (20, 20)) == (0, 100, 100, 100)
    assert middle((300, 100), (10, 20)) == (125, 0, 50, 100)
    assert inside((100, 300), (20, 20)) == (7, 20)
    assert inside((28, 28), (32, 32)) == (32, 32)


def test_what_is_done_is_said():
    native = InputShape(channels=1, height=28, width=28)
    wide = InputShape(channels=1, height=28, width=56)
    assert describe("digits", native, wide) == (
        "28×28 digits scaled until they just cover 28×56, their middle kept and the rest cut off "
        "(bilinear)"
    )
    assert "just fit into 28×56, the rest filled with black" in describe(
        "digits", native, wide, "pad"
    )


def test_old_references_are_read_with_todays_defaults():
    ref = DatasetRef.model_validate_json('{"source": "digits", "archive": null, "name": "Digits"}')
    assert (ref.fit, ref.group, ref.stratify) == ("crop", "none", True)
