"""PASCAL VOC 2012: photographs in which several kinds of things may be, as torchvision reads it."""

import hashlib
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

import torch
from torch import Tensor

from explorer.datasets import cache, downloads
from explorer.datasets.convert import Report, check_size
from explorer.datasets.dataset import Decoded, Part, class_counts
from explorer.datasets.downloadable import VOC2012, Download
from explorer.datasets.picture_files import decode_files
from explorer.datasets.reference import Fit
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape

# The labels of its own test pictures were never published: as is usual, "val" is the test.
_LISTS = {Part.TRAIN: "train", Part.TEST: "val"}


def decode(input: InputShape, fit: Fit = "crop") -> Generator[Report, None, Decoded]:
    """All photographs of the official training and validation sets, the latter for the test.

    A class is there if an object of it is annotated, be it marked as difficult or cut off.

    Raises:
        ExplorerError: If the files are absent and cannot be downloaded, or are damaged.
    """
    check_size(VOC2012.count, input)
    root = yield from downloads.found_or_fetched(VOC2012)
    yield f"Reading {VOC2012.title}", 0, 0
    files = [root / VOC2012.folder / file for file in VOC2012.files]
    pictures, annotations, parts = _listed(root)
    way = f"{fit} {_fingerprint([*pictures, *annotations])}"
    wanted = cache.Wanted(VOC2012.title, tuple(files), input, way)
    make = _decode(root, pictures, annotations, parts, input, fit)
    return (yield from cache.cached(wanted, make))


def counts() -> dict[str, tuple[int, ...]]:
    """Pictures that show each class, for training and for the test.

    Raises:
        ExplorerError: If the files are not there or damaged.
    """
    root = downloads.root_of(VOC2012)
    if root is None:
        raise downloads.absent(VOC2012)
    _, annotations, parts = _listed(root)
    labels = _labels(annotations, root)
    numbers = torch.tensor(parts)
    return {
        part.name.lower(): tuple(class_counts(labels[numbers == part], len(_CLASSES)).tolist())
        for part in _LISTS
    }


def samples(count: int) -> Iterator[tuple[bytes | str, tuple[int, ...]]]:
    """Files of training photographs from the whole range, and the classes that each shows.

    Raises:
        ExplorerError: If the files are not there or damaged.
    """
    root = downloads.root_of(VOC2012)
    if root is None:
        raise downloads.absent(VOC2012)
    pictures, annotations, parts = _listed(root)
    own = [place for place, part in enumerate(parts) if part == Part.TRAIN]
    for place in own[:: max(1, len(own) // count)][:count]:
        labels = _labels([annotations[place]], root)[0]
        yield _content(pictures[place]), tuple(labels.nonzero().flatten().tolist())


_CLASSES = VOC2012.classes


def _listed(root: Path) -> tuple[list[Path], list[Path], list[int]]:
    """Pictures, their annotations and parts, as torchvision lists them."""
    from torchvision.datasets import VOCDetection

    pictures, annotations, parts = [], [], []
    try:
        for part, name in _LISTS.items():
            data = VOCDetection(root, year="2012", image_set=name)
            pictures += map(Path, data.images)
            annotations += map(Path, data.annotations)
            parts += [int(part)] * len(data.images)
    except (OSError, RuntimeError) as error:
        raise _damaged(VOC2012, root, error) from error
    return pictures, annotations, parts


def _fingerprint(files: Sequence[Path]) -> str:
    """Changes with the size or the time of any of the files: to read all would take a minute."""
    digest = hashlib.sha256()
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue  # which is said when it is read
        digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _decode(
    root: Path,
    pictures: list[Path],
    annotations: list[Path],
    parts: list[int],
    input: InputShape,
    fit: Fit,
) -> Generator[Report, None, Decoded]:
    labels = _labels(annotations, root)
    contents = (_content(picture) for picture in pictures)
    images, outcome = yield from decode_files(contents, len(pictures), input, fit)
    kept = torch.tensor(outcome.kept(len(pictures)), dtype=torch.int64)
    names = [picture.name for picture in pictures]
    return Decoded(
        images,
        labels[kept],
        torch.tensor(parts, dtype=torch.uint8)[kept],
        _CLASSES,
        outcome.conversion(input, fit),
        outcome.notes(names),
        skipped=outcome.skipped(names),
    )


def _content(picture: Path) -> bytes | str:
    try:
        return picture.read_bytes()
    except OSError:
        return "it is not there"


def _labels(annotations: Sequence[Path], root: Path) -> Tensor:
    """(N, 20) uint8: 1 for each class of which an object is annotated."""
    from torchvision.datasets.voc import ET_parse, VOCDetection

    labels = torch.zeros(len(annotations), len(_CLASSES), dtype=torch.uint8)
    for row, file in enumerate(annotations):
        try:
            top = ET_parse(file).getroot()
            read = {} if top is None else VOCDetection.parse_voc_xml(top)["annotation"]
            for thing in read.get("object", []):
                labels[row, _CLASSES.index(thing["name"])] = 1
        except (OSError, ParseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(VOC2012, root, f"{file.name} cannot be read ({error})") from error
    return labels


def _damaged(download: Download, root: Path, why: object) -> ExplorerError:
    return ExplorerError(
        f"The files of {download.title} in {root / download.folder} are damaged: {why}.",
        "Delete that folder; the data set is then downloaded again.",
    )
