"""The kernels that a page's choices ask for, as a tensor, in one, two or three dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.ui.link_text import MOST_KERNEL
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import KERNEL_SLUGS, MADE, MOST_MAPS, Weighted
from explorer.windows import NAMED_KERNELS, kernel
from explorer.windows.kernels import random_weights, resized

CHANGE_OVER_TIME = "change-over-time"
WORDS: Mapping[str, tuple[str, str]] = {
    CHANGE_OVER_TIME: (
        "Change over time",
        "Finds movement: the average of the last slice under the window minus that of the first. "
        "Where nothing changes from slice to slice the answer is 0. A kernel of depth 1 sees one "
        "slice, and averages it.",
    ),
    "random": ("Random", "As a layer before its training: small numbers, drawn by chance."),
    "ones": ("All ones", "Every cell counts the same: sums, and stamps, without any pattern."),
    "counting": ("0, 1, 2, …", "Every weight another number: good for following the arithmetic."),
}


@dataclass(frozen=True, eq=False)
class ChosenWeight:
    """Weights as PyTorch wants them.

    Attributes:
        values: (out, in / groups, *kernel); transposed (in, out / groups, *kernel).
        map_names: One for each output map, or none where they have no names of their own.
        line_of: The kernel's name if it is a line, taken along every axis, at any size.
    """

    values: Tensor
    map_names: tuple[str, ...] = ()
    line_of: str | None = None


@dataclass(frozen=True)
class Layout:
    """How a weight is laid out.

    Attributes:
        channels: Channels of the input.
        groups: Groups of channels that do not see one another.
        kernel_size: Cells along each axis.
        transposed: Whether the input's channels come first.
        channel_names: Of the input, if there are any.
        fixed_maps: Output maps, where they are not a matter of choice.
    """

    channels: int
    groups: int
    kernel_size: tuple[int, ...]
    transposed: bool = False
    channel_names: tuple[str, ...] = ()
    fixed_maps: int | None = None

    def group_titles(self) -> tuple[str, ...]:
        """What the groups are called: as their channel is, where each has one; "" for one group."""
        if self.groups == 1:
            return ("",)
        if self.groups == len(self.channel_names):
            return self.channel_names
        return tuple(f"group {index + 1}" for index in range(self.groups))

    def shape(self, maps: int) -> tuple[int, ...]:
        """The weight's shape for so many output maps, a multiple of the groups."""
        first, second = (self.channels, maps) if self.transposed else (maps, self.channels)
        return (first, second // self.groups, *self.kernel_size)

    def maps(self, weight: Tensor) -> int:
        """Output maps of a weight laid out like this."""
        return weight.shape[1] * self.groups if self.transposed else weight.shape[0]

    def whole_groups(self, maps: int) -> int:
        """So many maps, or as many more as every group needs to have as many as the others."""
        if self.fixed_maps is not None:
            return self.fixed_maps
        return -(-maps // self.groups) * self.groups


def chosen_weight(choices: Weighted, layout: Layout, seed: int) -> ChosenWeight:
    """The weight that the choices ask for.

    Named kernels are the same in each channel; every group has a map for each. Numbers that are
    neither one kernel nor a whole weight are fitted if their shape is known, else zeros.
    """
    names = choices.weights
    if isinstance(names[0], str) and names[0] not in MADE:
        return _named([str(name) for name in names], layout)
    maps = layout.whole_groups(choices.maps)
    shape = layout.shape(maps)
    if names == ("random",):
        return ChosenWeight(random_weights(shape, seed))
    if isinstance(names[0], str):
        one = torch.ones(layout.kernel_size)
        if names == ("counting",):
            one = torch.arange(one.numel(), dtype=torch.float32).reshape(layout.kernel_size)
        return ChosenWeight(one.expand(shape).clone(), line_of=names[0])
    return ChosenWeight(_own(choices, shape))


def _own(choices: Weighted, shape: tuple[int, ...]) -> Tensor:
    values = torch.tensor(choices.weights, dtype=torch.float32)
    one = torch.Size(shape[2:])
    if choices.weights_shape and torch.Size(choices.weights_shape).numel() == values.numel():
        return refitted(values.reshape(choices.weights_shape), shape)
    if values.numel() == torch.Size(shape).numel():
        return values.reshape(shape)
    if values.numel() == one.numel():
        return values.reshape(one).expand(shape).clone()
    return torch.zeros(shape)


def readable(choices: Weighted, layout: Layout) -> bool:
    """Whether numbers in the choices are one kernel, or a whole weight of this layout."""
    if isinstance(choices.weights[0], str) or choices.weights_shape:
        return True
    count = len(choices.weights)
    maps = layout.whole_groups(choices.maps)
    return count in {
        torch.Size(layout.shape(maps)).numel(),
        torch.Size(layout.kernel_size).numel(),
    }


def refitted(weight: Tensor, shape: Sequence[int]) -> Tensor:
    """A weight for other channels, maps and sizes.

    Around the kernels' middle, zeros are added or cells cut off. Where channels or maps become
    more they repeat in turn; where they become fewer the first ones stay, but of several channels
    that become one their mean, which undoes repeating.
    """
    sizes = tuple(shape[2:])
    if weight.dim() - 2 != len(sizes):
        weight = _with_axes(weight, len(sizes))
    for dimension in (0, 1):
        count, wanted = weight.shape[dimension], shape[dimension]
        if wanted == 1 and count > 1 and dimension == 1:
            weight = weight.mean(dim=1, keepdim=True)
        elif wanted != count:
            weight = weight.index_select(dimension, torch.arange(wanted) % count)
    return weight if tuple(weight.shape[2:]) == sizes else resized(weight, sizes)


def _with_axes(weight: Tensor, axes: int) -> Tensor:
    """Fewer axes: the sum along the first ones; more: in the middle of nothing else."""
    while weight.dim() - 2 > axes:
        weight = weight.sum(dim=2)
    while weight.dim() - 2 < axes:
        weight = weight.unsqueeze(2)
    return weight


def _named(names: Sequence[str], layout: Layout) -> ChosenWeight:
    kernels = torch.stack([spatial(name, layout.kernel_size) for name in names])
    titles = [title(name) for name in names]
    inner = layout.channels // layout.groups
    if layout.transposed:
        values = kernels.expand(layout.channels, *kernels.shape)
    else:
        bank = kernels.unsqueeze(1).expand(-1, inner, *kernels.shape[1:])
        values = bank.repeat(layout.groups, *[1] * (bank.dim() - 1))
    map_names = [
        f"{group}: {each}" if group and titles[1:] else group or each
        for group in layout.group_titles()
        for each in titles
    ]
    line_of = names[0] if len(set(names)) == 1 else None
    return ChosenWeight(values.clone(), tuple(map_names), line_of)


def kernel_lines(name: str | None) -> dict[int, list[float]] | None:
    """The line of a kernel that is one along every axis, by its length: for the player's slider."""
    if name == "ones":
        return {length: [1.0] * length for length in range(1, MOST_KERNEL + 1)}
    named = NAMED_KERNELS.get(KERNEL_SLUGS.get(name or "", ""))
    return named.lines(MOST_KERNEL) if named else None


def title(name: str) -> str:
    """What a kernel of this slug is called."""
    return KERNEL_SLUGS.get(name) or WORDS[name][0]


def explanation(name: str) -> str:
    """What the kernel of this slug does, in a sentence or two."""
    known = KERNEL_SLUGS.get(name)
    return NAMED_KERNELS[known].explains if known else WORDS[name][1]


def spatial(name: str, size: Sequence[int]) -> Tensor:
    """The named kernel with one, two or three axes.

    A kernel made from a line is that line along every axis. Of the others a single axis gets what
    they do along the width (their columns' sums: a picture whose rows are all alike gives the same
    answer), and three axes get it in the middle slice, slice by slice.
    """
    if name == CHANGE_OVER_TIME:
        return _change_over_time(size)
    named = NAMED_KERNELS[KERNEL_SLUGS[name]]
    if named.line is not None:
        weights = torch.ones(())
        for length in size:
            weights = weights.unsqueeze(-1) * named.line(length)
        return weights
    flat = size[-2:] if len(size) > 1 else (3, size[0])
    values = resized(kernel(named.name), flat)
    if len(size) == 1:
        return values.sum(dim=0)
    if len(size) == 2:
        return values
    slices = torch.zeros(tuple(size))
    slices[(size[0] - 1) // 2] = values
    return slices


def _change_over_time(size: Sequence[int]) -> Tensor:
    """Along the first axis −1 at the first cell and 1 at the last, averaged over the others.

    With a single cell along the first axis it is the mean over the others.
    """
    share = 1 / max(1, torch.Size(size[1:]).numel())
    weights = torch.zeros(tuple(size))
    weights[-1] = share
    if size[0] > 1:  # a single cell has nothing to be compared with: the mean of the others
        weights[0] = -share
    return weights.round(decimals=4)


def one_kernel(weight: Tensor) -> tuple[float, ...]:
    """The weight's numbers in order; one kernel's where all channels and maps have the same."""
    first = weight[:1, :1]
    values = first if torch.equal(first.expand_as(weight), weight) else weight
    return tuple(values.flatten().tolist())


def own_numbers(choices: Weighted) -> bool:
    """Whether the weights are numbers and not names."""
    return not isinstance(choices.weights[0], str)


def use_own(store: ChoiceStore[Any], weight: Tensor, layout: Layout) -> None:
    """From now on the weights are these numbers."""
    values, shape = one_kernel(weight), tuple(weight.shape)
    if len(values) < weight.numel():
        shape = (1, 1, *shape[2:])
    store.change(weights=values, weights_shape=shape)
    if layout.fixed_maps is None:
        store.change(maps=min(layout.maps(weight), MOST_MAPS))


def settled_weight(store: ChoiceStore[Any], layout: Layout) -> ChosenWeight:
    """The weight that the choices ask for; choices that cannot be used are corrected, in words."""
    now = store.now
    if not readable(now, layout):
        first: Any = type(now)().weights
        store.change(weights=first)
        store.notice(
            f"**weights**: {len(now.weights)} numbers are neither one kernel nor the whole weight "
            f"here. {title(first[0])} is used instead."
        )
    weight = chosen_weight(store.now, layout, store.now.seed)
    if own_numbers(store.now):
        if store.now.weights_shape not in ((1, 1, *layout.kernel_size), tuple(weight.values.shape)):
            use_own(store, weight.values, layout)
    elif store.now.weights[0] in MADE and layout.fixed_maps is None:
        _adopt_maps(store, layout.maps(weight.values), layout.groups)
    return weight


def _adopt_maps(store: ChoiceStore[Any], maps: int, groups: int) -> None:
    before = store.now.maps
    store.change(maps=min(maps, MOST_MAPS))
    if before not in (maps, 1):  # 1 is what nobody chose
        store.notice(
            f"Output maps are now {maps} instead of {before}: each of the {groups} groups makes "
            "as many as the others."
        )
