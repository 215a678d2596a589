"""Every picture goes to exactly one of three sets: to train on, to validate with, to test with."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.datasets.dataset import (
    Dataset,
    Decoded,
    Part,
    Split,
    byte_sums,
    class_counts,
    content_checksum,
)
from explorer.datasets.folds import dealt
from explorer.datasets.groups import group_contents
from explorer.datasets.reference import Fold, Grouping
from explorer.errors import ExplorerError

# Test pictures that we choose are the same for every run, so that runs can be compared.
TEST_SEED = 20_240_501
TEST_FRACTION = 0.2
# Groups are of unequal sizes: of so many random choices of them the one nearest to the wanted
# share of every class is taken.
_CHOICES = 8
_NAMED_CLASSES = 5
_PURPOSE = {
    Part.TRAIN: "train on",
    Part.VALIDATION: "validate with",
    Part.TEST: "test with",
}


@dataclass(frozen=True)
class _Way:
    """How pictures are split off: all of a group together, the same share of every class.

    `labels` (N,) or (N, classes), `groups` (N,) or None if there are none to keep together.
    """

    labels: Tensor
    groups: Tensor | None
    stratify: bool

    def strata(self, indices: Tensor) -> Tensor:
        """(n,), or (n, classes) uint8: the same share is to be taken of every number, or class."""
        return self.labels[indices] if self.stratify else torch.zeros_like(indices)


def split(
    name: str,
    decoded: Decoded,
    *,
    seed: int,
    validation_fraction: float,
    group: Grouping = "none",
    stratify: bool = True,
    fold: Fold | None = None,
) -> Dataset:
    """Give every picture to exactly one of train, validation and test.

    The parts of the source itself are respected. Where it has none, a fifth of its pictures is
    split off for the test, the same for every seed, and `validation_fraction` of the rest for
    validation.

    Args:
        name: What to call the data set.
        decoded: Its pictures.
        seed: Chooses the validation pictures.
        validation_fraction: How many of the training pictures those are.
        group: Which pictures stay in one set, if any are split off.
        stratify: Take the same share of every class.
        fold: Validate with this fold of all pictures that are not for the test, whatever else they
            are for, instead; `seed` deals them.

    Raises:
        ExplorerError: If there are too few pictures, or too few groups of them, for three sets.
    """
    way = _Way(decoded.labels, decoded.groups.get(group), stratify)
    train, validation, test = (
        torch.nonzero(decoded.parts == part).flatten()
        for part in (Part.TRAIN, Part.VALIDATION, Part.TEST)
    )
    if not len(test):
        train, test = _split_off(train, way, TEST_FRACTION, TEST_SEED)
    if fold is not None:
        train, validation = _validate_with(fold, torch.cat([train, validation]), way, seed)
    elif not len(validation):
        train, validation = _split_off(train, way, validation_fraction, seed)
    if not (len(train) and len(validation) and len(test)):
        raise _too_few(decoded, group)
    assigned = torch.empty(len(decoded.labels), dtype=torch.uint8)
    rows = {Part.TRAIN: train, Part.VALIDATION: validation, Part.TEST: test}
    for part, chosen in rows.items():
        assigned[chosen] = part
    mean, std = _colours(decoded, train)
    return Dataset(
        name=name,
        classes=decoded.classes,
        **{
            part.name.lower(): Split(decoded.images, decoded.labels[chosen], chosen)
            for part, chosen in rows.items()
        },
        conversion=decoded.conversion,
        mean=mean,
        std=std,
        notes=(*decoded.notes, *_about(fold), *_absent_classes(decoded, rows)),
        skipped=decoded.skipped,
        hash=_hash(decoded, assigned),
    )


def _split_off(indices: Tensor, way: _Way, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """(what stays, what is split off), ascending; nothing is split off where that cannot be."""
    if not len(indices):
        return indices, indices
    generator = torch.Generator().manual_seed(seed)
    labels = way.strata(indices)
    if labels.ndim == 2:
        # A picture of several classes counts for each of them, as a group of several pictures does.
        groups = indices if way.groups is None else way.groups[indices]
        choices = 1 if way.groups is None else _CHOICES
        chosen = _whole_groups(groups, labels, fraction, generator, choices)
    elif way.groups is None:
        chosen = _single_pictures(labels, fraction, generator)
    else:
        chosen = _whole_groups(way.groups[indices], labels, fraction, generator)
    return indices[~chosen], indices[chosen]


def _validate_with(fold: Fold, indices: Tensor, way: _Way, seed: int) -> tuple[Tensor, Tensor]:
    """(what the other folds hold, what this one holds), ascending."""
    indices = indices.sort().values
    groups = None if way.groups is None else way.groups[indices]
    mine = dealt(way.strata(indices), groups, fold.of, seed) == fold.number - 1
    return indices[~mine], indices[mine]


def _about(fold: Fold | None) -> list[str]:
    if fold is None:
        return []
    return [
        f"Fold {fold.number} of {fold.of}: all pictures but those of the test were dealt into "
        f"{fold.of} folds. This run validates with fold {fold.number} and trains on the others."
    ]


def _single_pictures(labels: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """(n,) bool: of each label the same share, at least one and never all."""
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    for places in labels.argsort(stable=True).split(labels.bincount().tolist()):
        count = min(max(1, round(len(places) * fraction)), len(places) - 1)
        order = torch.randperm(len(places), generator=generator)
        chosen[places[order[: max(0, count)]]] = True
    return chosen


def _whole_groups(
    groups: Tensor,
    labels: Tensor,
    fraction: float,
    generator: torch.Generator,
    choices: int = _CHOICES,
) -> Tensor:
    """(n,) bool: whole groups, together about the same share of each label.

    Groups are visited in a random order and taken if that brings the shares of the labels nearer
    to `fraction`; the first group that can be taken is. A group that has all that is left of a
    label stays. Of several random orders the best is taken.

    For groups of one picture with labels (n, classes), see Sechidis et al., On the Stratification
    of Multi-Label Data, 2011, whose order is by the rarest label instead.
    """
    group_of, content = group_contents(groups, labels)
    totals = Counter[int]()
    for members in content:
        totals.update(dict(members))
    best, best_error = torch.zeros(len(content), dtype=torch.bool), float("inf")
    for _ in range(choices):
        order = torch.randperm(len(content), generator=generator).tolist()
        taken, error = _nearest(order, content, totals, fraction)
        if error < best_error:
            best, best_error = taken, error
    return best[group_of]


def _nearest(
    order: list[int],
    content: list[list[tuple[int, int]]],
    totals: Mapping[int, int],
    fraction: float,
) -> tuple[Tensor, float]:
    """Which groups are taken, and how far the shares of the labels then are from `fraction`."""
    taken = torch.zeros(len(content), dtype=torch.bool)
    have = dict.fromkeys(totals, 0)

    def error(label: int, count: int) -> float:
        return abs(count / totals[label] - fraction)

    for group in order:
        members = content[group]
        if any(have[label] + count >= totals[label] for label, count in members):
            continue
        gain = sum(
            error(label, have[label]) - error(label, have[label] + count)
            for label, count in members
        )
        if gain > 0 or not taken.any():
            taken[group] = True
            for label, count in members:
                have[label] += count
    distance = sum(error(label, count) for label, count in have.items())
    return taken, distance if bool(taken.any()) else float("inf")


def _too_few(decoded: Decoded, group: Grouping) -> ExplorerError:
    problem = (
        f"{len(decoded.labels):,} pictures in {len(decoded.classes):,} classes cannot be "
        "divided into pictures to train on, to validate with and to test with"
    )
    if group in decoded.groups:
        count = len(decoded.groups[group].unique())
        return ExplorerError(
            f"{problem}, as they form {count:,} {'group' if count == 1 else 'groups'} of which "
            "none may be divided.",
            "Have at least 3 groups with pictures of each class, or keep nothing together.",
        )
    return ExplorerError(f"{problem}.", "Have at least 3 pictures in each class.")


def _absent_classes(decoded: Decoded, rows: dict[Part, Tensor]) -> list[str]:
    """A sentence for each set that has no pictures of some classes."""
    notes = []
    classes = len(decoded.classes)
    everywhere = class_counts(decoded.labels, classes) > 0
    for part, chosen in rows.items():
        found = class_counts(decoded.labels[chosen], classes) > 0
        absent = [decoded.classes[label] for label in (everywhere & ~found).nonzero().flatten()]
        if absent:
            named = ", ".join(f"“{name}”" for name in absent[:_NAMED_CLASSES])
            more = f" and {len(absent) - _NAMED_CLASSES:,} more" * (len(absent) > _NAMED_CLASSES)
            notes.append(f"There is no picture of {named}{more} to {_PURPOSE[part]}.")
    return notes


def _colours(decoded: Decoded, train: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of the training pictures, exactly."""
    if decoded.published is not None:
        return decoded.published.mean, decoded.published.std
    sums = byte_sums(decoded.images) if decoded.sums is None else decoded.sums
    totals, squares = sums[:, train].sum(dim=1).tolist()
    _, _, height, width = decoded.images.shape
    count = len(train) * height * width
    means, stds = [], []
    for total, square in zip(totals, squares, strict=True):
        means.append(total / (255 * count))
        variance = (count * square - total * total) / (255 * count) ** 2  # whole numbers: exact
        stds.append(variance**0.5 if variance > 1e-8 else 1.0)  # pictures of a single colour
    return tuple(means), tuple(stds)


def _hash(decoded: Decoded, assigned: Tensor) -> str:
    digest = hashlib.sha256((decoded.checksum or content_checksum(decoded)).encode())
    digest.update(json.dumps(decoded.classes).encode())
    digest.update(assigned.numpy().data)
    return digest.hexdigest()
