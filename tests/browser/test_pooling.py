"""The Pooling page in a real browser."""

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.media import Mode, sample
from explorer.ui import state
from tests.browser.app import App
from tests.browser.choosing import choose_and_settle
from tests.browser.player import (
    open_page,
    pause,
    pixels,
    said,
    seek,
    set_slider,
    settle,
    slider,
    step,
    wait_until,
)


@pytest.fixture
def player(page: Page, app: App) -> Locator:
    return open_page(page, f"{app.url}/pooling")


def picture(mode: Mode = "grayscale") -> torch.Tensor:
    return sample("china", state.LONGEST_SIDE).tensor(mode, 64)


def test_it_opens_animating_on_the_same_picture(player: Locator) -> None:
    first = step(player)
    wait_until(player, "Number(data.step) > argument + 5", first)
    pause(player)
    output = torch.nn.functional.max_pool2d(picture(), 2)[0]
    assert pixels(player, "output").shape[:2] == output.shape
    seek(player, 300)
    assert float(said(player, "value")) == float(output.flatten()[300])


def test_the_mean_in_colour_has_one_value_per_channel(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/pooling?kind=average&colour=rgb")
    expect(slider(player, "Dilation")).to_have_count(0)  # average pooling has none
    seek(player, 123)
    output = torch.nn.functional.avg_pool2d(picture("rgb"), 2).flatten(1)[:, 123]
    shown = [float(value) for value in said(player, "value").split()]
    assert shown == pytest.approx(output.tolist(), abs=1e-6)
    drawn = pixels(player, "output")[123 // 32, 123 % 32, :3]
    assert drawn.tolist() == pytest.approx((255 * output).tolist(), abs=1)


def test_padding_is_offered_up_to_half_the_kernel(player: Locator) -> None:
    set_slider(player, "Kernel size", 5)
    assert slider(player, "Padding").get_attribute("max") == "2"


def test_what_becomes_impossible_is_corrected_in_words(page: Page, player: Locator) -> None:
    set_slider(player, "Dilation", 3)
    choose_and_settle(page, player, "What is kept", "The mean (average)")
    expect(page.get_by_text("Dilation is now 1 instead of 3")).to_be_visible()


def test_windows_reach_over_the_end_when_asked_to(page: Page, player: Locator) -> None:
    pause(player)
    scenes = int(said(player, "scenes"))
    page.get_by_text("Windows may reach over the end").click()
    settle(player, scenes)
    output = torch.nn.functional.max_pool2d(picture(), 2, ceil_mode=True)[0]
    assert pixels(player, "output").shape[:2] == output.shape == (22, 32)
    seek(player, output.numel() - 1)
    assert float(said(player, "value")) == float(output[-1, -1])


def test_adaptive_windows_follow_the_output(page: Page, player: Locator) -> None:
    pause(player)
    choose_and_settle(page, player, "What is kept", "The mean, adaptive")
    expect(slider(player, "Kernel size")).to_be_hidden()
    scenes = int(said(player, "scenes"))
    box = page.get_by_role("textbox", name="Output size")
    box.fill("7x5")
    box.press("Enter")
    settle(player, scenes)
    output = torch.nn.functional.adaptive_avg_pool2d(picture(), (7, 5))[0]
    seek(player, 17)
    assert float(said(player, "value")) == pytest.approx(float(output.flatten()[17]), abs=1e-6)
    box.fill("0x<b>")
    box.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("numbers from 1 to 64 are possible")
    assert int(said(player, "steps")) == 35


def test_unpooling_puts_each_largest_cell_back(page: Page, player: Locator) -> None:
    pause(player)
    choose_and_settle(page, player, "What is kept", "Max-unpooling")
    pooled, indices = torch.nn.functional.max_pool2d(picture(), 2, return_indices=True)
    output = torch.nn.functional.max_unpool2d(
        pooled[None], indices[None], [2, 2], output_size=[43, 64]
    )[0, 0]
    assert pixels(player, "output").shape[:2] == (43, 64)
    for at in (int(indices[0, 3, 4]), 0, 43 * 64 - 1):
        seek(player, at)
        assert float(said(player, "value")) == float(output.flatten()[at])
