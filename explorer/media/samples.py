"""The two photographs that come with scikit-learn, and volumes made here: something to show.

The photographs are read from its installed package, without importing it, through the same path as
uploads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from explorer.errors import ExplorerError
from explorer.media.pictures import Picture, open_picture
from explorer.media.volumes import Volume, make_volume
from explorer.media.voxels import Voxels, shrunk


@dataclass(frozen=True)
class Sample:
    """A bundled photograph: its title, its file, and who is to be named where it is shown."""

    title: str
    file: str
    credit: str


@dataclass(frozen=True)
class VolumeSample:
    """A volume that is always there: its title, what it is, and who is to be named beside it."""

    title: str
    about: str
    credit: str = ""


SAMPLES: Mapping[str, Sample] = {
    "china": Sample("Temple", "china.jpg", "Photograph: danielbuechele, CC BY 2.0"),
    "flower": Sample("Flower", "flower.jpg", "Photograph: vultilion, CC BY 2.0"),
}

VOLUME_SAMPLES: Mapping[str, VolumeSample] = {
    "walk": VolumeSample(
        "A walk over Temple",
        "A clip of 16 frames made from one photograph: a small window is moved across it, so what "
        "changes from frame to frame is the place, nothing else.",
        SAMPLES["china"].credit,
    ),
    "ball": VolumeSample(
        "A glowing ball",
        "Computed: at r cells from the middle the brightness is 1 − (r / 7.5)², and 0 outside. Its "
        "second differences are the same everywhere inside.",
    ),
}

WALK_FRAMES = 16
BALL_SIZE = (17, 17, 17)
BALL_RADIUS = 7.5  # cells; the middle cell is the ball's middle


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


@lru_cache(maxsize=4)
def volume_sample(key: str) -> Volume:
    """A volume that is always there, made once per process.

    Raises:
        ExplorerError: No such volume.
    """
    if key == "walk":
        return make_volume(
            VOLUME_SAMPLES[key].title,
            _walk(),
            f"Depth is time: {WALK_FRAMES} places of a window that moves over one photograph.",
        )
    if key == "ball":
        return make_volume(
            VOLUME_SAMPLES[key].title,
            _ball(),
            f"Depth is a direction in space like the others: {BALL_SIZE[0]} slices.",
        )
    raise ExplorerError(
        f"There is no bundled volume {key!r:.60}.", f"There are: {', '.join(VOLUME_SAMPLES)}."
    )


def _walk() -> Voxels:
    """(16, 48, 64, 3): a window of 192×256 pixels goes right, and down and up again."""
    pixels = sample("china").pixels
    height, width = 192, 256
    room = (pixels.shape[0] - height, pixels.shape[1] - width)
    places = np.linspace(0, 1, WALK_FRAMES)
    frames = []
    for place in places:
        top, left = round(room[0] * float(np.sin(np.pi * place))), round(room[1] * float(place))
        frames.append(shrunk(pixels[top : top + height, left : left + width], 64))
    return np.stack(frames)


def _ball() -> Voxels:
    """(17, 17, 17, 1) float32: 1 − r² / R² inside the ball of radius R, 0 outside."""
    steps = [np.arange(n, dtype=np.float64) - n // 2 for n in BALL_SIZE]
    z, y, x = np.meshgrid(*steps, indexing="ij")
    brightness = np.maximum(0, 1 - (z**2 + y**2 + x**2) / BALL_RADIUS**2)
    return brightness.astype(np.float32)[..., None]
