"""The bundled photographs are scikit-learn's, whole and credited."""

from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_sample_image

from explorer.errors import ExplorerError
from explorer.media import SAMPLES, sample, sample_bytes
from explorer.media.samples import default


@pytest.mark.parametrize("key", SAMPLES)
def test_pixels_are_those_that_scikit_learn_loads(key: str) -> None:
    picture = sample(key)
    assert np.array_equal(picture.pixels, load_sample_image(SAMPLES[key].file))
    assert picture.name == SAMPLES[key].title
    assert sample(key) is picture
    assert sample(key, 224).pixels.shape == (149, 224, 3)


def test_credits_are_those_of_the_readme_beside_the_photographs() -> None:
    readme = Path(sklearn.__file__).parent / "datasets" / "images" / "README.txt"
    text = readme.read_text()
    assert "creativecommons.org/licenses/by/2.0" in text
    for key, shown in SAMPLES.items():
        part = text.split(f"Image: {shown.file}")[1].split("Image: ")[0]
        author = shown.credit.removeprefix("Photograph: ").removesuffix(", CC BY 2.0")
        assert f"flickr.com/photos/{author}/" in part, key


def test_pages_open_on_a_photograph() -> None:
    assert default() is sample("china")


def test_a_photograph_that_does_not_exist() -> None:
    with pytest.raises(ExplorerError, match=r"no bundled photograph .*There are: china"):
        sample_bytes("../x")
