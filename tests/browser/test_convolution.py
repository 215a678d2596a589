"""The Convolution page in a real browser, as a newcomer meets it."""

import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import BrowserContext, Locator, Page, expect

from explorer.media import Mode, sample
from explorer.ui import state
from explorer.windows import kernel
from tests.browser.app import App
from tests.browser.player import (
    open_page,
    pass_time,
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


def test_less_motion_when_asked_for_and_a_finger_chooses_a_cell(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(reduced_motion="reduce", has_touch=True).new_page()
    player = open_page(page, app.url)
    output = expected_output()
    assert said(player, "playing") == "false"
    assert abs(float(said(player, "value"))) == pytest.approx(float(output.abs().max()))
    player.locator(".view.output").tap(position={"x": 3, "y": 3})
    wait_until(player, "data.step === '0'")
    assert float(said(player, "value")) == pytest.approx(float(output[0, 0]), abs=1e-6)


def test_every_value_shown_is_pytorchs_also_under_the_pointer(page: Page, player: Locator) -> None:
    pause(player)
    output = expected_output()
    rows, columns = output.shape
    for at in (0, columns - 1, columns, 1000, rows * columns - 1, 5):
        seek(player, at)
        assert float(said(player, "value")) == pytest.approx(float(output.flatten()[at]), abs=1e-6)
    row, column = 30, 40
    view = player.locator(".view.output")
    box = view.bounding_box()
    assert box
    x, y = (column + 0.5) / columns * box["width"], (row + 0.5) / rows * box["height"]
    view.hover(position={"x": x, "y": y})
    wait_until(player, "data.hover !== ''")
    assert step(player) == row * columns + column
    assert float(said(player, "value")) == pytest.approx(float(output[row, column]), abs=1e-6)
    page.mouse.move(5, 5)
    wait_until(player, "data.hover === '' && data.step === '5'")


def test_hovering_holds_the_play_and_clicking_pins(page: Page, player: Locator) -> None:
    view = player.locator(".view.output")
    view.hover(position={"x": 50, "y": 50})
    wait_until(player, "data.hover !== ''")
    at = step(player)
    assert said(player, "playing") == "true"
    place = player.get_by_label("Position", exact=True)
    held = place.input_value()
    pass_time(player, frames=30)  # in which the play would go on by some 25 cells
    assert place.input_value() == held
    view.click(position={"x": 50, "y": 50})
    page.mouse.move(5, 5)
    wait_until(player, "data.hover === '' && data.playing === 'false' && data.pin !== ''")
    assert step(player) == at
    view.hover(position={"x": 90, "y": 90})
    pass_time(player, frames=3)
    assert step(player) == at  # pinned: the pointer no longer moves it
    page.keyboard.press("Escape")
    page.mouse.move(5, 5)
    wait_until(player, "data.pin === ''")


def test_keys_play_pause_step_and_jump_and_a_step_is_read_out(page: Page, player: Locator) -> None:
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
        ("Home", 0),
    ):
        page.keyboard.press(key)
        wait_until(player, "Number(data.step) === argument", expected)
    value = f"{float(expected_output()[0, 0]):.3f}".replace("-", "−")
    expect(player.locator("[aria-live]")).to_have_text(
        f"Output row 1 of 41, column 1 of 62. The window reads input rows 1 to 3 and columns "
        f"1 to 3. The sum of 9 products is {value}; plus bias 0 gives {value}."
    )
    page.keyboard.press(" ")
    wait_until(player, "data.playing === 'true' && Number(data.step) > 2")
    page.keyboard.press(" ")
    wait_until(player, "data.playing === 'false'")


def test_a_change_shows_at_once_keeps_the_play_and_survives_another_page(
    page: Page, player: Locator
) -> None:
    before = pixels(player, "output")
    set_slider(player, "Stride", 2)
    after = pixels(player, "output")
    assert before.shape != after.shape
    assert after.shape[:2] == expected_output(stride=2).shape
    assert said(player, "mounts") == "1"
    assert said(player, "playing") == "true"
    expect(page.get_by_text("floor((43 + 2·0 − 1·(3−1) − 1) / 2) + 1 = 21")).to_be_visible()
    expect(page.get_by_text("stride=2")).to_be_visible()
    page.get_by_role("link", name="Pooling").click()
    page.get_by_role("heading", name="Pooling").wait_for()
    page.get_by_role("link", name="Convolution", exact=True).click()
    page.get_by_role("heading", name="Convolution", exact=True).wait_for()
    expect(slider(player, "Stride")).to_have_value("2")


def test_a_typed_weight_is_used_by_pytorch(page: Page, player: Locator) -> None:
    pause(player)
    seek(player, 100)
    player.get_by_role("button", name="Kernel weight, row 2, column 2: 0").click()
    box = player.locator("input.number-box")
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
    expect(page.get_by_test_id("stSelectbox").get_by_role("combobox").first).to_have_value(
        "Your own"
    )


def test_colour_adds_three_channels_and_axes_can_differ(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/?colour=rgb&step=1234")
    output = expected_output("rgb").flatten()
    assert float(said(player, "value")) == pytest.approx(float(output[1234]), abs=1e-5)
    assert player.get_by_role("button", name=re.compile("^Kernel weight, blue")).count() == 9
    player.get_by_label("Each axis by itself").check()
    slider(player, "Stride height").wait_for()
    set_slider(player, "Stride height", 3)
    set_slider(player, "Dilation width", 2)
    expected = torch.nn.functional.conv2d(
        torch.zeros(1, 1, 43, 64), torch.zeros(1, 1, 3, 3), stride=(3, 1), dilation=(1, 2)
    )
    assert pixels(player, "output").shape[:2] == expected.shape[2:]


def test_a_phone_sized_photograph_that_lies_on_its_side(page: Page, player: Locator) -> None:
    scenes = int(said(player, "scenes"))
    upload(page, "IMG_0001.jpg", photograph(4000, 3000, orientation=6))
    settle(player, scenes)
    assert pixels(player, "input").shape[:2] == (64, 48)  # upright: taller than wide
    expect(page.get_by_role("button", name="Picture: IMG_0001.jpg")).to_be_visible()
    assert said(player, "mounts") == "1"


def test_it_follows_a_switch_of_theme(page: Page, player: Locator) -> None:
    pause(player)
    seek(player, 1)

    def brightness() -> int:
        return int(pixels(player, "output")[0, 0, :3].mean())  # nearly zero: flat sky

    assert brightness() > 200
    frames = int(said(player, "frames"))
    page.emulate_media(color_scheme="dark")
    wait_until(player, "Number(data.frames) > argument", frames)
    assert brightness() < 60


def test_nothing_sticks_out_on_a_narrow_screen(page: Page, player: Locator) -> None:
    for width, narrower_than in ((800, 500), (400, 380)):
        page.set_viewport_size({"width": width, "height": 900})
        wait_until(player, "Number(data.width) < argument", narrower_than)
        box = player.bounding_box()
        assert box
        assert player.evaluate("(root) => root.scrollWidth <= root.clientWidth")
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        main = page.locator(".stMain")
        assert main.evaluate("(element) => element.scrollWidth <= element.clientWidth")
