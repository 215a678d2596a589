"""Picture files of any size and format, decoded side by side into one tensor."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from explorer.datasets.convert import FIT_WORDS, Report, check_size, describe_channels
from explorer.datasets.folders import shown
from explorer.datasets.reference import Fit
from explorer.errors import ExplorerError
from explorer.media.archives import UnreadableEntryError
from explorer.media.pictures import Mode, open_picture
from explorer.network.spec import InputShape

# Pictures are first decoded at up to this many times the wanted size, as far as that is quicker.
_DETAIL = 4
_BATCH_PICTURES = 64
_BATCH_BYTES = 8_000_000
_NAMED_PROBLEMS = 5
MOST_LISTED = 1000


def decode_files(
    contents: Iterable[bytes | str], count: int, input: InputShape, fit: Fit
) -> Generator[Report, None, tuple[Tensor, "Outcome"]]:
    """Decode `count` files to the network's input.

    Args:
        contents: The files one after the other, or why one cannot be read.
        count: How many.
        input: What they are brought to.
        fit: How.

    Returns:
        Pictures (n, C, H, W) uint8 of the n files that can be read, and what came of all.

    Raises:
        ExplorerError: If the pictures would take too much memory.
    """
    check_size(count, input)
    pixels = torch.zeros(count, *input.height_and_width, input.channels, dtype=torch.uint8)
    outcome = Outcome()
    for done in _side_by_side(_batches(contents), pixels.numpy(), _How(input, fit), outcome):
        yield "Decoding the pictures", done, count
    kept = outcome.kept(count)
    whole = pixels if len(kept) == count else pixels[torch.tensor(kept, dtype=torch.int64)]
    return whole.permute(0, 3, 1, 2), outcome


@dataclass(frozen=True)
class _How:
    """What pictures are brought to."""

    input: InputShape
    fit: Fit


@dataclass
class Outcome:
    """What came of decoding: the sizes and channels met, and why pictures were left out."""

    shapes: set[tuple[int, ...]] = field(default_factory=set)
    problems: dict[int, str] = field(default_factory=dict)

    def kept(self, count: int) -> list[int]:
        """The numbers of the pictures, of so many, that could be read."""
        return [index for index in range(count) if index not in self.problems]

    def conversion(self, input: InputShape, fit: Fit) -> str:
        """How the pictures came to the input, in words."""
        return _conversion(self, input, fit)

    def skipped(self, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """The pictures that were left out, of all by their paths, and why."""
        return tuple(
            (shown(names[index]), self.problems[index])
            for index in sorted(self.problems)[:MOST_LISTED]
        )

    def notes(self, names: Sequence[str]) -> tuple[str, ...]:
        """A sentence about the pictures that were left out, the first few by name."""
        if not self.problems:
            return ()
        named = [
            f"{shown(names[index].rpartition('/')[2])} ({self.problems[index]})"
            for index in sorted(self.problems)[:_NAMED_PROBLEMS]
        ]
        more = len(self.problems) - len(named)
        return (
            f"{len(self.problems):,} of {len(names):,} pictures cannot be read and are left "
            f"out: {', '.join(named)}{f' and {more:,} more' if more else ''}.",
        )


_Batch = list[tuple[int, bytes | str]]
"""Pictures by their number: the file, or why it could not be read."""


def _batches(contents: Iterable[bytes | str]) -> Iterator[_Batch]:
    """The files in portions worth handing to another thread."""
    batch: _Batch = []
    size = 0
    for index, content in enumerate(contents):
        batch.append((index, content))
        size += len(content)
        if len(batch) == _BATCH_PICTURES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    yield batch


def _side_by_side(
    batches: Iterator[_Batch], pixels: NDArray[np.uint8], how: _How, outcome: Outcome
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


def _decode_batch(batch: _Batch, pixels: NDArray[np.uint8], how: _How, outcome: Outcome) -> int:
    for index, content in batch:
        try:
            pixels[index], shape = fitted(content, how.input, how.fit)
        except UnreadableEntryError as error:
            outcome.problems[index] = str(error)
        else:
            outcome.shapes.add(shape)
    return len(batch)


def fitted(
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


def _conversion(outcome: Outcome, input: InputShape, fit: Fit) -> str:
    """How the pictures came to the input, in words."""
    target = "×".join(map(str, input.height_and_width))
    sizes = {shape[:2] for shape in outcome.shapes}
    if sizes == {input.height_and_width}:
        text = f"{target} pictures at their own size"
    else:
        which = "different sizes" if len(sizes) > 1 else "another size"
        text = f"pictures of {which} {FIT_WORDS[fit].format(target)}"
    return text + describe_channels({shape[2] for shape in outcome.shapes}, input)
