"""Named kernels do what their sentences say, on pictures made for it."""

import re

import pytest
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows import NAMED_KERNELS, Convolution, Window, kernel, result
from explorer.windows.kernels import random_weights, resized

SIZES = [(3, 3), (5, 5), (7, 7), (3, 5), (11, 3)]
EDGES = [name for name in NAMED_KERNELS if re.match("Sobel|Prewitt|Laplacian|Outline", name)]
KEEP_BRIGHTNESS = [name for name in NAMED_KERNELS if name not in EDGES]
BLURS = ["Box blur", "Gaussian blur"]

BRIGHTER_TO_THE_RIGHT = (torch.arange(9) >= 5).float().expand(1, 9, 9)
BRIGHTER_DOWNWARDS = BRIGHTER_TO_THE_RIGHT.mT


def applied(values: Tensor, picture: Tensor) -> Tensor:
    """The kernel on a one-channel picture, without padding."""
    operation = Convolution(Window.of(tuple(values.shape)))
    return result(operation, picture, values[None, None])[0]


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
    assert all(named.fits((3, 3)) and named.fits((5, 7)) for named in NAMED_KERNELS.values())
    anywhere = {"Box blur", "Gaussian blur", "Identity"}
    for size in ((2, 2), (1, 1), (3, 4), (1, 3)):
        assert {named.name for named in NAMED_KERNELS.values() if named.fits(size)} == anywhere
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


def test_lines_make_the_same_kernels_in_the_browser() -> None:
    for name, named in NAMED_KERNELS.items():
        lines = named.lines(7)
        assert (lines is None) == (named.line is None)
        for length, line in (lines or {}).items():
            values = torch.tensor(line)
            assert torch.equal(torch.outer(values, values), kernel(name, length))
    assert list(NAMED_KERNELS["Box blur"].lines(3) or ()) == [1, 2, 3]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_another_size_adds_zeros_or_cuts_around_the_middle(dimensions: int) -> None:
    odd = torch.arange(1.0, 1 + 3**dimensions).view(1, 1, *[3] * dimensions)
    assert torch.equal(resized(odd, [3] * dimensions), odd)
    larger = resized(odd, [5] * dimensions)
    assert larger.shape == (1, 1, *[5] * dimensions)
    assert larger.sum() == odd.sum()
    middle = (slice(None), slice(None), *[slice(1, 4)] * dimensions)
    assert torch.equal(larger[middle], odd)
    assert torch.equal(resized(larger, [3] * dimensions), odd)
    assert float(resized(odd, [1] * dimensions)) == float(odd.flatten()[3**dimensions // 2])


def test_the_odd_cell_is_added_at_the_end_and_cut_at_the_start() -> None:
    assert resized(torch.tensor([1.0, 2.0]), (3,)).tolist() == [1, 2, 0]
    assert resized(torch.tensor([1.0, 2.0, 3.0]), (2,)).tolist() == [2, 3]
    grown = resized(torch.ones(2, 1, 2, 3), (3, 2))
    assert grown.tolist() == [[[[1, 1], [1, 1], [0, 0]]]] * 2


def test_random_weights_come_again_and_are_short_to_write() -> None:
    first = random_weights((4, 3, 5, 5), 7)
    assert first.dtype == torch.float32
    assert torch.equal(first, random_weights((4, 3, 5, 5), 7))
    assert not torch.equal(first, random_weights((4, 3, 5, 5), 8))
    assert [float(f"{value:.2f}") for value in first.double().flatten()] == pytest.approx(
        first.flatten().tolist(), abs=1e-6
    )
    assert abs(float(first.mean())) < 0.2
    assert 0.8 < float(first.std()) < 1.2
