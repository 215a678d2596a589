"""The Convolution page in a real browser, as a newcomer meets it."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import BrowserContext, Locator, Page, expect

from explorer.media import Mode, sample
from explorer.ui import state
from explorer.windows import kernel
from tests.browser.app import App
from tests.browser.player import (
    open_more,
    open_page,
    pause,
    photograph,
    pixels,
    said,
    seek,
    set_slider,
    settle,
    slider,
    step,
    upload,
    wait_until,
)


def expected_output(mode: Mode = "grayscale", stride: int = 1) -> torch.Tensor:
    """What PyTorch makes of the picture the page opens with."""
    picture = sample("china", state.LONGEST_SIDE).tensor(mode, 64)
    weight = kernel("Sobel, left to right").expand(1, len(picture), 3, 3)
    return torch.nn.functional.conv2d(picture, weight, stride=stride)[0]


@pytest.fixture
def player(page: Page, app: App) -> Locator:
    return open_page(page, app.url)


def test_it_opens_already_animating(page: Page, player: Locator) -> None:
    first = step(player)
    wait_until(player, "Number(data.step) > argument + 20", first)
    assert said(player, "playing") == "true"
    output = expected_output()
    assert int(said(player, "steps")) == output.numel()
    shown = pixels(player, "output")
    assert shown.shape[:2] == output.shape
    assert shown[0, 0, 3] == 255 and shown[-1, -1, 3] == 0  # filled above, still empty below
    assert said(player, "scenes") == "1"  # nothing was computed twice on opening
    expect(page.get_by_role("img", name=re.compile("Input: Temple"))).to_have_count(1)


def test_people_who_want_less_motion_get_a_still(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    player = open_page(new_context(reduced_motion="reduce").new_page(), app.url)
    output = expected_output()
    assert said(player, "playing") == "false"
    assert abs(float(said(player, "value"))) == pytest.approx(float(output.abs().max()))


def test_every_value_shown_is_pytorchs(player: Locator) -> None:
    pause(player)
    output = expected_output().flatten()
    for at in (0, 61, 62, 1000, output.numel() - 1):
        seek(player, at)
        assert float(said(player, "value")) == pytest.approx(float(output[at]), abs=1e-6)


def test_a_change_of_stride_changes_the_output_and_not_the_play(
    page: Page, player: Locator
) -> None:
    before = pixels(player, "output")
    set_slider(page, player, "Stride", 2)
    after = pixels(player, "output")
    output = expected_output(stride=2)
    assert before.shape != after.shape
    assert after.shape[:2] == output.shape
    assert said(player, "mounts") == "1"
    assert said(player, "playing") == "true"
    expect(page.get_by_text("floor((43 + 2·0 − 1·(3−1) − 1) / 2) + 1 = 21")).to_be_visible()
    expect(page.get_by_text("stride=(2, 2)")).to_be_visible()


def test_hovering_a_cell_shows_its_arithmetic_and_leaving_returns(
    page: Page, player: Locator
) -> None:
    pause(player)
    seek(player, 5)
    output = expected_output()
    row, column = 30, 40
    view = player.locator(".view.output")
    box = view.bounding_box()
    assert box
    x = (column + 0.5) / output.shape[1] * box["width"]
    y = (row + 0.5) / output.shape[0] * box["height"]
    view.hover(position={"x": x, "y": y})
    wait_until(player, "data.hover !== ''")
    assert step(player) == row * output.shape[1] + column
    assert float(said(player, "value")) == pytest.approx(float(output[row, column]), abs=1e-6)
    page.mouse.move(5, 5)
    wait_until(player, "data.hover === '' && data.step === '5'")


def test_hovering_holds_the_play_and_clicking_stays(page: Page, player: Locator) -> None:
    view = player.locator(".view.output")
    view.hover(position={"x": 50, "y": 50})
    wait_until(player, "data.hover !== ''")
    at = step(player)
    assert said(player, "playing") == "true"
    view.click(position={"x": 50, "y": 50})
    page.mouse.move(5, 5)
    wait_until(player, "data.hover === '' && data.playing === 'false'")
    assert step(player) == at


def test_keys_play_pause_step_and_jump(page: Page, player: Locator) -> None:
    pause(player)
    steps = int(said(player, "steps"))
    player.locator(".stage").focus()
    for key, expected in (
        ("Home", 0),
        ("ArrowRight", 1),
        ("ArrowDown", 63),
        ("ArrowLeft", 62),
        ("ArrowUp", 0),
        ("ArrowUp", 0),
        ("End", steps - 1),
    ):
        page.keyboard.press(key)
        wait_until(player, "Number(data.step) === argument", expected)
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    wait_until(player, "data.playing === 'true' && Number(data.step) > 2")
    page.keyboard.press(" ")
    wait_until(player, "data.playing === 'false'")


def test_a_step_is_read_out(page: Page, player: Locator) -> None:
    pause(player)
    player.locator(".stage").focus()
    page.keyboard.press("Home")
    value = f"{float(expected_output()[0, 0]):.3f}".replace("-", "−")
    expect(player.locator("[aria-live]")).to_have_text(
        f"Output row 1 of 41, column 1 of 62. The window reads input rows 1 to 3 and columns "
        f"1 to 3. The sum of 9 products is {value}; plus bias 0 gives {value}."
    )


def test_a_typed_weight_is_used_by_pytorch(page: Page, player: Locator) -> None:
    pause(player)
    seek(player, 100)
    player.get_by_role("button", name="Kernel weight, row 2, column 2: 0").click()
    box = player.locator("input.weight")
    box.fill("not a number")
    box.press("Enter")
    expect(player.locator("[aria-live]")).to_contain_text("Type a number")
    scenes = int(said(player, "scenes"))
    box.fill("-1.5")
    box.press("Enter")
    settle(player, scenes)
    weight = kernel("Sobel, left to right")
    weight[1, 1] = -1.5
    picture = sample("china", state.LONGEST_SIDE).tensor("grayscale", 64)
    output = torch.nn.functional.conv2d(picture, weight[None, None])[0].flatten()
    assert float(said(player, "value")) == pytest.approx(float(output[100]), abs=1e-6)
    expect(page.get_by_test_id("stSelectbox").get_by_role("combobox")).to_have_value("Your own")


def test_colour_adds_the_three_channels(page: Page, player: Locator) -> None:
    pause(player)
    open_more(page)
    scenes = int(said(player, "scenes"))
    page.get_by_role("radio", name="RGB").click()
    settle(player, scenes)
    seek(player, 1234)
    output = expected_output("rgb").flatten()
    assert float(said(player, "value")) == pytest.approx(float(output[1234]), abs=1e-5)
    assert player.get_by_role("button", name=re.compile("^Kernel weight, blue")).count() == 9


def test_height_and_width_can_differ(page: Page, player: Locator) -> None:
    open_more(page)
    page.get_by_text("Height and width apart").click()
    slider(page, "Stride height").wait_for()
    set_slider(page, player, "Stride height", 3)
    set_slider(page, player, "Dilation width", 2)
    expected = torch.nn.functional.conv2d(
        torch.zeros(1, 1, 43, 64), torch.zeros(1, 1, 3, 3), stride=(3, 1), dilation=(1, 2)
    )
    assert pixels(player, "output").shape[:2] == expected.shape[2:]


def test_a_kernel_without_a_middle_is_replaced_in_words_and_comes_back(
    page: Page, player: Locator
) -> None:
    set_slider(page, player, "Kernel size", 4)
    expect(page.get_by_text("At 4×4 the kernel is Gaussian blur instead.")).to_be_visible()
    set_slider(page, player, "Kernel size", 3)
    expect(page.get_by_text("instead.")).to_have_count(0)
    expect(page.get_by_test_id("stSelectbox").get_by_role("combobox")).to_have_value(
        "Sobel, left to right"
    )


def test_a_phone_sized_turned_photograph(page: Page, player: Locator) -> None:
    scenes = int(said(player, "scenes"))
    upload(page, "IMG_0001.jpg", photograph(4000, 3000, orientation=6))
    settle(player, scenes)
    assert pixels(player, "input").shape[:2] == (64, 48)  # upright: taller than wide
    expect(page.get_by_text("IMG_0001.jpg").first).to_be_attached()
    assert said(player, "mounts") == "1"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.png", b"", "empty"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "SVG"),
        ("cut.jpg", photograph(640, 427)[:9000], "cut off or damaged"),
    ],
)
def test_a_bad_upload_says_why_and_keeps_the_picture(
    page: Page, player: Locator, name: str, data: bytes, message: str
) -> None:
    before = pixels(player, "input")
    upload(page, name, data)
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text(message)
    expect(alert).to_contain_text(name)
    assert np.array_equal(pixels(player, "input"), before)


def test_choices_survive_another_page_and_back(page: Page, player: Locator) -> None:
    set_slider(page, player, "Padding", 2)
    page.get_by_role("link", name="Pooling").click()
    page.get_by_role("heading", name="Pooling").wait_for()
    page.get_by_role("link", name="Convolution").click()
    page.get_by_role("heading", name="Convolution").wait_for()
    expect(slider(page, "Padding")).to_have_value("2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_theme(
    app: App, new_context: Callable[..., BrowserContext], scheme: str
) -> None:
    player = open_page(new_context(color_scheme=scheme).new_page(), app.url)
    pause(player)
    seek(player, 1)
    brightness = int(pixels(player, "output")[0, 0, :3].mean())  # nearly zero: flat sky
    assert (brightness > 200) == (scheme == "light")


@pytest.mark.parametrize("width", [400, 800])
def test_nothing_sticks_out_on_a_narrow_screen(
    app: App, new_context: Callable[..., BrowserContext], width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    player = open_page(page, app.url)
    box = player.bounding_box()
    assert box
    assert player.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    main = page.locator(".stMain")
    assert main.evaluate("(element) => element.scrollWidth <= element.clientWidth")
