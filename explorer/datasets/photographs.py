"""The pictures of a zip, decoded side by side into one tensor."""

import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from explorer.datasets import cache
from explorer.datasets.convert import FIT_WORDS, Report, check_size, describe_channels
from explorer.datasets.dataset import Decoded
from explorer.datasets.folders import Member, list_pictures, shown
from explorer.datasets.groups import group_numbers
from explorer.datasets.reference import DatasetRef, Fit, Grouping
from explorer.datasets.uploads import archive_path, open_upload
from explorer.errors import ExplorerError
from explorer.media.archives import EntryReader, UnreadableEntryError, open_archive, path
from explorer.media.pictures import Mode, open_picture
from explorer.network.spec import InputShape

T = TypeVar("T")

# Pictures are first decoded at up to this many times the wanted size, as far as that is quicker.
_DETAIL = 4
_BATCH_PICTURES = 64
_BATCH_BYTES = 8_000_000
_NAMED_PROBLEMS = 5
MOST_LISTED = 1000


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
        listing = list_pictures(archive)
        reader = EntryReader(archive)
        images, names = [], []
        for member in _spread(listing.members, count):
            try:
                pixels = _fit(_read(reader, member), input, ref.fit)[0]
            except UnreadableEntryError:
                continue
            images.append(torch.tensor(pixels).permute(2, 0, 1))
            names.append(listing.summary.classes[member.label])
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


def _spread(members: Sequence[Member], count: int) -> list[Member]:
    chosen = spread(torch.tensor([member.label for member in members]), count)
    return [members[index] for index in chosen]


def _wanted(ref: DatasetRef, input: InputShape) -> cache.Wanted:
    open_upload(ref).close()  # says so if it is gone
    return cache.Wanted("zip", (archive_path(ref),), input, ref.fit, ref.name)


def _decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    with open_upload(ref) as file, open_archive(file) as archive:
        listing = list_pictures(archive)
        members = listing.members
        check_size(len(members), input)
        height, width = input.height_and_width
        pixels = torch.zeros(len(members), height, width, input.channels, dtype=torch.uint8)
        outcome = _Outcome()
        batches = _batches(EntryReader(archive), members)
        for done in _side_by_side(batches, pixels.numpy(), _How(input, ref.fit), outcome):
            yield "Decoding the pictures", done, len(members)
    kept = [index for index in range(len(members)) if index not in outcome.problems]
    readable = [members[index] for index in kept]
    if len({member.label for member in readable}) < 2:
        raise ExplorerError(
            f"Of {len(members):,} pictures in {len(listing.summary.classes):,} classes "
            f"{len(readable):,} can be read; there are no two classes left to tell apart.",
            "Zip the folder of pictures again and upload that file.",
        )
    ways: tuple[Grouping, ...] = ("folder", "name")
    return Decoded(
        (pixels if len(kept) == len(members) else pixels[torch.tensor(kept)]).permute(0, 3, 1, 2),
        torch.tensor([member.label for member in readable]),
        torch.tensor([member.part for member in readable], dtype=torch.uint8),
        listing.summary.classes,
        _conversion(outcome, input, ref.fit),
        (*listing.summary.problems, *outcome.notes(members)),
        groups={way: group_numbers([member.groups[way] for member in readable]) for way in ways},
        skipped=outcome.skipped(members),
    )


@dataclass(frozen=True)
class _How:
    """What pictures are brought to."""

    input: InputShape
    fit: Fit


@dataclass
class _Outcome:
    """What came of decoding: the sizes and channels met, and why pictures were left out."""

    shapes: set[tuple[int, ...]] = field(default_factory=set)
    problems: dict[int, str] = field(default_factory=dict)

    def skipped(self, members: Sequence[Member]) -> tuple[tuple[str, str], ...]:
        """The pictures that were left out, by their path in the zip, and why."""
        return tuple(
            (shown("/".join(path(members[index].entry))), self.problems[index])
            for index in sorted(self.problems)[:MOST_LISTED]
        )

    def notes(self, members: Sequence[Member]) -> tuple[str, ...]:
        """A sentence about the pictures that were left out, the first few by name."""
        if not self.problems:
            return ()
        named = [
            f"{shown(path(members[index].entry)[-1])} ({self.problems[index]})"
            for index in sorted(self.problems)[:_NAMED_PROBLEMS]
        ]
        more = len(self.problems) - len(named)
        return (
            f"{len(self.problems):,} of {len(members):,} pictures cannot be read and are left "
            f"out: {', '.join(named)}{f' and {more:,} more' if more else ''}.",
        )


_Batch = list[tuple[int, bytes | str]]
"""Pictures by their number: the file, or why it could not be read."""


def _batches(reader: EntryReader, members: Sequence[Member]) -> Iterator[_Batch]:
    """The files in portions worth handing to another thread."""
    batch: _Batch = []
    size = 0
    for index, member in enumerate(members):
        content = _read(reader, member)
        batch.append((index, content))
        size += len(content)
        if len(batch) == _BATCH_PICTURES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _read(reader: EntryReader, member: Member) -> bytes | str:
    try:
        return reader.read(member.entry)
    except UnreadableEntryError as error:
        return str(error)


def _side_by_side(
    batches: Iterator[_Batch], pixels: NDArray[np.uint8], how: _How, outcome: _Outcome
) -> Iterator[int]:
    """Decode into `pixels` (N, H, W, C), a thread per processor; yields how many are done."""
    workers = os.cpu_count() or 1
    running: deque[Future[int]] = deque()
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            for batch in batches:
                running.append(pool.submit(_decode_batch, batch, pixels, how, outcome))
                if len(running) > 2 * workers:
                    done += running.popleft().result()
                    yield done
            for future in running:
                done += future.result()
                yield done
        finally:
            pool.shutdown(cancel_futures=True)


def _decode_batch(batch: _Batch, pixels: NDArray[np.uint8], how: _How, outcome: _Outcome) -> int:
    for index, content in batch:
        try:
            pixels[index], shape = _fit(content, how.input, how.fit)
        except UnreadableEntryError as error:
            outcome.problems[index] = str(error)
        else:
            outcome.shapes.add(shape)
    return len(batch)


def _fit(
    content: bytes | str, input: InputShape, fit: Fit
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """A picture (H, W, C) uint8 for the network, and the shape it had when decoded."""
    if isinstance(content, str):
        raise UnreadableEntryError(content)
    try:
        picture = open_picture(content, longest_side=_DETAIL * max(input.height_and_width))
    except ExplorerError as error:
        raise UnreadableEntryError(error.problem.rstrip(".")) from error
    pixels, size = picture.pixels, input.height_and_width
    if pixels.shape == (*size, input.channels):
        return pixels, pixels.shape
    mode: Mode = "grayscale" if input.channels == 1 else "rgb"
    if fit == "crop" or pixels.shape[:2] == size:
        return picture.bytes_tensor(mode, size).permute(1, 2, 0).numpy(), pixels.shape
    whole = Image.fromarray(_pillow_shape(picture.bytes_tensor(mode).permute(1, 2, 0).numpy()))
    size = (size[1], size[0])  # Pillow's order
    image = ImageOps.pad(whole, size) if fit == "pad" else whole.resize(size)
    return np.array(image).reshape(*input.height_and_width, input.channels), pixels.shape


def _pillow_shape(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3), or (H, W) of a single channel."""
    return pixels.squeeze(2) if pixels.shape[2] == 1 else pixels


def _conversion(outcome: _Outcome, input: InputShape, fit: Fit) -> str:
    """How the pictures came to the input, in words."""
    target = "×".join(map(str, input.height_and_width))
    sizes = {shape[:2] for shape in outcome.shapes}
    if sizes == {input.height_and_width}:
        text = f"{target} pictures at their own size"
    else:
        which = "different sizes" if len(sizes) > 1 else "another size"
        text = f"pictures of {which} {FIT_WORDS[fit].format(target)}"
    return text + describe_channels({shape[2] for shape in outcome.shapes}, input)
