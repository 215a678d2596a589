"""All data sets there are, and the way from a reference to tensors."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from explorer.datasets import digits, downloads, photographs
from explorer.datasets.convert import Report
from explorer.datasets.dataset import Dataset, Decoded, split
from explorer.datasets.reference import DatasetRef, Source
from explorer.network.spec import InputShape


@dataclass(frozen=True)
class DatasetInfo:
    """What a page tells about a data set before it is loaded.

    `input`, `classes` and `pictures` are None, empty and None for people's own pictures.
    """

    title: str
    description: str
    licence: str
    input: InputShape | None = None
    classes: tuple[str, ...] = ()
    pictures: int | None = None


CATALOG: Mapping[Source, DatasetInfo] = {
    "digits": DatasetInfo(
        title="Digits (bundled)",
        description="1,797 handwritten digits of 8×8 pixels. Always there, no download.",
        licence="UCI Machine Learning Repository, Optical Recognition of Handwritten Digits "
        "(CC BY 4.0), as bundled with scikit-learn",
        input=digits.NATIVE,
        classes=digits.CLASSES,
        pictures=1_797,
    ),
    "mnist": DatasetInfo(
        title="MNIST",
        description="70,000 handwritten digits of 28×28 pixels, 10,000 of them for testing.",
        licence="LeCun, Cortes and Burges, The MNIST database of handwritten digits (CC BY-SA 3.0)",
        input=downloads.MNIST.native,
        classes=downloads.MNIST.classes,
        pictures=downloads.MNIST.count,
    ),
    "cifar10": DatasetInfo(
        title="CIFAR-10",
        description="60,000 small colour photographs of 10 kinds of things, 10,000 for testing.",
        licence="Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        input=downloads.CIFAR10.native,
        classes=downloads.CIFAR10.classes,
        pictures=downloads.CIFAR10.count,
    ),
    "folder": DatasetInfo(
        title="Your own pictures (zip)",
        description="A zipped folder with one folder of pictures per class; folders train, "
        "validation and test above them are respected.",
        licence="Yours",
    ),
}


def is_present(source: Source) -> bool:
    """Whether a data set can be used without a network connection."""
    known = {"mnist": downloads.MNIST, "cifar10": downloads.CIFAR10}
    return source not in known or downloads.is_present(known[source])


def preparing(
    ref: DatasetRef, input: InputShape, *, seed: int = 0, validation_fraction: float = 0.1
) -> Generator[Report, None, Dataset]:
    """`prepare` in steps: yields (message, done, total) and returns the data set."""
    decoded = yield from _decode(ref, input)
    name = ref.name or CATALOG[ref.source].title
    return split(name, decoded, seed=seed, validation_fraction=validation_fraction)


def prepare(
    ref: DatasetRef,
    input: InputShape,
    *,
    progress: Callable[[str, int, int], None] | None = None,
    seed: int = 0,
    validation_fraction: float = 0.1,
) -> Dataset:
    """A data set as tensors of the network's input shape.

    Args:
        ref: Which data set.
        input: Channels, height and width the pictures are brought to.
        progress: Called with (what is being done, how much is done, of how much; 0 if unknown).
        seed: Chooses the validation pictures where the data set has none of its own.
        validation_fraction: How many of the training pictures those are.

    Raises:
        ExplorerError: If the data set is absent, damaged, too large or too small.
    """
    steps = preparing(ref, input, seed=seed, validation_fraction=validation_fraction)
    while True:
        try:
            report = next(steps)
        except StopIteration as end:
            return end.value
        if progress:
            progress(*report)


def _decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    if ref.source == "mnist":
        return (yield from downloads.decode(downloads.MNIST, input))
    if ref.source == "cifar10":
        return (yield from downloads.decode(downloads.CIFAR10, input))
    if ref.source == "folder":
        return (yield from photographs.decode(ref, input))
    return (yield from digits.decode(input))
