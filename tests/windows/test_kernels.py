"""Named kernels do what their sentences say, on pictures made for it."""

import re

import pytest
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows import NAMED_KERNELS, Window, convolution, kernel, kernels_of

SIZES = [(3, 3), (5, 5), (7, 7), (3, 5), (11, 3)]
EDGES = [name for name in NAMED_KERNELS if re.match("Sobel|Prewitt|Laplacian|Outline", name)]
KEEP_BRIGHTNESS = [name for name in NAMED_KERNELS if name not in EDGES]
BLURS = ["Box blur", "Gaussian blur"]

BRIGHTER_TO_THE_RIGHT = (torch.arange(9) >= 5).float().expand(1, 9, 9)
BRIGHTER_DOWNWARDS = BRIGHTER_TO_THE_RIGHT.mT


def applied(values: Tensor, picture: Tensor) -> Tensor:
    """The kernel on a one-channel picture, without padding."""
    return convolution(picture, values[None, None], None, Window.of(tuple(values.shape)))[0]


@pytest.mark.parametrize("name", NAMED_KERNELS)
def test_every_kernel_says_what_it_does_and_is_its_values_at_three_by_three(name: str) -> None:
    named = NAMED_KERNELS[name]
    assert named.name == name
    assert re.match(r"(Finds|Makes|Blurs|Changes) .*\.$|Blurs", named.explains)
    assert len(named.explains) > 60
    assert kernel(name).dtype == torch.float32
    assert torch.equal(kernel(name), torch.tensor(named.values))
    assert torch.equal(kernel(name), kernel(name, (3, 3)))


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("size", SIZES)
def test_edge_kernels_answer_nothing_where_it_is_flat(name: str, size: tuple[int, int]) -> None:
    assert kernel(name, size).sum() == 0


@pytest.mark.parametrize("name", KEEP_BRIGHTNESS)
@pytest.mark.parametrize("size", SIZES)
def test_the_others_keep_the_brightness_of_flat_areas(name: str, size: tuple[int, int]) -> None:
    assert float(kernel(name, size).sum()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("maker", ["Sobel", "Prewitt"])
def test_directions_are_as_named(maker: str) -> None:
    to_the_right, downwards = kernel(f"{maker}, left to right"), kernel(f"{maker}, top to bottom")
    assert applied(to_the_right, BRIGHTER_TO_THE_RIGHT).amax() > 0
    assert applied(to_the_right, BRIGHTER_TO_THE_RIGHT).amin() == 0
    assert applied(to_the_right, 1 - BRIGHTER_TO_THE_RIGHT).amin() < 0
    assert not applied(to_the_right, BRIGHTER_DOWNWARDS).any()
    assert applied(downwards, BRIGHTER_DOWNWARDS).amax() > 0
    assert applied(downwards, BRIGHTER_DOWNWARDS).amin() == 0
    assert not applied(downwards, BRIGHTER_TO_THE_RIGHT).any()


@pytest.mark.parametrize("name", ["Laplacian", "Outline"])
def test_undirected_edges_are_found_either_way_and_even_rises_are_not(name: str) -> None:
    assert applied(kernel(name), BRIGHTER_TO_THE_RIGHT).any()
    assert applied(kernel(name), BRIGHTER_DOWNWARDS).any()
    assert not applied(kernel(name), torch.arange(9.0).expand(1, 9, 9)).any()


def test_sharpen_widens_the_step_at_an_edge_and_emboss_lights_one_side() -> None:
    sharp = applied(kernel("Sharpen"), BRIGHTER_TO_THE_RIGHT)
    assert (sharp.amin(), sharp.amax()) == (-1, 2)
    lit = applied(kernel("Emboss"), BRIGHTER_TO_THE_RIGHT)
    shaded = applied(kernel("Emboss"), BRIGHTER_TO_THE_RIGHT.flip(2))
    assert lit.amax() > 1
    assert shaded.amin() < 0
    assert torch.equal(kernel("Emboss"), kernel("Emboss").mT)  # lit from a corner


@pytest.mark.parametrize("name", BLURS)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (4, 3), (5, 5), (31, 31)])
def test_blurs_average_at_every_size(name: str, size: tuple[int, int]) -> None:
    values = kernel(name, size)
    assert values.shape == size
    assert (values > 0).all()
    assert float(values.sum()) == pytest.approx(1, abs=1e-5)
    assert torch.allclose(values, values.flip(0, 1))


def test_near_pixels_count_more_in_the_gaussian_and_alike_in_the_box() -> None:
    assert kernel("Box blur", 5).unique().numel() == 1
    row = kernel("Gaussian blur", 5)[2]
    assert row[2] > row[1] > row[0] > 0
    assert (kernel("Gaussian blur") * 16).tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, (2, 5)])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_identity_changes_nothing_with_the_padding_pytorch_calls_same(
    size: int | tuple[int, int],
) -> None:
    values, picture = kernel("Identity", size), torch.rand(1, 1, 8, 9)
    same = torch.nn.functional.conv2d(picture, values[None, None], padding="same")
    assert torch.equal(same, picture)


@pytest.mark.parametrize("name", ["Sobel, left to right", "Sharpen", "Emboss"])
def test_at_larger_odd_sizes_a_kernel_computes_the_same(name: str) -> None:
    picture = torch.rand(1, 1, 12, 12)
    small = torch.nn.functional.conv2d(picture, kernel(name)[None, None], padding="same")
    for size in (5, (7, 3), (3, 9)):
        large = torch.nn.functional.conv2d(picture, kernel(name, size)[None, None], padding="same")
        torch.testing.assert_close(large, small)


def test_which_kernels_exist_at_a_size() -> None:
    assert [named.name for named in kernels_of((3, 3))] == list(NAMED_KERNELS)
    assert [named.name for named in kernels_of((5, 7))] == list(NAMED_KERNELS)
    anywhere = {"Box blur", "Gaussian blur", "Identity"}
    for size in ((2, 2), (1, 1), (3, 4), (1, 3)):
        assert {named.name for named in kernels_of(size)} == anywhere
        for name in NAMED_KERNELS:
            if name in anywhere:
                assert kernel(name, size).shape == size
            else:
                with pytest.raises(ExplorerError, match=f"no {size[0]}×{size[1]} form"):
                    kernel(name, size)


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("Blobel", 3, "no kernel named 'Blobel'. There are: Sobel"),
        ("Identity", 0, "kernel size is 0"),
        ("Identity", 10**6, "at most 101"),
        ("Identity", 2.5, "whole number"),
        ("Identity", (3, 3, 3), "3 entries"),
    ],
)
def test_names_and_sizes_that_do_not_exist(name: str, size: int, told: str) -> None:
    with pytest.raises(ExplorerError, match=told):
        kernel(name, size)
