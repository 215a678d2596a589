"""The two photographs that come with scikit-learn, so that every page has something to show.

They are read from its installed package, without importing it, through the same path as uploads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.media.pictures import Picture, open_picture


@dataclass(frozen=True)
class Sample:
    """A bundled photograph: its title, its file, and who is to be named where it is shown."""

    title: str
    file: str
    credit: str


SAMPLES: Mapping[str, Sample] = {
    "china": Sample("Temple", "china.jpg", "Photograph: danielbuechele, CC BY 2.0"),
    "flower": Sample("Flower", "flower.jpg", "Photograph: vultilion, CC BY 2.0"),
}


def sample_bytes(key: str) -> bytes:
    """The JPEG file of a bundled photograph, 640×427 pixels.

    Raises:
        ExplorerError: No photograph of that key.
    """
    if key not in SAMPLES:
        raise ExplorerError(
            f"There is no bundled photograph {key!r:.60}.", f"There are: {', '.join(SAMPLES)}."
        )
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ExplorerError(
            "The bundled photographs come with scikit-learn, which is not installed.",
            "Install it with pip install scikit-learn.",
        )
    return (Path(spec.origin).parent / "datasets" / "images" / SAMPLES[key].file).read_bytes()


@lru_cache(maxsize=16)
def sample(key: str, longest_side: int | None = None) -> Picture:
    """A bundled photograph, decoded once per process and size."""
    return open_picture(sample_bytes(key), longest_side=longest_side, name=SAMPLES[key].title)


def default() -> Picture:
    """What pages show before anybody chose a picture."""
    return sample("china")
