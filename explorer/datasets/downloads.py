"""Data sets as torchvision stores them, downloaded where they are missing."""

import shutil
import tempfile
import urllib.request
from collections.abc import Generator
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor

from explorer.datasets import cache
from explorer.datasets.convert import Report, check_size, convert, describe, same_proportions
from explorer.datasets.dataset import Decoded, Part
from explorer.datasets.downloadable import Download
from explorer.datasets.reference import Fit
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.settings import settings


def is_present(download: Download) -> bool:
    """Whether the data set can be used without a network connection."""
    return root_of(download) is not None


def decode(
    download: Download, input: InputShape, fit: Fit = "crop"
) -> Generator[Report, None, Decoded]:
    """All pictures of the official training and test sets at the network's input.

    Raises:
        ExplorerError: If the files are absent and cannot be downloaded, or are damaged.
    """
    check_size(download.count, input)
    assert download.native is not None
    root = yield from found_or_fetched(download)
    yield f"Reading {download.title}", 0, 0
    files = [root / download.folder / file for file in download.files]
    way = "" if same_proportions(download.native, input) else fit
    wanted = cache.Wanted(download.title, tuple(files), input, way)
    return (yield from cache.cached(wanted, _decode(download, root, input, fit)))


def found_or_fetched(download: Download) -> Generator[Report, None, Path]:
    """The folder that has all files, after a download if there was none.

    Raises:
        ExplorerError: If they cannot be downloaded.
    """
    root = root_of(download)
    if root is None:
        yield f"Downloading {download.title} ({download.megabytes:,} MB)", 0, 0
        root = _fetch(download)
    return root


def _decode(
    download: Download, root: Path, input: InputShape, fit: Fit
) -> Generator[Report, None, Decoded]:
    images, labels, parts = [], [], []
    for part in (Part.TRAIN, Part.TEST):
        pictures, targets = _official(download, root, part)
        images.append(pictures)
        labels.append(targets)
        parts.append(torch.full((len(targets),), part, dtype=torch.uint8))
    assert download.native is not None
    converted = yield from convert(torch.cat(images), input, f"Resizing {download.title}", fit)
    return Decoded(
        converted,
        torch.cat(labels),
        torch.cat(parts),
        download.classes,
        describe(download.what, download.native, input, fit),
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
    images = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return images, torch.as_tensor(data.targets, dtype=torch.int64)


def root_of(download: Download) -> Path | None:
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
                (root / download.folder).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / download.folder).replace(root / download.folder)
    except (URLError, OSError, RuntimeError) as error:
        raise absent(download, f" and could not be downloaded ({error})") from error
    return root


def absent(download: Download, more: str = "") -> ExplorerError:
    """That a data set is not here, and what would help."""
    root = settings().data_dir / "datasets"
    return ExplorerError(
        f"{download.title} is not on this computer{more}.",
        f"Connect to the internet, or put torchvision's files into {root / download.folder}; "
        "EXPLORER_DATASETS may name another folder that holds them. The bundled digits always "
        "work.",
    )
