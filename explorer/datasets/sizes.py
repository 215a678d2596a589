"""How many pictures there will be in each set, without reading any."""

from typing import NamedTuple

from explorer.datasets.catalog import CATALOG, is_multi_label
from explorer.datasets.dataset import Part
from explorer.datasets.downloadable import DOWNLOADS
from explorer.datasets.reference import ZIPPED, DatasetRef, Fold
from explorer.datasets.splitting import TEST_FRACTION
from explorer.datasets.uploads import summarise


class Sizes(NamedTuple):
    """Pictures of each set, and the classes they are in."""

    train: int
    validation: int
    test: int
    classes: int
    multi_label: bool = False


def sizes(ref: DatasetRef, validation_fraction: float, fold: Fold | None = None) -> Sizes:
    """What a data set will be split into, to within a few pictures; arguments as of `preparing`.

    Raises:
        ExplorerError: It is a zip that is gone.
    """
    if ref.source in ZIPPED:
        summary = summarise(ref)
        counts = summary.part_sizes
        classes = len(summary.classes)
    else:
        info = CATALOG[ref.source]
        assert info.pictures is not None
        test = DOWNLOADS[ref.source].test_count if ref.source in DOWNLOADS else 0
        counts = {Part.TRAIN: info.pictures - test, Part.TEST: test}
        classes = len(info.classes)
    train = counts.get(Part.TRAIN, 0)
    test = counts.get(Part.TEST) or round(TEST_FRACTION * train)
    if not counts.get(Part.TEST):
        train -= test
    checked = counts.get(Part.VALIDATION, 0)
    if fold is not None:
        validation = (train + checked) // fold.of
        train += checked - validation
    elif checked:
        validation = checked
    else:
        validation = round(validation_fraction * train)
        train -= validation
    multi_label = is_multi_label(ref)
    return Sizes(max(1, train), max(1, validation), max(1, test), classes, multi_label)
