"""Refusals of layers: what they say, and that what they offer works."""

import re
from random import Random

import pytest

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape, per_axis
from explorer.network.layers import (
    KINDS,
    AvgPool,
    AvgPool3d,
    BatchNorm1d,
    BatchNorm2d,
    Conv,
    Conv1d,
    Conv2d,
    ConvTranspose,
    ConvTranspose2d,
    Flatten,
    GroupNorm,
    InstanceNorm2d,
    LayerNorm,
    MaxPool,
    MaxPool2d,
    Softmax,
    Unflatten,
    Upsample,
)
from tests.network.random_layers import random_layer, random_shape


def refusal(layer: LayerSpec, shape: Shape) -> ExplorerError:
    with pytest.raises(ExplorerError) as caught:
        layer.check(shape, "`before`")
    return caught.value


@pytest.mark.parametrize(
    ("layer", "shape", "problem", "remedy"),
    [
        (
            Conv2d(kernel_size=5),
            (8, 3, 9),
            "Height 3 + 2·0 − 1·(5 − 1) − 1 = −2: the 5×5 kernel is larger than the picture that "
            "arrives from `before` (3×9).",
            "Take a kernel_size of at most (3, 9) or a padding of at least (1, 0) here, or shrink "
            "the picture less in the layers before.",
        ),
        (
            Conv1d(kernel_size=5, padding="valid"),
            (8, 3),
            "Length 3 + 2·0 − 1·(5 − 1) − 1 = −2: the kernel is larger than the signal that "
            "arrives from `before` (3).",
            "Take a kernel_size of at most 3 or a padding of at least 1 here, or shrink the signal "
            "less in the layers before.",
        ),
        (
            MaxPool2d(kernel_size=4, stride=1, ceil_mode=True),
            (8, 3, 3),
            "Height ⌈(3 + 2·0 − 1·(4 − 1) − 1)/1⌉ + 1 = 0: the 4×4 kernel is larger than the "
            "picture that arrives from `before` (3×3).",
            "Take a kernel_size of at most 3 or a padding of at least 1 here, or shrink the "
            "picture less in the layers before.",
        ),
        (
            Conv2d(groups=4, out_channels=16),
            (6, 9, 9),
            "groups is 4, but in_channels is 6, from `before`: 6 = 1·4 + 2, so the channels cannot "
            "be shared out evenly.",
            "Take groups that divide 6 and 16: 1, 2.",
        ),
        (
            Conv2d(padding="same", stride=2, kernel_size=7, padding_mode="reflect"),
            (2, 3, 3),
            "Height: padding of 3 with padding_mode 'reflect' needs 3 cells besides the edge "
            "itself, but the picture that arrives from `before` (3×3) has 2.",
            "Take a smaller kernel_size or dilation, or padding_mode 'replicate' or 'zeros'.",
        ),
        (
            Conv2d(padding="same", stride=2, kernel_size=(3, 5)),
            (6, 9, 9),
            "padding 'same' keeps the size, but stride 2 makes it smaller: PyTorch refuses both "
            "together.",
            "Take stride 1, or a padding of (1, 2).",
        ),
        (
            Conv2d(padding=3, padding_mode="reflect"),
            (6, 3, 9),
            "Height: padding of 3 with padding_mode 'reflect' needs 3 cells besides the edge "
            "itself, but the picture that arrives from `before` (3×9) has 2.",
            "Take a padding of at most (2, 3), or padding_mode 'replicate' or 'zeros'.",
        ),
        (
            ConvTranspose2d(output_padding=(0, 2)),
            (6, 3, 9),
            "Width: output_padding 2 must be smaller than stride 2 or dilation 1; it only settles "
            "which of the sizes that give 9 back is meant.",
            "Take an output_padding of at most (0, 1), or a stride of at least 3.",
        ),
        (
            ConvTranspose2d(padding=3),
            (6, 3, 9),
            "Height (3 − 1)·2 − 2·3 + 1·(2 − 1) + 0 + 1 = 0: the padding cuts away everything that "
            "the layer makes of what arrives from `before` (3×9).",
            "Take a padding of at most (2, 3), or a larger kernel_size or stride.",
        ),
        (
            AvgPool3d(kernel_size=4, padding=2),
            (6, 9, 9, 2),
            "Width 2 is less than 4: AvgPool3d takes no kernel larger than the volume that arrives "
            "from `before` (9×9×2), whatever its padding.",
            "Take a kernel_size of at most (4, 4, 2) and a padding of at most (2, 2, 1) here, or "
            "shrink the volume less in the layers before.",
        ),
        (
            Conv2d(),
            (3, 100),
            "Conv2d works on channels × height × width, but `before` gives channels × length "
            "(3×100).",
            "Take Conv1d here.",
        ),
        (
            BatchNorm2d(),
            (100,),
            "BatchNorm2d works on channels × height × width, but `before` gives a plain row of 100 "
            "values.",
            "Take BatchNorm1d here, or move it before the Flatten layer.",
        ),
        (
            BatchNorm1d(num_features=3),
            (100,),
            "num_features is 3, but `before` gives 100 values.",
            "Set num_features to 100, or leave it empty so that it follows.",
        ),
        (
            GroupNorm(num_groups=4),
            (6, 3, 3),
            "num_groups is 4, but `before` gives 6 channels: 6 = 1·4 + 2, so the groups would not "
            "be equal.",
            "Take a num_groups that divides 6: 1, 2, 3, 6.",
        ),
        (
            InstanceNorm2d(),
            (6, 1, 1),
            "`before` gives 6×1×1: 1 value per channel, which has no spread.",
            "Put it where the sizes are larger than 1, or take GroupNorm instead.",
        ),
        (
            LayerNorm(normalized_shape=(7, 7)),
            (6, 3, 3),
            "normalized_shape is 7×7, but `before` gives 6×3×3, which does not end in 7×7.",
            "Set normalized_shape to 6×3×3, or leave it empty so that it follows.",
        ),
        (
            Unflatten(unflattened_size=(4, 3, 3)),
            (35,),
            "Dimension 1 of what `before` gives (35) is 35, but unflattened_size is 4·3·3 = 36.",
            "Take sizes whose product is 35; one of them may be −1: whatever is left.",
        ),
        (
            Unflatten(unflattened_size=(-1, 3, 3)),
            (35,),
            "Dimension 1 of what `before` gives (35) is 35, but unflattened_size is −1·3·3, and 35 "
            "cannot be divided by 9.",
            "Take sizes whose product is 35; one of them may be −1: whatever is left.",
        ),
        (
            Flatten(start_dim=0),
            (6, 3, 3),
            "start_dim is 0, which is the batch: what `before` gives (6×3×3) comes after it, and "
            "different pictures would be mixed.",
            "Set start_dim to 1 to 3, or to −1 for the last.",
        ),
        (
            Softmax(dim=3),
            (6, 3),
            "dim is 3, but `before` gives channels × length (6×3): with the batch in front these "
            "are the dimensions 0 to 2.",
            "Set dim to 1 to 2, or to −1 for the last.",
        ),
        (
            Upsample(mode="bilinear"),
            (6, 3),
            "mode 'bilinear' is for channels × height × width, but `before` gives channels × "
            "length (6×3).",
            "For a signal, take the mode nearest, linear.",
        ),
        (
            Upsample(scale_factor=0.2),
            (6, 3, 9),
            "Height ⌊3·0.2⌋ = 0: nothing is left of the picture that arrives from `before` (3×9).",
            "Take a scale_factor of at least 0.34.",
        ),
        (
            Upsample(size=1_000_000, scale_factor=None),
            (6, 3, 9, 9),
            "It would put out 6×1000000×1000000×1000000 = 6,000,000,000,000,000,000 values for "
            "each picture.",
            "Take smaller sizes, a smaller stride or fewer channels.",
        ),
    ],
)
def test_what_a_refusal_says(layer: LayerSpec, shape: Shape, problem: str, remedy: str) -> None:
    error = refusal(layer, shape)
    assert error.problem == problem
    assert error.remedy == remedy


OFFER = re.compile(r"(kernel_size|padding|output_padding|scale_factor) of at (?:most|least) ")
NUMBERS = re.compile(r"\(([\d, ]+)\)|([\d.]*\d)")


def offers(remedy: str) -> list[dict[str, object]]:
    """The changes a remedy offers; those joined by "and" belong together."""
    found: list[dict[str, object]] = []
    for offer in OFFER.finditer(remedy):
        several, single = NUMBERS.match(remedy, offer.end()).groups()  # type: ignore[union-attr]
        value = (
            tuple(int(size) for size in several.split(","))
            if several
            else (float(single) if "." in single else int(single))
        )
        joined = remedy[: offer.start()].endswith(" and a ")
        found.append({**(found.pop() if joined else {}), offer[1]: value})
    return found


@pytest.mark.parametrize(
    "kind",
    [
        name
        for name, kind in KINDS.items()
        if issubclass(kind, Conv | ConvTranspose | MaxPool | AvgPool | Upsample)
    ],
)
def test_the_sizes_a_refusal_offers_work(kind: str) -> None:
    random = Random(kind)
    tried = 0
    for _ in range(600):
        shape = random_shape(random, KINDS[kind])
        layer = random_layer(random, KINDS[kind], shape)
        try:
            layer.check(shape, "`before`")
        except ExplorerError as error:
            for offer in offers(error.remedy):
                tried += 1
                changed = type(layer).model_validate(layer.model_dump() | offer)
                again = None
                try:
                    changed.check(shape, "`before`")
                except ExplorerError as still:
                    again = still
                assert again is None, (layer, shape, error, again)
    assert tried >= 5


def test_kernels_of_different_sizes_are_offered_along_each_axis() -> None:
    layer = Conv2d(kernel_size=(7, 3))
    assert per_axis(layer.kernel_size) == (7, 3)
    error = refusal(layer, (3, 5, 9))
    assert offers(error.remedy) == [{"kernel_size": (5, 9)}, {"padding": (1, 0)}]
