"""What follows the finger in the browser, and how PyTorch confirms it."""

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.media import sample
from explorer.ui import state
from explorer.windows import kernel
from tests.browser.app import App
from tests.browser.player import open_page, pause, pixels, said, seek, settle, slider, wait_until


@pytest.fixture
def player(page: Page, app: App) -> Locator:
    player = open_page(page, app.url)
    pause(player)
    return player


def picture() -> torch.Tensor:
    return sample("china", state.LONGEST_SIDE).tensor("grayscale", 64)


def test_a_dragged_slider_shows_results_before_the_server_does(page: Page, player: Locator) -> None:
    scenes = said(player, "scenes")
    handle = slider(player, "Padding")
    box = handle.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 9, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    wait_until(player, "Number(data.live) > 1 && data.confirmed === 'false'")
    padding = int(handle.input_value())
    assert padding > 1
    weight = kernel("Sobel, left to right")[None, None]
    output = torch.nn.functional.conv2d(picture(), weight, padding=padding)[0]
    wait_until(player, "Number(data.steps) === argument", output.numel())
    assert said(player, "scenes") == scenes  # still held: the server knows nothing of it
    seek(player, 500)
    value = float(said(player, "value"))
    assert value == pytest.approx(float(output.flatten()[500]), abs=1e-5)
    live = pixels(player, "output")
    page.mouse.up()
    settle(player, int(scenes))
    wait_until(player, "data.confirmed === 'true' && data.difference !== undefined")
    assert float(said(player, "difference")) < 1e-5
    assert (pixels(player, "output") == live).all()
    expect(player.locator(".agreement")).to_contain_text("Agrees with PyTorch")
    assert f"padding={padding}" in page.url


def test_a_weight_is_dragged(page: Page, player: Locator) -> None:
    seek(player, 700)
    cell = player.get_by_role("button", name=re.compile("^Kernel weight, row 2, column 2"))
    box = cell.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scenes = int(said(player, "scenes"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60, steps=6)
    wait_until(player, "Number(data.live) > 0")
    page.mouse.up()
    settle(player, scenes)
    weight = kernel("Sobel, left to right")
    weight[1, 1] = float(cell.get_attribute("data-weight") or "nan")
    assert weight[1, 1] == pytest.approx(2, abs=0.1)  # 60 pixels: as much as the largest weight
    output = torch.nn.functional.conv2d(picture(), weight[None, None])[0].flatten()
    assert float(said(player, "value")) == pytest.approx(float(output[700]), abs=1e-5)


def test_a_slider_put_back_changes_nothing(page: Page, player: Locator) -> None:
    scenes = said(player, "scenes")
    handle = slider(player, "Stride")
    handle.evaluate(
        """(input) => {
          for (const value of ["2", "1"]) {
            input.value = value;
            input.dispatchEvent(new Event("input"));
          }
          input.dispatchEvent(new Event("change"));
        }"""
    )
    expect(handle).to_have_value("1")
    wait_until(player, "data.confirmed === 'true' && data.steps === '2542'")
    assert said(player, "scenes") == scenes


def test_a_prediction_is_judged_and_a_mistake_explained(page: Page, app: App) -> None:
    address = "/?input=grid&kernel=2&weights=0,1;2,3&bias=5&step=1"
    player = open_page(page, app.url + address)
    player.get_by_role("button", name="Predict").click()
    answer = player.get_by_label("Your answer")
    seek(player, 1)
    answer.fill("25")
    answer.press("Enter")
    verdict = player.locator(".verdict")
    expect(verdict).to_contain_text("bias")  # 25 is the sum without it
    assert pixels(player, "output")[0, 1, 3] == 0  # the cell stays uncovered
    answer.fill("30")
    answer.press("Enter")
    expect(verdict).to_contain_text("Right")
    wait_until(player, "data.step === '1'")
    assert pixels(player, "output")[0, 1, 3] == 255
    player.get_by_role("button", name="The output’s shape").click()
    answer.fill("1x3x3")
    answer.press("Enter")
    expect(verdict).to_have_class(re.compile("wrong"))
    answer.fill("1 × 2 × 2")
    answer.press("Enter")
    expect(verdict).to_have_class(re.compile("right"))
    player.get_by_role("button", name="The parameters").click()
    answer.fill("5")
    answer.press("Enter")
    expect(verdict).to_have_class(re.compile("right"))
    expect(player.locator(".score")).to_have_text("1 of 3 right at the first try")


def test_two_quick_edits_are_both_kept(page: Page, app: App) -> None:
    player = open_page(
        page, app.url + "/?size=224&colour=rgb&kernel=7&weights=random&maps=3&step=0"
    )
    scenes = int(said(player, "scenes"))
    player.get_by_role("button", name=re.compile("^Kernel weight, red, row 1, column 1:")).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")  # and at once, while it is still computed:
    slider(player, "Padding").evaluate(
        """(input) => {
          input.value = "2";
          input.dispatchEvent(new Event("input"));
          input.dispatchEvent(new Event("change"));
        }"""
    )
    wait_until(player, "Number(data.scenes) > argument && data.confirmed === 'true'", scenes)
    cell = player.get_by_role("button", name=re.compile("^Kernel weight, red, row 1, column 1:"))
    expect(cell).to_have_attribute("data-weight", "5")
    expect(slider(player, "Padding")).to_have_value("2")
    expect(page).to_have_url(re.compile("padding=2"))
