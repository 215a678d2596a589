"""Feature maps in a real browser: what a unit looks at, and its filter on other pages."""

import json

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.datasets.reference import DatasetRef
from explorer.network.activations import layer_outputs
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.ui.network.weights import random_weights
from explorer.ui.train.data_preview import preview
from tests.browser.app import App
from tests.browser.player import said


@pytest.fixture
def network(page: Page, app: App) -> Page:
    page.goto(f"{app.url}/network")
    page.get_by_role("tab", name="Feature maps").click()
    return page


def select(page: Page, layer: str) -> Locator:
    page.locator("tbody").get_by_role("button", name=layer, exact=True).click()
    maps = page.locator(f'.feature-maps[data-layer="{layer}"]')
    maps.wait_for()
    return maps


def pin(page: Page, maps: Locator, number: int, row: float, column: float) -> tuple[int, ...]:
    """Click a map at a place (as shares of its height and width); returns the unit."""
    tile = maps.locator(".tile canvas").nth(number)
    tile.scroll_into_view_if_needed()
    box = tile.bounding_box()
    assert box
    tile.click(position={"x": column * box["width"], "y": row * box["height"]})
    expect(maps).to_have_attribute("data-pinned", "true")
    return tuple(int(at) for at in said(maps, "unit").split(","))


def activations(layer: str) -> torch.Tensor:
    """What the page shows first: random weights of seed 0 on the digit in the middle."""
    digits = preview(DatasetRef(source="digits"), TUTORIAL_CNN.input).images
    digit = digits[len(digits) // 2 :][:1].float() / 255
    return layer_outputs(random_weights(TUTORIAL_CNN, 0).module, digit, [layer])[layer][0]


@pytest.mark.parametrize(("layer", "page_name"), [("conv2", "Convolution"), ("pool2", "Pooling")])
def test_a_unit_and_its_filter(network: Page, layer: str, page_name: str) -> None:
    maps = select(network, layer)
    values = activations(layer)
    unit = pin(network, maps, 3, 0.5, 0.02)
    assert unit[0] == 0 and unit[2] == 0
    real = float(values[3, unit[1], unit[2]])
    assert float(said(maps, "value")) == pytest.approx(real, abs=1e-4)
    row = next(row for row in trace(TUTORIAL_CNN).rows if row.name == layer)
    assert row.receptive_field is not None
    seen = json.loads(said(maps, "seen"))
    for axis, along in enumerate(row.receptive_field):
        cells = along.cells(unit[axis + 1], 28)
        assert (seen[axis + 1]["from"], seen[axis + 1]["to"]) == (cells.start, cells.stop)
    assert seen[2]["before"] == -row.receptive_field[1].offset > 0
    expect(maps.locator(".unit")).to_contain_text("and padding. Pinned.")
    maps.get_by_role("button", name=f"Open in {page_name}").click()
    player = network.locator(".player[data-step]")
    player.wait_for()
    assert float(said(player, "value")) == pytest.approx(real, abs=1e-5)
    assert int(said(player, "step")) == unit[1] * values.shape[2] + unit[2]
    expect(network.get_by_text(f"This is {layer}, output channel 4 of 32.")).to_be_visible()


def test_keys_move_the_unit_and_change_the_map(network: Page) -> None:
    maps = select(network, "conv4")
    assert said(maps, "unit") == "0,1,1"
    maps.get_by_role("group").first.press("ArrowLeft")
    maps.get_by_role("group").first.press("ArrowUp")
    maps.get_by_role("group").first.press("PageDown")
    expect(maps).to_have_attribute("data-unit", "0,0,0")
    expect(maps).to_have_attribute("data-map", "1")
    real = float(activations("conv4")[1, 0, 0])
    assert float(said(maps, "value")) == pytest.approx(real, abs=1e-4)
    maps.get_by_role("group").first.press("Enter")
    expect(maps).to_have_attribute("data-pinned", "true")
    maps.get_by_role("group").first.press("Escape")
    expect(maps).to_have_attribute("data-pinned", "false")


def test_rows_of_values_are_bars(network: Page) -> None:
    maps = select(network, "fc1")
    expect(maps.get_by_role("heading")).to_contain_text("fc1: 10 values")
    maps.locator(".bars canvas").click(position={"x": 5, "y": 40})
    expect(maps.locator(".unit")).to_contain_text("It looks at the whole picture. Pinned.")
    assert float(said(maps, "value")) == pytest.approx(float(activations("fc1")[0]), abs=1e-5)
    expect(maps.get_by_role("button", name="Open in")).to_have_count(0)
