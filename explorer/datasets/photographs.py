"""The pictures of a zip: decoded for training, and a few of them to look at."""

from collections.abc import Generator, Iterable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from explorer.datasets import cache
from explorer.datasets.convert import Report, check_size
from explorer.datasets.dataset import Decoded
from explorer.datasets.folders import Listing, Member
from explorer.datasets.groups import group_numbers
from explorer.datasets.labelled import list_contents
from explorer.datasets.picture_files import MOST_LISTED, decode_files, fitted
from explorer.datasets.reference import DatasetRef, Grouping
from explorer.datasets.uploads import archive_path, open_upload
from explorer.errors import ExplorerError
from explorer.media.archives import EntryReader, UnreadableEntryError, open_archive, path
from explorer.network.spec import InputShape

T = TypeVar("T")


def decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    """All pictures of a zip at the network's input; unreadable ones are left out and listed.

    Raises:
        ExplorerError: If the zip is gone, too large, or no two classes of pictures are left.
    """
    yield "Looking into the zip", 0, 0
    return (yield from cache.cached(_wanted(ref, input), _decode(ref, input)))


def skipped(ref: DatasetRef, input: InputShape) -> tuple[tuple[str, str], ...] | None:
    """The files that cannot be read, the first `MOST_LISTED`, and why; None if not yet decoded.

    Raises:
        ExplorerError: If the zip is gone.
    """
    return cache.skipped(_wanted(ref, input))


def samples(ref: DatasetRef, input: InputShape, count: int) -> tuple[Tensor, tuple[str, ...]]:
    """Up to `count` pictures (n, C, H, W) uint8 as the network will see them, and their classes.

    They are of as many classes as possible, of each as many as of the others; unreadable ones are
    left out.

    Raises:
        ExplorerError: If the zip is gone, or the input has neither 1 nor 3 channels.
    """
    check_size(count, input)
    with open_upload(ref) as file, open_archive(file) as archive:
        listing = list_contents(archive)
        reader = EntryReader(archive)
        images, names = [], []
        for member in _spread(listing, count):
            try:
                pixels = fitted(_read(reader, member), input, ref.fit)[0]
            except UnreadableEntryError:
                continue
            images.append(torch.tensor(pixels).permute(2, 0, 1))
            names.append(label_text(listing.summary.classes, member.labels))
    shape = (0, *input.shape)
    return torch.stack(images) if images else torch.empty(shape, dtype=torch.uint8), tuple(names)


def spread(labels: Tensor, count: int) -> list[int]:
    """Places of up to `count` pictures, class after class, of each class as many as of others.

    Those of a class come from its whole range; with more classes than `count` so do the classes.
    """
    of_class = [
        own.tolist() for own in labels.argsort(stable=True).split(labels.bincount().tolist())
    ]
    of_class = _evenly([own for own in of_class if own], count)
    chosen = []
    for number, own in enumerate(of_class):
        chosen += _evenly(own, count // len(of_class) + (number < count % len(of_class)))
    return chosen


def _evenly(items: list[T], count: int) -> list[T]:
    """The first item and others at equal distances, at most `count`."""
    count = min(count, len(items))
    return [items[place * len(items) // count] for place in range(count)]


def label_text(classes: Sequence[str], labels: Iterable[int]) -> str:
    """What a picture shows, in words: "cat, dog"."""
    return ", ".join(classes[label] for label in labels) or "nothing of these"


def rarest(labels: Tensor) -> Tensor:
    """One class (N,) for each picture of labels (N, classes): its rarest; classes if it has none.

    So that pictures that are spread over these show as many classes as possible.
    """
    counts = labels.sum(dim=0, dtype=torch.int64)
    most = int(counts.max()) + 1
    found, places = torch.where(labels.bool(), counts, most).min(dim=1)
    return torch.where(found < most, places, labels.shape[1])


def _spread(listing: Listing, count: int) -> list[Member]:
    members = listing.members
    labels = _labels(listing, members)
    chosen = spread(rarest(labels) if labels.ndim == 2 else labels, count)
    return [members[index] for index in chosen]


def _wanted(ref: DatasetRef, input: InputShape) -> cache.Wanted:
    open_upload(ref).close()  # says so if it is gone
    return cache.Wanted("zip", (archive_path(ref),), input, ref.fit, ref.name)


def _decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    with open_upload(ref) as file, open_archive(file) as archive:
        listing = list_contents(archive)
        members = listing.members
        reader = EntryReader(archive)
        contents = (_read(reader, member) for member in members)
        images, outcome = yield from decode_files(contents, len(members), input, ref.fit)
    readable = [members[index] for index in outcome.kept(len(members))]
    names = ["/".join(path(member.entry)) for member in members]
    if len({label for member in readable for label in member.labels}) < 2:
        raise ExplorerError(
            f"Of {len(members):,} pictures in {len(listing.summary.classes):,} classes "
            f"{len(readable):,} can be read; there are no two classes left to tell apart.",
            "Zip the folder of pictures again and upload that file.",
        )
    ways: tuple[Grouping, ...] = ("folder", "name")
    return Decoded(
        images,
        _labels(listing, readable),
        torch.tensor([member.part for member in readable], dtype=torch.uint8),
        listing.summary.classes,
        outcome.conversion(input, ref.fit),
        (*listing.summary.problems, *outcome.notes(names)),
        groups={way: group_numbers([member.groups[way] for member in readable]) for way in ways},
        skipped=(*outcome.skipped(names), *listing.missing)[:MOST_LISTED],
    )


def _labels(listing: Listing, members: Sequence[Member]) -> Tensor:
    """(N,) int64 numbers of classes, or (N, classes) uint8 where there are several."""
    if not listing.summary.multi_label:
        return torch.tensor([member.labels[0] for member in members])
    labels = torch.zeros(len(members), len(listing.summary.classes), dtype=torch.uint8)
    pairs = [(row, label) for row, member in enumerate(members) for label in member.labels]
    labels[tuple(torch.tensor(pairs).view(-1, 2).T)] = 1
    return labels


def _read(reader: EntryReader, member: Member) -> bytes | str:
    try:
        return reader.read(member.entry)
    except UnreadableEntryError as error:
        return str(error)
