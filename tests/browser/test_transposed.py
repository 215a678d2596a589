"""The Transposed page in a real browser."""

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.media import sample
from explorer.ui import state
from tests.browser.app import App
from tests.browser.choosing import choose_and_settle
from tests.browser.player import (
    open_fold,
    open_page,
    pause,
    pixels,
    said,
    seek,
    set_slider,
    settle,
    wait_until,
)

NUMBERS = torch.arange(9.0).reshape(1, 3, 3)
ONES = torch.ones(1, 1, 3, 3)


@pytest.fixture
def player(page: Page, app: App) -> Locator:
    return open_page(page, f"{app.url}/transposed")


def stuffed(player: Locator) -> None:
    """The other way to see it: every step is an output cell then."""
    player.get_by_role("button", name="Convolution of a zero-stuffed input").click()
    wait_until(player, "Number(data.steps) > 9")


def test_it_opens_on_nine_cells_stamped_to_seven_by_seven(page: Page, player: Locator) -> None:
    wait_until(player, "data.playing === 'true'")
    assert said(player, "steps") == "9"
    assert pixels(player, "output").shape[:2] == (7, 7)
    expect(page.get_by_text("(3 − 1)·2 − 2·0 + 1·(3−1) + 0 + 1 = 7").first).to_be_visible()
    expect(page.get_by_text("nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2)")).to_be_visible()
    expect(player.locator(".agreement")).to_contain_text("Agrees with PyTorch")


def test_both_ways_give_pytorchs_values(player: Locator) -> None:
    pause(player)
    stuffed(player)
    output = torch.nn.functional.conv_transpose2d(NUMBERS[None], ONES, stride=2)[0, 0]
    for at in (0, 16, 24, 48):
        seek(player, at)
        assert float(said(player, "value")) == float(output.flatten()[at])


def test_output_padding_makes_the_output_larger(page: Page, player: Locator) -> None:
    pause(player)
    set_slider(player, "Output padding", 1)
    assert pixels(player, "output").shape[:2] == (8, 8)
    expect(page).to_have_url(f"{page.url.split('?')[0]}?output_padding=1")
    set_slider(player, "Padding", 1)
    assert pixels(player, "output").shape[:2] == (6, 6)
    set_slider(player, "Stride", 3)
    output = torch.nn.functional.conv_transpose2d(
        NUMBERS[None], ONES, stride=3, padding=1, output_padding=1
    )[0, 0]
    assert pixels(player, "output").shape[:2] == output.shape
    stuffed(player)
    seek(player, output.numel() - 10)
    assert float(said(player, "value")) == float(output.flatten()[-10])


def test_it_works_on_the_picture_with_another_kernel(page: Page, player: Locator) -> None:
    pause(player)
    choose_and_settle(page, player, "Kernel", "Gaussian blur")
    open_fold(page, "Input")
    choose_and_settle(page, player, "Input", "The picture")
    picture = sample("china", state.LONGEST_SIDE).tensor("grayscale", 64)
    weight = torch.outer(*(torch.tensor([0.25, 0.5, 0.25]),) * 2)[None, None]
    output = torch.nn.functional.conv_transpose2d(picture[None], weight, stride=2)[0, 0]
    assert pixels(player, "output").shape[:2] == output.shape
    stuffed(player)
    seek(player, 5000)
    value = float(said(player, "value"))
    assert value == pytest.approx(float(output.flatten()[5000]), abs=1e-6)


def test_a_typed_grid_is_read_and_a_bad_one_refused_in_words(page: Page, player: Locator) -> None:
    pause(player)
    open_fold(page, "Input")
    choose_and_settle(page, player, "Input", "A typed grid")
    box = page.get_by_role("textbox", name="Numbers")
    scenes = int(said(player, "scenes"))
    box.fill("1, 2\n3, 4.5")
    box.press("Control+Enter")
    settle(player, scenes)
    assert pixels(player, "input").shape[:2] == (2, 2)
    assert pixels(player, "output").shape[:2] == (5, 5)
    box = page.get_by_role("textbox", name="Numbers")
    box.fill("1, 2\n3, x")
    box.press("Control+Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("x is not a number")
    assert pixels(player, "input").shape[:2] == (2, 2)
