"""Dealing pictures into folds for cross-validation: disjoint, covering all, alike in classes."""

from collections import Counter

import torch
from torch import Tensor

from explorer.datasets.groups import group_contents
from explorer.errors import ExplorerError


def dealt(labels: Tensor, groups: Tensor | None, folds: int, seed: int) -> Tensor:
    """Which fold each picture goes to, (n,) int64 from 0; the same for the same seed.

    Without groups no two folds differ by more than one picture, of any label and in all. Groups
    stay whole, and the shares of the labels come as near to equal as a greedy choice brings them.

    Args:
        labels: (n,) int64, what is to be spread evenly; or as `group_contents` takes them.
        groups: (n,) int64, pictures with the same number stay in one fold; None: each for itself.
        folds: How many folds.
        seed: Chooses among all ways to deal.

    Raises:
        ExplorerError: If there are fewer pictures, or groups of them, than folds.
    """
    generator = torch.Generator().manual_seed(seed)
    count = len(labels) if groups is None else len(groups.unique())
    if count < folds:
        what = "pictures" if groups is None else "groups of pictures that stay together"
        raise ExplorerError(
            f"There are {count:,} {what} besides those of the test, too few for {folds} folds.",
            f"Use at most {count} folds." if count > 1 else "Use more pictures.",
        )
    if groups is None and labels.ndim == 1:
        return _single_pictures(labels, folds, generator)
    if groups is None:
        groups = torch.arange(len(labels))
    return _whole_groups(labels, groups, folds, generator)


def _single_pictures(labels: Tensor, folds: int, generator: torch.Generator) -> Tensor:
    """Like cards: sorted by label, shuffled within each, dealt round and round."""
    order = torch.randperm(len(labels), generator=generator)
    order = order[labels[order].argsort(stable=True)]
    result = torch.empty_like(labels)
    result[order] = torch.arange(len(labels)) % folds
    return result


def _whole_groups(labels: Tensor, groups: Tensor, folds: int, generator: torch.Generator) -> Tensor:
    """Groups, the largest first, each go where their labels are rarest, then to the smallest fold.

    Rarest is what keeps the sum over folds and labels of the squared shares small, which is least
    when all shares are equal.
    """
    group_of, content = group_contents(groups, labels)
    totals = Counter[int]()
    for members in content:
        totals.update(dict(members))
    sizes = group_of.bincount()
    shuffled = torch.randperm(len(content), generator=generator)
    order = shuffled[sizes[shuffled].argsort(descending=True, stable=True)]
    have = [Counter[int]() for _ in range(folds)]
    filled = [0] * folds
    fold_of = torch.empty(len(content), dtype=torch.int64)
    for group in order.tolist():
        members = content[group]
        best = min(
            range(folds),
            key=lambda fold: (
                sum(have[fold][label] * count / totals[label] ** 2 for label, count in members),
                filled[fold],
            ),
        )
        fold_of[group] = best
        for label, count in members:
            have[best][label] += count
        filled[best] += int(sizes[group])
    return fold_of[group_of]
