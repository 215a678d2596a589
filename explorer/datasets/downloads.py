"""MNIST and CIFAR-10 as torchvision stores them, downloaded where they are missing."""

import shutil
import tempfile
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor

from explorer.datasets import cache
from explorer.datasets.convert import Report, check_size, convert, describe
from explorer.datasets.dataset import (
    CIFAR10_NORMALISATION,
    MNIST_NORMALISATION,
    Decoded,
    Part,
)
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape, Normalisation
from explorer.settings import settings


@dataclass(frozen=True)
class Download:
    """A data set torchvision can fetch; `files` lie in `folder`, `url` is where they come from."""

    torchvision_name: str
    title: str
    what: str
    folder: str
    files: tuple[str, ...]
    url: str
    megabytes: int
    native: InputShape
    classes: tuple[str, ...]
    count: int
    published: Normalisation


MNIST = Download(
    torchvision_name="MNIST",
    title="MNIST",
    what="digits",
    folder="MNIST",
    files=tuple(
        f"raw/{part}-{kind}-ubyte"
        for part in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    ),
    url="https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
    megabytes=12,
    native=InputShape(channels=1, height=28, width=28),
    classes=tuple("0123456789"),
    count=70_000,
    published=MNIST_NORMALISATION,
)

CIFAR10 = Download(
    torchvision_name="CIFAR10",
    title="CIFAR-10",
    what="photographs",
    folder="cifar-10-batches-py",
    files=(*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"),
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    megabytes=170,
    native=InputShape(channels=3, height=32, width=32),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    count=60_000,
    published=CIFAR10_NORMALISATION,
)


def is_present(download: Download) -> bool:
    """Whether the data set can be used without a network connection."""
    return _root(download) is not None


def decode(download: Download, input: InputShape) -> Generator[Report, None, Decoded]:
    """All pictures of the official training and test sets at the network's input.

    Raises:
        ExplorerError: If the files are absent and cannot be downloaded, or are damaged.
    """
    check_size(download.count, input)
    root = _root(download)
    if root is None:
        yield f"Downloading {download.title} ({download.megabytes} MB)", 0, 0
        root = _fetch(download)
    yield f"Reading {download.title}", 0, 0
    files = [root / download.folder / file for file in download.files]
    key = cache.key(download.title, files, input)
    return (yield from cache.cached(key, _decode(download, root, input)))


def _decode(download: Download, root: Path, input: InputShape) -> Generator[Report, None, Decoded]:
    images, labels, parts = [], [], []
    for part in (Part.TRAIN, Part.TEST):
        pictures, targets = _official(download, root, part)
        images.append(pictures)
        labels.append(targets)
        parts.append(torch.full((len(targets),), part, dtype=torch.uint8))
    converted = yield from convert(torch.cat(images), input, f"Resizing {download.title}")
    return Decoded(
        converted,
        torch.cat(labels),
        torch.cat(parts),
        download.classes,
        describe(download.what, download.native, input),
        published=download.published if input == download.native else None,
    )


def _official(download: Download, root: Path, part: Part) -> tuple[Tensor, Tensor]:
    """torchvision's own reading of its files: (N, C, H, W) uint8 and (N,) int64."""
    from torchvision import datasets

    try:
        data = getattr(datasets, download.torchvision_name)(root, train=part is Part.TRAIN)
    except (RuntimeError, OSError, ValueError, EOFError) as error:
        raise ExplorerError(
            f"The files of {download.title} in {root / download.folder} are damaged: {error}",
            "Delete that folder; the data set is then downloaded again.",
        ) from error
    images = torch.as_tensor(data.data)
    images = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2).contiguous()
    return images, torch.as_tensor(data.targets, dtype=torch.int64)


def _root(download: Download) -> Path | None:
    """The folder that has all files: the read-only one first, then the app's own."""
    for root in (settings().datasets, settings().data_dir / "datasets"):
        if root and all((root / download.folder / file).is_file() for file in download.files):
            return root
    return None


def _fetch(download: Download) -> Path:
    """Download with torchvision, which checks the files, and move them into place when complete."""
    from torchvision import datasets

    root = settings().data_dir / "datasets"
    try:
        # torchvision would wait for a dead connection without end
        request = urllib.request.Request(download.url, method="HEAD")
        urllib.request.urlopen(request, timeout=10).close()
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as folder:
            getattr(datasets, download.torchvision_name)(folder, download=True)
            if not is_present(download):  # another worker may have been faster
                shutil.rmtree(root / download.folder, ignore_errors=True)
                (Path(folder) / download.folder).replace(root / download.folder)
    except (URLError, OSError, RuntimeError) as error:
        raise ExplorerError(
            f"{download.title} is not on this computer and could not be downloaded ({error}).",
            f"Connect to the internet, or put torchvision's files into {root / download.folder}; "
            "EXPLORER_DATASETS may name another folder that holds them. The bundled digits always "
            "work.",
        ) from error
    return root
