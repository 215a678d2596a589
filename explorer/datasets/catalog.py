"""All data sets there are, and the way from a reference to tensors."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from explorer.datasets import digits, downloads, photographs, uploads, voc
from explorer.datasets.convert import Report
from explorer.datasets.dataset import Dataset, Decoded
from explorer.datasets.downloadable import DOWNLOADS
from explorer.datasets.reference import ZIPPED, DatasetRef, Fold, Source
from explorer.datasets.splitting import split
from explorer.network.spec import InputShape


@dataclass(frozen=True)
class DatasetInfo:
    """What a page tells about a data set before it is loaded.

    `input`, `classes` and `pictures` are None, empty and None for people's own pictures; `input`
    is None too where pictures are of many sizes. `multi_label`: a picture may show several classes.
    """

    title: str
    description: str
    licence: str
    input: InputShape | None = None
    multi_label: bool = False
    classes: tuple[str, ...] = ()
    pictures: int | None = None


def _downloadable(
    source: Source, description: str, licence: str, *, multi_label: bool = False
) -> DatasetInfo:
    download = DOWNLOADS[source]
    return DatasetInfo(
        title=download.title,
        description=description,
        licence=licence,
        input=download.native,
        multi_label=multi_label,
        classes=download.classes,
        pictures=download.count,
    )


CATALOG: Mapping[Source, DatasetInfo] = {
    "digits": DatasetInfo(
        title="Digits (bundled)",
        description="1,797 handwritten digits of 8×8 pixels. Always there, no download.",
        licence="UCI Machine Learning Repository, Optical Recognition of Handwritten Digits "
        "(CC BY 4.0), as bundled with scikit-learn",
        input=digits.NATIVE,
        classes=digits.CLASSES,
        pictures=digits.COUNT,
    ),
    "mnist": _downloadable(
        "mnist",
        "70,000 handwritten digits of 28×28 pixels, 10,000 of them for testing.",
        "LeCun, Cortes and Burges, The MNIST database of handwritten digits (CC BY-SA 3.0)",
    ),
    "fashion_mnist": _downloadable(
        "fashion_mnist",
        "70,000 grey pictures of clothing in 10 kinds, 28×28 pixels, 10,000 for testing. The "
        "size of MNIST, and harder.",
        "Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017 (MIT)",
    ),
    "kmnist": _downloadable(
        "kmnist",
        "70,000 characters of 10 kinds in cursive Japanese, 28×28 pixels, 10,000 for testing.",
        "Clanuwat et al., KMNIST, 2018 (CC BY-SA 4.0), adapted from the Kuzushiji Dataset of "
        "CODH, ROIS-DS",
    ),
    "cifar10": _downloadable(
        "cifar10",
        "60,000 small colour photographs of 10 kinds of things, 10,000 for testing.",
        "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    ),
    "cifar100": _downloadable(
        "cifar100",
        "60,000 small colour photographs of 100 kinds of things, 600 of each, 10,000 for testing.",
        "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    ),
    "voc2012": _downloadable(
        "voc2012",
        "11,540 photographs, each of which may show several of 20 kinds of things: people, "
        "animals, vehicles, furniture. 5,823 (its official validation set) are for testing.",
        "Everingham et al., The PASCAL Visual Object Classes Challenge 2012; the photographs are "
        "from Flickr, under its terms of use",
        multi_label=True,
    ),
    "folder": DatasetInfo(
        title="Your own pictures (zip)",
        description="A zipped folder with one folder of pictures per class; folders train, "
        "validation and test above or inside them are respected. Or pictures with a CSV beside "
        "them that says which labels each has, perhaps several.",
        licence="Yours",
    ),
    "prepared": DatasetInfo(
        title="Prepared here",
        description="Pictures that whoever runs this server prepared for everybody.",
        licence="Ask whoever runs this server",
    ),
}


def is_present(source: Source) -> bool:
    """Whether a data set can be used without a network connection."""
    return source not in DOWNLOADS or downloads.is_present(DOWNLOADS[source])


def is_multi_label(ref: DatasetRef) -> bool:
    """Whether a picture of a data set may show several classes, or none.

    Raises:
        ExplorerError: If its zip is gone.
    """
    if ref.source in ZIPPED:
        return uploads.summarise(ref).multi_label
    return CATALOG[ref.source].multi_label


def decoding(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    """All pictures of a data set at a size, not yet split: as `preparing`, and as its errors."""
    if ref.source == "voc2012":
        return (yield from voc.decode(input, ref.fit))
    if ref.source in DOWNLOADS:
        return (yield from downloads.decode(DOWNLOADS[ref.source], input, ref.fit))
    if ref.source in ZIPPED:
        return (yield from photographs.decode(ref, input))
    return (yield from digits.decode(input, ref.fit))


def preparing(
    ref: DatasetRef,
    input: InputShape,
    *,
    seed: int = 0,
    validation_fraction: float = 0.1,
    fold: Fold | None = None,
) -> Generator[Report, None, Dataset]:
    """`prepare` in steps: yields (message, done, total) and returns the data set."""
    decoded = yield from decoding(ref, input)
    return split(
        ref.name or CATALOG[ref.source].title,
        decoded,
        seed=seed,
        validation_fraction=validation_fraction,
        group=ref.group,
        stratify=ref.stratify,
        fold=fold,
    )


def prepare(
    ref: DatasetRef,
    input: InputShape,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    seed: int = 0,
    validation_fraction: float = 0.1,
    fold: Fold | None = None,
) -> Dataset:
    """A data set as tensors of the network's input shape.

    Args:
        ref: Which data set.
        input: Channels, height and width the pictures are brought to.
        progress: Called with (what is being done, how much is done, of how much; 0 if unknown).
        seed: Chooses the validation pictures where the data set has none of its own.
        validation_fraction: How many of the training pictures those are.
        fold: Validate with this fold of all pictures but those of the test instead.

    Raises:
        ExplorerError: If the data set is absent, damaged, too large or too small.
    """
    steps = preparing(ref, input, seed=seed, validation_fraction=validation_fraction, fold=fold)
    while True:
        try:
            report = next(steps)
        except StopIteration as end:
            return end.value
        if progress:
            progress(*report)
