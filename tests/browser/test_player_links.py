"""What the player marks as belonging together, against what PyTorch's gradients say."""

import itertools
import re
from typing import Any

import pytest
import torch
from playwright.sync_api import Page, expect
from torch.nn import functional

from tests.browser.app import App
from tests.browser.player import (
    hover_cell,
    linked,
    open_page,
    pause,
    said,
    seek,
    settle,
    wait_until,
)

ADDRESS = "/?input=numbers&cells=7x8&kernel=3x2&stride=2x1&padding=1&dilation=1x2&weights=counting"

WINDOW: dict[str, Any] = {"stride": (2, 1), "padding": 1, "dilation": (1, 2)}


def read_by(row: int, column: int) -> torch.Tensor:
    """Which input cells an output cell depends on: where its gradient is not 0."""
    picture = torch.ones(1, 1, 7, 8, requires_grad=True)
    output = functional.conv2d(picture, torch.ones(1, 1, 3, 2), **WINDOW)
    output[0, 0, row, column].backward()
    assert picture.grad is not None
    return picture.grad[0, 0]


def test_an_input_cell_shows_every_output_cell_it_feeds(page: Page, app: App) -> None:
    player = open_page(page, app.url + ADDRESS)
    pause(player)
    for row, column in ((0, 0), (3, 4), (6, 7)):
        hover_cell(player, "input", row + 1, column + 1)  # the padding comes first
        wait_until(
            player,
            "data.link === 'input' && JSON.parse(data.linked).input.cells[1][0] === argument",
            row,
        )
        _, rows, columns = linked(player, "output")
        fed = set(itertools.product(rows, columns))
        size = functional.conv2d(torch.ones(1, 1, 7, 8), torch.ones(1, 1, 3, 2), **WINDOW).shape
        expected = {
            (y, x) for y in range(size[2]) for x in range(size[3]) if read_by(y, x)[row, column]
        }
        assert fed == expected
    expect(player.locator(".note")).to_contain_text("Input row 7, column 8")


def test_a_weight_shows_every_input_cell_it_multiplies(page: Page, app: App) -> None:
    player = open_page(page, app.url + ADDRESS)
    pause(player)
    player.get_by_role("button", name=re.compile("^Kernel weight, row 3, column 2")).hover()
    wait_until(player, "data.link === 'weight'")
    _, rows, columns = linked(player, "input")
    inside = {(y, x) for y in rows for x in columns if 0 <= y < 7 and 0 <= x < 8}
    picture = torch.ones(1, 1, 7, 8, requires_grad=True)
    only = torch.zeros(1, 1, 3, 2)
    only[0, 0, 2, 1] = 1
    functional.conv2d(picture, only, **WINDOW).sum().backward()
    assert picture.grad is not None
    assert inside == {(int(y), int(x)) for y, x in picture.grad[0, 0].nonzero()}


def test_the_matrices_follow_the_cell_and_lead_to_it(page: Page, app: App) -> None:
    address = "/?input=grid&kernel=2&weights=0,1;2,3&views=im2col,sparse"
    player = open_page(page, app.url + address)
    pause(player)
    seek(player, 2)
    for view in ("im2col", "sparse"):
        expect(player.locator(f".matrix.{view}")).to_have_attribute("data-step", "2")
    expect(player.locator(".matrix.sparse .matrix-label")).to_have_text(
        "4 output cells by 9 input cells"
    )
    canvas = player.locator(".matrix.sparse canvas").last
    box = canvas.bounding_box()
    assert box
    canvas.hover(position={"x": box["width"] / 2, "y": box["height"] * 0.9})  # the last row
    wait_until(player, "data.step === '3'")
    assert float(said(player, "value")) == 43


def test_an_input_cell_can_be_typed_over(page: Page, app: App) -> None:
    player = open_page(page, app.url + "/?input=grid&kernel=2&weights=0,1;2,3&step=0")
    assert float(said(player, "value")) == pytest.approx(19)
    view = player.locator(".view.input")
    box = view.bounding_box()
    assert box
    middle = {"x": box["width"] / 2, "y": box["height"] / 2}
    view.click(position=middle)  # type: ignore[arg-type]
    view.click(position=middle)  # type: ignore[arg-type]
    field = player.locator("input.number-box")
    assert field.input_value() == "4"
    scenes = int(said(player, "scenes"))
    field.fill("-10")
    field.press("Enter")
    wait_until(player, "Number(data.scenes) > argument && data.confirmed === 'true'", scenes)
    page.keyboard.press("Escape")
    seek(player, 0)
    assert float(said(player, "value")) == pytest.approx(0 * 0 + 1 * 1 + 3 * 2 - 10 * 3)
    assert "-10" in page.url


def test_stamps_and_their_overlaps(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/transposed")
    pause(player)
    seek(player, 8)
    player.get_by_role("button", name="overlap counts").click()
    wait_until(player, "data.map === '-1'")
    ones = functional.conv_transpose2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3), stride=2)
    row, column = 2, 4
    hover_cell(player, "output", row, column)
    wait_until(player, "data.link === 'output'")
    _, rows, columns = linked(player, "input")
    assert len(rows) * len(columns) == ones[0, 0, row, column] == 4
    player.get_by_role("button", name="Convolution of a zero-stuffed input").click()
    wait_until(player, "Number(data.steps) === 49")
    seek(player, 24)
    input_ = torch.arange(9.0).reshape(1, 1, 3, 3)
    output = functional.conv_transpose2d(input_, torch.ones(1, 1, 3, 3), stride=2).flatten()
    assert float(said(player, "value")) == pytest.approx(float(output[24]))


def test_the_inputs_cells_are_reached_and_changed_by_keys(page: Page, app: App) -> None:
    player = open_page(page, app.url + "/?input=grid&kernel=2&weights=0,1;2,3")
    pause(player)
    seek(player, 0)
    player.locator(".stage").focus()
    page.keyboard.press("i")
    wait_until(player, "data.pin === 'input'")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    wait_until(player, "JSON.parse(data.linked).input.cells.join() === '0,0,1'")
    assert linked(player, "output") == [[0], [0], [0, 1]]
    expect(player.locator("[aria-live]")).to_contain_text("Input row 1, column 2 (1) is read by 2")
    page.keyboard.press("Enter")
    scenes = int(said(player, "scenes"))
    player.locator("input.number-box").fill("7")
    player.locator(".controls").click(position={"x": 2, "y": 2})  # beside it: as good as Enter
    settle(player, scenes)
    wait_until(player, "data.confirmed === 'true'")
    assert "grid=0%2C7%2C2" in page.url


def test_input_and_output_stay_side_by_side_however_many_channels(page: Page, app: App) -> None:
    address = "/?input=numbers&cells=6x6&channels=8&fill=random&kernel=1&weights=random&maps=16"
    player = open_page(page, app.url + address)
    boxes = [player.locator(f".panel.{side}").bounding_box() for side in ("input", "output")]
    assert boxes[0] and boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert player.locator(".maps .chip").count() == 16
    assert player.locator(".channels .chip").count() == 8
