"""What can be chosen on each page of a sliding window: one frozen, bounded model per page.

A page's choices are the state of a session and the parameters of a link at once: every field's
name is the parameter's, and `explorer.ui.link_text` says how each value is written. A field that
does not matter for the others (the row while the whole picture is taken) keeps its value.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from explorer.media import SAMPLES
from explorer.media.samples import VOLUME_SAMPLES
from explorer.ui.link_text import (
    MOST_DILATION,
    MOST_KERNEL,
    MOST_STRIDE,
    NUMBER,
    Edits,
    EvenPadding,
    Flag,
    Padding,
    Planes,
    Text,
    Views,
    number,
    number_text,
    one_of,
    planes,
    sizes,
    whole,
)
from explorer.ui.state import UPLOAD
from explorer.windows import NAMED_KERNELS

PICTURE_SIDES = (28, 64, 128, 224, 512)
VOLUME_SIDES = (8, 16, 24, 32, 64)
MOST_WEIGHTS = 65_536
MOST_MAPS = 16


def slug(name: str) -> str:
    """A kernel's name as it stands in a link: "Sobel, left to right" -> "sobel-left-to-right"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


KERNEL_SLUGS: Mapping[str, str] = {slug(name): name for name in NAMED_KERNELS}
VOLUME_KERNEL_SLUGS = (
    "change-over-time",
)  # explained and made in `explorer.ui.see.chosen_weights`
MADE = ("random", "ones", "counting")


def _known_kernel(name: object) -> str:
    if name in KERNEL_SLUGS or name in VOLUME_KERNEL_SLUGS or name in MADE:
        return str(name)
    raise ValueError(f"there is no kernel {str(name)[:30]}")


def _read_weights(value: object) -> tuple[str, ...] | tuple[float, ...]:
    if isinstance(value, str):
        words = value.lower().strip()
        value = words.split(",") if words[:1].isalpha() else re.split(r"[,;|]", words.rstrip(";|"))
        if words[:1].isalpha():
            value = tuple(_known_kernel(word.strip()) for word in value)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("names of kernels or numbers are wanted")
    if any(isinstance(entry, str) and entry[:1].isalpha() for entry in value):
        if len(value) > MOST_MAPS or (len(value) > 1 and set(value) & set(MADE)):
            raise ValueError(f"at most {MOST_MAPS} named kernels; {', '.join(MADE)} stand alone")
        return tuple(_known_kernel(entry) for entry in value)
    if len(value) > MOST_WEIGHTS:
        raise ValueError(f"at most {MOST_WEIGHTS:,} numbers")
    try:
        return tuple(number(entry) for entry in value)
    except ValueError as error:
        raise ValueError(f"names of kernels or numbers are wanted; {error}") from None


def _weights_text(value: tuple[str, ...] | tuple[float, ...]) -> str:
    return ",".join(part if isinstance(part, str) else number_text(part) for part in value)


Weights = Annotated[tuple[str, ...] | tuple[float, ...], Text(_read_weights, _weights_text)]

Sizes = tuple[int, ...]
Seed = Annotated[int, whole(0, 9999)]
Channels = Annotated[int, whole(1, 16)]
Maps = Annotated[int, whole(1, MOST_MAPS)]
Row = Annotated[int, whole(0, 511)]
PictureSide = Annotated[int, whole(4, 512)]
VolumeSide = Annotated[int, whole(4, 64)]
Slices = Annotated[int, whole(2, 64)]
Step = Annotated[int | None, whole(0, 99_999_999).or_none()]
MapIndex = Annotated[int, whole(0, 255)]
Divisor = Annotated[int | None, whole(1, 1000).or_none()]
KernelSize = Annotated[Sizes, sizes(1, MOST_KERNEL)]
Stride = Annotated[Sizes, sizes(1, MOST_STRIDE)]
Dilation = Annotated[Sizes, sizes(1, MOST_DILATION)]
Cells = Annotated[Sizes, sizes(1, 64)]
OutputSize = Annotated[Sizes, sizes(1, 64)]
OutputPadding = Annotated[Sizes, sizes(0, 7)]
TypedSignal = Annotated[Planes, planes(128, one_row=True)]
TypedGrid = Annotated[Planes, planes(1024, one_row=False)]
Bias = Annotated[float | None, NUMBER.or_none()]
Norm = Annotated[float, NUMBER, Field(ge=0.5, le=16)]
PictureKey = Annotated[str, one_of((*SAMPLES, UPLOAD))]
VolumeKey = Annotated[str, one_of((*VOLUME_SAMPLES, UPLOAD))]
Fill = Literal["counting", "random", "ones", "zeros", "dot"]
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
ThreeByThree: Planes = (((0.0, 1.0, 2.0), (3.0, 4.0, 5.0), (6.0, 7.0, 8.0)),)
Signal: Planes = (((0.0, 0.0, 1.0, 3.0, 2.0, 0.0, 0.0, -1.0, 0.0, 2.0),),)


class Choices(BaseModel):
    """What every page has.

    Attributes:
        edits: Edited cells of the operation's input, as (flat index into (C, *spatial), value).
        step: The output cell that is pinned; None while it plays.
        map: The output map that is shown.
        views: Names of the further views that are open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: PictureSide = 64
    colour: Literal["grey", "rgb"] = "grey"
    cells: Cells = (5,)
    channels: Channels = 1
    fill: Fill = "counting"
    seed: Seed = 0
    edits: Edits = ()
    kernel: KernelSize = (3,)
    stride: Stride = (1,)
    dilation: Dilation = (1,)
    step: Step = None
    map: MapIndex = 0
    views: Views = ()


class FlatInput(BaseModel):
    """An input with one axis or two.

    Attributes:
        input: Where it comes from; "layer" is what arrives at a layer of a network, which stays in
            the session as an uploaded picture does.
    """

    input: Literal["picture", "row", "signal", "grid", "numbers", "layer"] = "picture"
    picture: PictureKey = next(iter(SAMPLES))
    row: Row = 20
    signal: TypedSignal = Signal
    grid: TypedGrid = ThreeByThree


class Weighted(BaseModel):
    """A kernel of weights.

    Attributes:
        weights: Names of kernels, one map each; "random", "ones" or "counting"; or numbers: one
            kernel's, for all channels and maps, or the whole weight's in PyTorch's order.
        weights_shape: Of the numbers, as last used; not part of a link.
        maps: Output channels, where `weights` are not named kernels.
        bias: Added to every output cell; None for an operation without.
    """

    weights: Weights = ("sobel-left-to-right",)
    weights_shape: tuple[int, ...] = Field((), exclude=True)
    maps: Maps = 1
    groups: Channels = 1
    bias: Bias = 0.0


class ConvolutionChoices(Weighted, FlatInput, Choices):
    """The page Convolution.

    Attributes:
        stage: Which stage of a depthwise-separable convolution is played.
        mix: The weights of its second stage, as `weights`; numbers or "random".
        flip: Whether the kernel, its flipped form and their difference are shown side by side.
    """

    kind: Literal["standard", "grouped", "depthwise", "pointwise", "separable"] = "standard"
    stage: Literal["depthwise", "pointwise"] = "depthwise"
    mix: Weights = ("random",)
    flip: Flag = False
    padding: Padding = ((0, 0),)
    padding_mode: PaddingMode = "zeros"


class PoolingChoices(FlatInput, Choices):
    """The page Pooling."""

    kind: Literal[
        "max",
        "average",
        "lp",
        "adaptive_max",
        "adaptive_average",
        "global_max",
        "global_average",
        "unpool",
    ] = "max"
    kernel: KernelSize = (2,)
    stride: Stride = (2,)
    padding: EvenPadding = ((0, 0),)
    output_size: OutputSize = (4,)
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Divisor = None
    norm_type: Norm = 2.0


class TransposedChoices(Weighted, FlatInput, Choices):
    """The page Transposed."""

    input: Literal["picture", "row", "signal", "grid", "numbers", "layer"] = "numbers"
    cells: Cells = (3,)
    weights: Weights = ("ones",)
    stride: Stride = (2,)
    padding: EvenPadding = ((0, 0),)
    output_padding: OutputPadding = (0,)


class VolumeChoices(Weighted, Choices):
    """The page Volume."""

    input: Literal["volume", "numbers", "layer"] = "volume"
    volume: VolumeKey = next(iter(VOLUME_SAMPLES))
    size: VolumeSide = 24
    slices: Slices = 16
    cells: Cells = (4, 5, 5)
    kind: Literal["convolution", "max", "average"] = "convolution"
    weights: Weights = ("change-over-time",)
    padding: Padding = ((0, 0),)
    padding_mode: PaddingMode = "zeros"
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Divisor = None


CHOICES: Mapping[str, type[Choices]] = {
    "convolution": ConvolutionChoices,
    "pooling": PoolingChoices,
    "transposed": TransposedChoices,
    "volume": VolumeChoices,
}


def page_of(choices: Choices) -> str:
    """The page that these choices are for."""
    return next(page for page, model in CHOICES.items() if model is type(choices))
