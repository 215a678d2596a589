"""The Pooling page in a real browser."""

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.media import Mode, sample
from explorer.ui import state
from tests.browser.app import App
from tests.browser.player import (
    open_more,
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


def test_the_mean_in_colour_has_one_value_per_channel(page: Page, player: Locator) -> None:
    pause(player)
    scenes = int(said(player, "scenes"))
    page.get_by_role("radio", name="The mean").click()
    settle(player, scenes)
    expect(slider(page, "Dilation")).to_have_count(0)  # average pooling has none
    open_more(page)
    scenes = int(said(player, "scenes"))
    page.get_by_role("radio", name="RGB").click()
    settle(player, scenes)
    seek(player, 123)
    output = torch.nn.functional.avg_pool2d(picture("rgb"), 2).flatten(1)[:, 123]
    shown = [float(value) for value in said(player, "value").split()]
    assert shown == pytest.approx(output.tolist(), abs=1e-6)
    drawn = pixels(player, "output")[123 // 32, 123 % 32, :3]
    assert drawn.tolist() == pytest.approx((255 * output).tolist(), abs=1)


def test_padding_is_offered_up_to_half_the_kernel(page: Page, player: Locator) -> None:
    set_slider(page, player, "Kernel size", 5)
    assert slider(page, "Padding").get_attribute("max") == "2"


def test_what_becomes_impossible_is_corrected_in_words(page: Page, player: Locator) -> None:
    set_slider(page, player, "Dilation", 3)
    scenes = int(said(player, "scenes"))
    page.get_by_role("radio", name="The mean").click()
    settle(player, scenes)
    expect(page.get_by_text("Dilation is now 1 instead of 3")).to_be_visible()
