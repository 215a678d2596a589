"""The 1,797 handwritten digits that come with scikit-learn.

They are read from its installed package without importing it, which would take seconds.
"""

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from explorer.datasets.convert import Report, convert, describe
from explorer.datasets.dataset import Decoded, Part
from explorer.datasets.reference import Fit
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape

NATIVE = InputShape(channels=1, height=8, width=8)
CLASSES = tuple("0123456789")
COUNT = 1_797


def decode(input: InputShape, fit: Fit = "crop") -> Generator[Report, None, Decoded]:
    """All digits at the network's input; their values 0..16 are scaled to 0..255.

    Raises:
        ExplorerError: If scikit-learn is not installed.
    """
    rows = torch.from_numpy(np.loadtxt(_file(), delimiter=",", dtype=np.float32))
    images = rows[:, :64].mul(255 / 16).round().byte().view(-1, *NATIVE.shape)
    converted = yield from convert(images, input, "Resizing the digits", fit)
    return Decoded(
        converted,
        rows[:, 64].long(),
        torch.full((len(rows),), Part.TRAIN, dtype=torch.uint8),
        CLASSES,
        describe("digits", NATIVE, input, fit),
    )


def _file() -> Path:
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise ExplorerError(
            "The bundled digits come with scikit-learn, which is not installed.",
            "Install it with pip install scikit-learn.",
        )
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
