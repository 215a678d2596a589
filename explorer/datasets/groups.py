"""Pictures that belong together by where they lie or what they are called."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Roboflow appends ".rf." and a checksum to names, and turns ".jpg" into "_jpg" first.
_EXPORTED = re.compile(r"\.rf\..*$")
_FORMER_SUFFIX = re.compile(r"[_.](jpe?g|png|webp|gif|bmp)$", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"[\s._\-(]*\d+[\s)]*$")


@dataclass(frozen=True)
class GroupFacts:
    """How a way to group pictures turns out.

    Attributes:
        count: How many groups there are; a picture that belongs to none is a group of its own.
        largest: The name of the largest group, and how many pictures it has.
        shared: How many groups have pictures in more than one part of the zip's own.
    """

    count: int
    largest: tuple[str, int]
    shared: int = 0


def name_group(file_name: str) -> str:
    """A file's name without its suffix and the number at its end; "" if nothing is left.

    >>> name_group("anna_012.jpg"), name_group("walk (3).png"), name_group("0001.jpg")
    ('anna', 'walk', '')
    >>> name_group("IMG_7079_MOV-19_jpg.rf.626a2e5128d4726dede_01393.jpg")
    'IMG_7079_MOV'
    """
    stem = _EXPORTED.sub("", file_name.rpartition(".")[0] or file_name)
    return _LAST_NUMBER.sub("", _FORMER_SUFFIX.sub("", stem))


def group_numbers(names: Sequence[str]) -> Tensor:
    """(N,) int64: the same number for the same name, one of its own for each empty name."""
    numbers: dict[str, int] = {}
    result = []
    for index, name in enumerate(names):
        result.append(len(names) + index if not name else numbers.setdefault(name, len(numbers)))
    return torch.tensor(result, dtype=torch.int64)


def group_facts(names: Sequence[str], parts: Sequence[int]) -> GroupFacts:
    """How pictures with these group names, for these parts, are grouped."""
    sizes = Counter(name for name in names if name)
    alone = sum(not name for name in names)
    largest = min(sizes.items(), key=lambda one: (-one[1], one[0]), default=("", 1))
    spread = {(name, part) for name, part in zip(names, parts, strict=True) if name}
    shared = sum(count > 1 for count in Counter(name for name, _ in spread).values())
    return GroupFacts(len(sizes) + alone, largest, shared)


def group_contents(groups: Tensor, labels: Tensor) -> tuple[Tensor, list[list[tuple[int, int]]]]:
    """Which group each picture is in, (n,) numbered from 0, and each group's (label, count)s.

    Of labels (n, classes) every class counts that a picture shows, and one class more that all
    pictures show, so that whoever spreads labels evenly spreads the pictures evenly too.
    """
    _, group_of = groups.unique(return_inverse=True)
    of_label = group_of
    if labels.ndim == 2:
        everything = torch.ones(len(labels), 1, dtype=labels.dtype)
        rows, labels = torch.cat([labels, everything], dim=1).nonzero().unbind(dim=1)
        of_label = group_of[rows]
    width = int(labels.max()) + 1
    pairs, counts = (of_label * width + labels).unique(return_counts=True)
    content: list[list[tuple[int, int]]] = [[] for _ in range(int(group_of.max()) + 1)]
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        content[pair // width].append((pair % width, count))
    return group_of, content
