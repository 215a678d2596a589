"""Worked examples that people meet in textbooks and papers, as choices of a page.

The choices are the page's parameters in its link, so that an example is opened, linked to and
changed like everything else. Sources: Zhang and others, Dive into Deep Learning (https://d2l.ai),
sections 7.2 to 7.5; Dumoulin and Visin, A guide to convolution arithmetic for deep learning
(arXiv:1603.07285); Szegedy and others, Going deeper with convolutions (arXiv:1409.4842); He and
others, Deep residual learning for image recognition (arXiv:1512.03385).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Page = Literal["convolution", "pooling", "transposed", "volume"]


@dataclass(frozen=True)
class Example:
    """A worked example.

    Attributes:
        title: A few words, told apart from all others.
        page: Where it opens.
        about: What to look at, in one or two sentences.
        choices: The page's link parameters that differ from its defaults.
    """

    title: str
    page: Page
    about: str
    choices: Mapping[str, str] = field(hash=False)


_KERNEL = "0,1,2;2,2,0;0,1,2"  # the one that Dumoulin and Visin calculate with


def _example(title: str, page: Page, about: str, /, **choices: str) -> Example:
    return Example(title, page, about, MappingProxyType(choices))


def _counting(title: str, about: str, /, **choices: str) -> Example:
    """0…8 in three rows and the kernel 0…3."""
    return _example(
        title,
        "convolution",
        about,
        input="grid",
        grid="0,1,2;3,4,5;6,7,8",
        kernel="2",
        weights="0,1;2,3",
        **choices,
    )


def _pooled(title: str, about: str, /, **choices: str) -> Example:
    grid = {"input": "grid", "grid": "0,1,2;3,4,5;6,7,8", "kernel": "2", "stride": "1"}
    return _example(title, "pooling", about, **grid, **choices)


def _arithmetic(title: str, about: str, cells: int, /, **choices: str) -> Example:
    """A case of Dumoulin and Visin's guide: a square input and a 3×3 kernel."""
    made = {"input": "numbers", "cells": f"{cells}x{cells}", "kernel": "3", "weights": _KERNEL}
    return _example(title, "convolution", about, **{**made, **choices})


def _transposed(title: str, about: str, cells: int, /, **choices: str) -> Example:
    made = {"input": "numbers", "cells": f"{cells}x{cells}", "kernel": "3", "weights": _KERNEL}
    return _example(title, "transposed", about, **{**made, "stride": "1", **choices})


EXAMPLES: Mapping[str, Example] = {
    # --- small numbers ------------------------------------------------------------------------
    "numbers": _counting(
        "0…8 with the kernel 0…3",
        "0·0 + 1·1 + 3·2 + 4·3 = 19, then 25, 37 and 43: multiplied in place and added up, without "
        "flipping the kernel. (d2l.ai 7.2)",
    ),
    "numbers-padded": _counting(
        "0…8 padded to 5×5",
        "One cell of zeros on every side: 3×3 becomes 5×5 and the output 4×4 instead of 2×2. In a "
        "corner a single cell of the picture counts. (d2l.ai 7.3)",
        padding="1",
    ),
    "numbers-strides": _counting(
        "0…8, strides 3 and 2",
        "Three rows down, two columns right: 0, 8, 6 and 8 are left. Stride and padding may differ "
        "from axis to axis. (d2l.ai 7.3)",
        padding="1",
        stride="3x2",
    ),
    "numbers-max": _pooled(
        "0…8, 2×2 max pooling",
        "The largest of four: 4, 5, 7 and 8. Nothing is multiplied, and there is nothing to learn. "
        "(d2l.ai 7.5)",
    ),
    "numbers-average": _pooled(
        "0…8, 2×2 average pooling",
        "The mean of four: 2, 3, 5 and 6; the same as a kernel whose four weights are 1/4.",
        kind="average",
    ),
    "guide-numbers": _example(
        "The guide's example in numbers",
        "convolution",
        "The first figure of Dumoulin and Visin's guide: 12 12 17, 10 17 19, 9 6 14.",
        input="grid",
        grid="3,3,2,1,0;0,0,1,3,1;3,1,2,2,3;2,0,0,2,2;2,0,0,0,1",
        kernel="3",
        weights=_KERNEL,
    ),
    # --- photographs and channels -------------------------------------------------------------
    "random-colours": _example(
        "A random Conv2d(3, 3) on a photograph",
        "convolution",
        "What a network does before it has learned anything: three maps, each a random mixture of "
        "red, green and blue around a cell.",
        colour="rgb",
        weights="random",
        maps="3",
        seed="1",
    ),
    "photograph-max": _example(
        "4×4 max pooling on a photograph",
        "pooling",
        "One cell for each sixteen, channel by channel: bright details survive, dark ones vanish.",
        colour="rgb",
        kernel="4",
        stride="4",
    ),
    "pointwise": _example(
        "1×1 over 8 channels",
        "convolution",
        "A 1×1 kernel looks at one place only: it mixes the 8 channels there, 8 products for each "
        "cell of each map. It changes the number of channels, not the size.",
        input="numbers",
        cells="6x6",
        channels="8",
        fill="random",
        kind="pointwise",
        kernel="1",
        weights="random",
        maps="2",
        seed="1",
    ),
    "same-even": _example(
        "padding='same' with an even kernel",
        "convolution",
        "A kernel of 4 needs 3 cells of padding for an output of the input's size, and 3 cannot be "
        "halved: PyTorch puts 1 before and 2 after.",
        input="numbers",
        cells="5x5",
        kernel="4",
        padding="same",
        weights="ones",
    ),
    # --- conv_arithmetic: seven convolutions, their transposes, and a dilated one ----------------
    "no-padding-no-strides": _arithmetic(
        "No padding, no strides",
        "A 3×3 kernel fits into 4×4 in two places along each axis: 2×2.",
        4,
    ),
    "arbitrary-padding-no-strides": _arithmetic(
        "Arbitrary padding, no strides",
        "Padding by 2 and a kernel of 4: 5 + 2·2 − 4 + 1 = 6, larger than the input.",
        5,
        kernel="4",
        padding="2",
        weights="counting",
    ),
    "same-padding-no-strides": _arithmetic(
        "Half padding, no strides",
        "Half of an odd kernel, rounded down, on every side keeps the size: 5×5. Also called same "
        "padding.",
        5,
        padding="1",
    ),
    "full-padding-no-strides": _arithmetic(
        "Full padding, no strides",
        "Every place where the kernel touches the input at all: 5 + 2·2 − 3 + 1 = 7.",
        5,
        padding="2",
    ),
    "no-padding-strides": _arithmetic(
        "No padding, stride 2",
        "Every other window is left out: floor((5 − 3) / 2) + 1 = 2.",
        5,
        stride="2",
    ),
    "padding-strides": _arithmetic(
        "Padding and stride 2",
        "The usual way to halve a map: floor((5 + 2·1 − 3) / 2) + 1 = 3.",
        5,
        padding="1",
        stride="2",
    ),
    "padding-strides-odd": _arithmetic(
        "Padding and stride 2, one cell more",
        "6×6 gives the same 3×3 as 5×5: the floor drops the last row and column of the padding.",
        6,
        padding="1",
        stride="2",
    ),
    "no-padding-no-strides-transposed": _transposed(
        "No padding, no strides, transposed",
        "The way back from 2×2 to 4×4: each cell stamps the kernel, and the stamps add up.",
        2,
    ),
    "arbitrary-padding-no-strides-transposed": _transposed(
        "Arbitrary padding, no strides, transposed",
        "From 6×6 back to 5×5: padding of a transposed convolution cuts the output's edge off.",
        6,
        kernel="4",
        padding="2",
        weights="counting",
    ),
    "same-padding-no-strides-transposed": _transposed(
        "Half padding, no strides, transposed",
        "The transpose of a convolution that keeps the size keeps it too: 5×5.",
        5,
        padding="1",
    ),
    "full-padding-no-strides-transposed": _transposed(
        "Full padding, no strides, transposed",
        "From 7×7 back to 5×5: the same as a convolution without padding.",
        7,
        padding="2",
    ),
    "no-padding-strides-transposed": _transposed(
        "No padding, stride 2, transposed",
        "From 2×2 to 5×5: stamps two cells apart overlap in one row and one column.",
        2,
        stride="2",
    ),
    "padding-strides-transposed": _transposed(
        "Padding and stride 2, transposed",
        "From 3×3 to 5×5; the stamps' overlaps form a checkerboard.",
        3,
        padding="1",
        stride="2",
    ),
    "padding-strides-odd-transposed": _transposed(
        "Padding and stride 2, one cell more, transposed",
        "5×5 and 6×6 both became 3×3; output padding says which of them is meant: here 6×6.",
        3,
        padding="1",
        stride="2",
        output_padding="1",
    ),
    "dilation": _arithmetic(
        "Dilated, no padding, no strides",
        "Cells of the kernel two apart: nine weights that reach over 5×5, so 7×7 becomes 3×3.",
        7,
        dilation="2",
    ),
    # --- kernels of well-known networks ----------------------------------------------------------
    "stem": _example(
        "The stem of GoogLeNet and ResNet",
        "convolution",
        "Both begin with 7×7, stride 2 and padding 3: half the size, 147 weights for each map.",
        size="224",
        colour="rgb",
        kernel="7",
        stride="2",
        padding="3",
        weights="random",
        maps="4",
    ),
    "googlenet-pool": _example(
        "GoogLeNet's pooling after the stem",
        "pooling",
        "3×3, stride 2, no padding, and ceil_mode: the last window reaches past the edge, so that "
        "112 becomes 56 and not 55.",
        size="112",
        kernel="3",
        stride="2",
        ceil_mode="yes",
    ),
    "resnet-pool": _example(
        "ResNet's pooling after the stem",
        "pooling",
        "3×3, stride 2 and padding 1: 112 becomes 56 too, without ceil_mode. Padding is −∞ for a "
        "maximum: it never wins.",
        size="112",
        kernel="3",
        stride="2",
        padding="1",
    ),
    "googlenet-1x1": _example(
        "GoogLeNet's 1×1",
        "convolution",
        "A branch of an Inception module, and what makes the 3×3 and the 5×5 after it cheap: fewer "
        "channels.",
        size="28",
        colour="rgb",
        kind="pointwise",
        kernel="1",
        weights="random",
        maps="2",
    ),
    "googlenet-3x3": _example(
        "GoogLeNet's 3×3, padding 1",
        "convolution",
        "Padding 1 keeps the size, so that the branches of an Inception module can be joined.",
        size="28",
        colour="rgb",
        kernel="3",
        padding="1",
        weights="random",
        maps="2",
    ),
    "googlenet-5x5": _example(
        "GoogLeNet's 5×5, padding 2",
        "convolution",
        "Padding 2 does for 5×5 what padding 1 does for 3×3.",
        size="28",
        colour="rgb",
        kernel="5",
        padding="2",
        weights="random",
        maps="2",
    ),
    "resnet-3x3": _example(
        "ResNet's 3×3, stride 2, padding 1",
        "convolution",
        "Where a stage of ResNet begins: half the size, twice the channels.",
        size="56",
        colour="rgb",
        kernel="3",
        stride="2",
        padding="1",
        weights="random",
        maps="2",
    ),
    "resnet-1x1": _example(
        "ResNet's 1×1, stride 2",
        "convolution",
        "The shortcut beside it has to halve the size too: it reads one cell of four and leaves "
        "three unread.",
        size="56",
        colour="rgb",
        kernel="1",
        stride="2",
        weights="random",
        maps="2",
    ),
    # --- three dimensions ------------------------------------------------------------------------
    "anisotropic": _example(
        "A kernel of 1×2×5, strides 2, 4 and 3",
        "volume",
        "Each axis has its own kernel size and stride: depth 5 gives 3, height 8 gives 2, width 13 "
        "gives 3. Rows 3, 4, 7 and 8 of each slice, and every other slice, are never read.",
        input="numbers",
        cells="5x8x13",
        kernel="1x2x5",
        stride="2x4x3",
        weights="ones",
    ),
    "change-in-time": _example(
        "What changes from frame to frame",
        "volume",
        "A kernel of 2×1×1, −1 and 1: the difference of each frame and the next. Flat sky gives "
        "nothing, edges that move past give much.",
        volume="walk",
        kernel="2x1x1",
        weights="-1,1",
    ),
}
