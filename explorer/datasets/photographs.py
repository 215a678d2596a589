"""The pictures of an uploaded zip, decoded side by side into one tensor."""

import os
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import torch
from torch import Tensor

from explorer.datasets import cache
from explorer.datasets.convert import Report, check_size
from explorer.datasets.dataset import Decoded
from explorer.datasets.folders import Member, list_pictures, open_upload, shown, upload_path
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.media.archives import EntryReader, UnreadableEntryError, open_archive, path
from explorer.media.pictures import Mode, open_picture
from explorer.network.spec import InputShape

# Pictures are first decoded at up to this many times the wanted size, as far as that is quicker.
_DETAIL = 4
_BATCH_PICTURES = 64
_BATCH_BYTES = 8_000_000
_NAMED_PROBLEMS = 5


def decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    """All pictures of an uploaded zip at the network's input; unreadable ones are left out.

    Raises:
        ExplorerError: If the zip is gone, too large, or no two classes of pictures are left.
    """
    yield "Looking into the zip", 0, 0
    open_upload(ref).close()  # says so if it is gone
    key = cache.key("folder", [upload_path(ref)], input)
    return (yield from cache.cached(key, _decode(ref, input)))


def samples(ref: DatasetRef, input: InputShape, count: int) -> tuple[Tensor, tuple[str, ...]]:
    """A few pictures (n, C, H, W) uint8 as the network will see them, and their classes' names.

    They are of as many classes as possible; unreadable ones are left out.

    Raises:
        ExplorerError: If the zip is gone, or the input has neither 1 nor 3 channels.
    """
    check_size(count, input)
    with open_upload(ref) as file, open_archive(file) as archive:
        listing = list_pictures(archive)
        first = {member.label: member for member in reversed(listing.members)}
        wanted = [first[label] for label in sorted(first)][:count]
        reader = EntryReader(archive)
        images, names = [], []
        for member in wanted:
            try:
                images.append(_fit(_read(reader, member), input)[0])
            except UnreadableEntryError:
                continue
            names.append(listing.summary.classes[member.label])
    shape = (0, *input.shape)
    return torch.stack(images) if images else torch.empty(shape, dtype=torch.uint8), tuple(names)


def _decode(ref: DatasetRef, input: InputShape) -> Generator[Report, None, Decoded]:
    with open_upload(ref) as file, open_archive(file) as archive:
        listing = list_pictures(archive)
        members = listing.members
        check_size(len(members), input)
        images = torch.zeros(len(members), *input.shape, dtype=torch.uint8)
        outcome = _Outcome()
        batches = _batches(EntryReader(archive), members)
        for done in _side_by_side(batches, images, input, outcome):
            yield "Decoding the pictures", done, len(members)
    kept = torch.ones(len(members), dtype=torch.bool)
    kept[list(outcome.problems)] = False
    labels = torch.tensor([member.label for member in members])[kept]
    if len(labels.unique()) < 2:
        raise ExplorerError(
            f"Of {len(members):,} pictures in {len(listing.summary.classes):,} classes "
            f"{len(labels):,} can be read; there are no two classes left to tell apart.",
            "Zip the folder of pictures again and upload that file.",
        )
    return Decoded(
        images if bool(kept.all()) else images[kept],
        labels,
        torch.tensor([member.part for member in members], dtype=torch.uint8)[kept],
        listing.summary.classes,
        _conversion(outcome, input),
        (*listing.summary.problems, *outcome.notes(members)),
    )


@dataclass
class _Outcome:
    """What came of decoding: the sizes and channels met, and why pictures were left out."""

    shapes: set[tuple[int, ...]] = field(default_factory=set)
    problems: dict[int, str] = field(default_factory=dict)

    def notes(self, members: tuple[Member, ...]) -> tuple[str, ...]:
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


def _batches(reader: EntryReader, members: tuple[Member, ...]) -> Iterator[_Batch]:
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
    batches: Iterator[_Batch], images: Tensor, input: InputShape, outcome: _Outcome
) -> Iterator[int]:
    """Decode into `images` in as many threads as there are processors; yields how many are done."""
    workers = os.cpu_count() or 1
    running: deque[Future[int]] = deque()
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        try:
            for batch in batches:
                running.append(pool.submit(_decode_batch, batch, images, input, outcome))
                if len(running) > 2 * workers:
                    done += running.popleft().result()
                    yield done
            for future in running:
                done += future.result()
                yield done
        finally:
            pool.shutdown(cancel_futures=True)


def _decode_batch(batch: _Batch, images: Tensor, input: InputShape, outcome: _Outcome) -> int:
    for index, content in batch:
        try:
            image, shape = _fit(content, input)
        except UnreadableEntryError as error:
            outcome.problems[index] = str(error)
        else:
            images[index] = image
            outcome.shapes.add(shape)
    return len(batch)


def _fit(content: bytes | str, input: InputShape) -> tuple[Tensor, tuple[int, ...]]:
    """A picture (C, H, W) uint8 for the network, and the shape it had when decoded."""
    if isinstance(content, str):
        raise UnreadableEntryError(content)
    try:
        picture = open_picture(content, longest_side=_DETAIL * max(input.height_and_width))
    except ExplorerError as error:
        raise UnreadableEntryError(error.problem.rstrip(".")) from error
    image = picture.bytes_tensor(_mode(input), input.height_and_width)
    return image, picture.pixels.shape


def _mode(input: InputShape) -> Mode:
    return "grayscale" if input.channels == 1 else "rgb"


def _conversion(outcome: _Outcome, input: InputShape) -> str:
    """How the pictures came to the input, in words."""
    target = "×".join(map(str, input.height_and_width))
    sizes = {shape[:2] for shape in outcome.shapes}
    if sizes == {input.height_and_width}:
        text = f"{target} pictures at their own size"
    else:
        text = (
            f"pictures of {'different sizes' if len(sizes) > 1 else 'another size'} scaled until "
            f"they just cover {target}, their middle kept and the rest cut off"
        )
    channels = {shape[2] for shape in outcome.shapes}
    if input.channels == 1 and 3 in channels:
        text += ", grey from colour (0.299 red + 0.587 green + 0.114 blue)"
    if input.channels == 3 and 1 in channels:
        text += ", colour from grey by repeating the channel"
    return text
