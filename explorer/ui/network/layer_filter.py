"""One filter of a network's layer as the choices of a page: its real input, kernel and window.

What the page then computes is the layer's own activation, tested against PyTorch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.network.base import AxisWindow, LayerSpec, Shape
from explorer.ui.link_text import (
    LARGEST_NUMBER,
    MOST_DILATION,
    MOST_KERNEL,
    MOST_PADDING,
    MOST_STRIDE,
)
from explorer.ui.network.layer_cut import MOST_VALUES, Cut, check_whole, cut_out, step_of
from explorer.ui.see.choices import (
    CHOICES,
    MOST_WEIGHTS,
    Choices,
    TransposedChoices,
)
from explorer.ui.see.chosen_input import ChosenInput

PAGES: Mapping[str, str] = {
    **{f"Conv{n}d": "convolution" for n in (1, 2)},
    **{f"ConvTranspose{n}d": "transposed" for n in (1, 2)},
    **{f"{kind}Pool{n}d": "pooling" for n in (1, 2) for kind in ("Max", "Avg")},
    **{f"Adaptive{kind}Pool{n}d": "pooling" for n in (1, 2) for kind in ("Max", "Avg")},
    **dict.fromkeys(("Conv3d", "MaxPool3d", "AvgPool3d"), "volume"),
}


@dataclass(frozen=True, eq=False)
class OpenedFilter:
    """What a page is opened with.

    Attributes:
        page: "convolution", "pooling", "transposed" or "volume".
        input: What arrives at the layer: the channels that the filter reads.
        choices: The page's choices.
        about: What is shown and what is left out, in sentences; may hold names people wrote.
    """

    page: str
    input: ChosenInput
    choices: Choices
    about: str


def open_filter(
    node: LayerSpec,
    part: nn.Module,
    arrives: Tensor,
    leaves: Shape,
    channel: int,
    unit: Sequence[int] | None,
    name: str,
) -> OpenedFilter:
    """A filter's page, with its choices.

    Args:
        node: The layer's spec, of a kind in `PAGES`.
        part: Its module, with the weights to show.
        arrives: (C, *sizes), what arrives at it.
        leaves: (out, *sizes), the shape of its output.
        channel: Which output channel.
        unit: The output cell to begin at, one index per axis; None for the middle one.
        name: What the layer is called.

    Raises:
        ExplorerError: The page cannot show this layer; it says why, with the numbers.
    """
    if node.kind not in PAGES:
        raise ExplorerError(
            f"{node.kind} cannot be opened: no page shows what it does.",
            "Choose a convolution or a pooling layer.",
        )
    unit = tuple((size - 1) // 2 for size in leaves[1:]) if unit is None else tuple(unit)
    if not 0 <= channel < leaves[0] or any(
        not 0 <= at < size for at, size in zip(unit, leaves[1:], strict=True)
    ):
        raise ExplorerError("This unit is no longer part of the layer.", "Choose another.")
    pooling = "Pool" in node.kind
    make = _pooling if pooling else _transposed if "Transpose" in node.kind else _convolution
    return make(node, part, arrives, leaves, channel, unit, name)


def _convolution(
    node: Any,
    part: Any,
    arrives: Tensor,
    leaves: Shape,
    channel: int,
    unit: tuple[int, ...],
    name: str,
) -> OpenedFilter:
    windows = node.windows()
    _check_window(windows)
    own, first = _group(arrives, node.groups, channel // (leaves[0] // node.groups))
    weight = part.weight[channel : channel + 1].detach()
    mode, told = node.padding_mode, []
    sides = [(window.before, window.after) for window in windows]
    large = own.numel() > MOST_VALUES and mode == "circular"
    if large or max(map(max, sides)) > MOST_PADDING:
        own = functional.pad(
            own[None],
            [cells for pair in reversed(sides) for cells in pair],
            "constant" if mode == "zeros" else mode,
        )[0]
        sides = [(0, 0)] * len(sides)
        told.append(f"The padding ({mode}) is part of this input already.")
    cut = cut_out(own, windows, sides, leaves[1:], unit)
    page = PAGES[node.kind]
    choices = CHOICES[page].model_validate(
        {
            "input": "layer",
            **_window_choices(windows, cut),
            "colour": "rgb" if len(own) == 3 else "grey",  # for whoever opens the link
            "padding_mode": mode if max(map(max, cut.padding)) else "zeros",
            **_weights(weight, part.bias, channel),
            "step": step_of(unit, cut),
        }
    )
    return _opened(page, choices, cut, arrives, name, channel, first, leaves, told)


def _transposed(
    node: Any,
    part: Any,
    arrives: Tensor,
    leaves: Shape,
    channel: int,
    unit: tuple[int, ...],
    name: str,
) -> OpenedFilter:
    axes = len(leaves) - 1
    group, within = divmod(channel, leaves[0] // node.groups)
    own, first = _group(arrives, node.groups, group)
    weight = part.weight[first : first + len(own), within : within + 1].detach()
    padding = node.along(node.padding)
    windows = [
        AxisWindow(kernel, stride, gap, pad, pad)
        for kernel, stride, gap, pad in zip(
            node.along(node.kernel_size),
            node.along(node.stride),
            node.along(node.dilation),
            padding,
            strict=True,
        )
    ]
    _check_window(windows)
    output_padding = node.along(node.output_padding)
    if max(padding) > MOST_PADDING or max(output_padding) > 7:
        raise ExplorerError(
            f"The page shows padding up to {MOST_PADDING} and output padding up to 7; here they "
            f"are {max(padding)} and {max(output_padding)}."
        )
    check_whole(own)
    cut = Cut(own, (0,) * axes, (0,) * axes, tuple((pad, pad) for pad in padding), leaves[1:], True)
    choices = TransposedChoices.model_validate(
        {
            "input": "layer",
            **_window_choices(windows, cut),
            "output_padding": tuple(output_padding),
            **_weights(weight, part.bias, channel),
            "step": step_of(unit, cut),
        }
    )
    return _opened("transposed", choices, cut, arrives, name, channel, first, leaves, [])


def _pooling(
    node: Any,
    part: Any,
    arrives: Tensor,
    leaves: Shape,
    channel: int,
    unit: tuple[int, ...],
    name: str,
) -> OpenedFilter:
    del part  # has no weights
    own = arrives[channel : channel + 1]
    check_whole(own)
    axes = len(leaves) - 1
    way = "max" if "Max" in node.kind else "average"
    values: dict[str, Any] = {"input": "layer"}
    padding: tuple[tuple[int, int], ...] = ((0, 0),) * axes
    if node.kind.startswith("Adaptive"):
        if max(leaves[1:]) > 64:
            raise ExplorerError(
                f"The page shows adaptive pooling to at most 64 cells an axis, not {max(leaves)}."
            )
        values |= {"kind": f"adaptive_{way}", "output_size": leaves[1:]}
    else:
        windows = node.windows()
        _check_window(windows)
        padding = tuple((window.before, window.after) for window in windows)
        values |= {"kind": way, "ceil_mode": node.ceil_mode}
        values |= {
            field: getattr(node, field)
            for field in ("count_include_pad", "divisor_override")
            if hasattr(node, field)
        }
    cut = Cut(own, (0,) * axes, (0,) * axes, padding, leaves[1:], True)
    if not node.kind.startswith("Adaptive"):
        values |= _window_choices(node.windows(), cut)
    page = PAGES[node.kind]
    choices = CHOICES[page].model_validate({**values, "step": step_of(unit, cut)})
    return _opened(page, choices, cut, arrives, name, channel, channel, leaves, [])


def _group(arrives: Tensor, groups: int, group: int) -> tuple[Tensor, int]:
    """The channels that a group reads, and the first of them."""
    channels = len(arrives) // groups
    return arrives[group * channels : (group + 1) * channels], group * channels


def _check_window(windows: Sequence[AxisWindow]) -> None:
    for what, largest, most in (
        ("kernels", max(window.kernel_size for window in windows), MOST_KERNEL),
        ("strides", max(window.stride for window in windows), MOST_STRIDE),
        ("dilations", max(window.dilation for window in windows), MOST_DILATION),
    ):
        if largest > most:
            raise ExplorerError(f"The page shows {what} up to {most}; this layer has {largest}.")


def _window_choices(windows: Sequence[AxisWindow], cut: Cut) -> dict[str, Any]:
    return {
        "kernel": tuple(window.kernel_size for window in windows),
        "stride": tuple(window.stride for window in windows),
        "dilation": tuple(window.dilation for window in windows),
        "padding": cut.padding,
    }


def _weights(weight: Tensor, bias: Tensor | None, channel: int) -> dict[str, Any]:
    largest = float(weight.abs().max())
    added = None if bias is None else float(bias.detach()[channel])
    if not max(largest, abs(added or 0.0)) <= LARGEST_NUMBER:  # also where it is not a number
        raise ExplorerError(
            f"The page shows weights up to ±{LARGEST_NUMBER:g}; the largest of this filter is "
            f"{largest:.3g}."
        )
    if weight.numel() > MOST_WEIGHTS:
        raise ExplorerError(
            f"This filter has {weight.numel():,} weights; the page shows at most {MOST_WEIGHTS:,}."
        )
    return {
        "weights": tuple(weight.flatten().tolist()),
        "weights_shape": tuple(weight.shape),
        "maps": 1,
        "bias": added,
    }


def _opened(
    page: str,
    choices: Choices,
    cut: Cut,
    arrives: Tensor,
    name: str,
    channel: int,
    first_channel: int,
    leaves: Shape,
    told: list[str],
) -> OpenedFilter:
    count = len(cut.values)
    names = tuple(f"channel {first_channel + index + 1}" for index in range(count))
    about = [f"This is {name}, output channel {channel + 1} of {leaves[0]:,}."]
    if count < len(arrives):
        which = names[0] if count == 1 else f"channels {first_channel + 1} to "
        which += "" if count == 1 else f"{first_channel + count}"
        about.append(f"It reads {which} of the {len(arrives):,} that arrive.")
    if not cut.whole:
        ranges = [
            f"{axis}s {first + 1} to {first + size} of {length}"
            for axis, first, size, length in zip(
                _CELLS[len(cut.first)],
                cut.first,
                cut.values.shape[1:],
                arrives.shape[1:],
                strict=True,
            )
        ]
        about.append(f"The whole input is too large to show; these are {' and '.join(ranges)}.")
    about += told
    title = f"what arrives at {name}"
    return OpenedFilter(page, ChosenInput(title, cut.values, names), choices, " ".join(about))


_CELLS = {1: ("cell",), 2: ("row", "column"), 3: ("slice", "row", "column")}
