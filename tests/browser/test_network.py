"""The Network page in a real browser: edit, break, take back, carry on, download."""

import json
import re
import runpy
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from explorer.network import read_network
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from tests.browser.app import App
from tests.network.sources import LENET_REUSED_POOL

TUTORIAL_SHAPES = ["16×28×28", "16×14×14", "32×12×12", "32×7×7", "64×7×7", "4×3×3", "36", "10"]


@pytest.fixture
def network(page: Page, app: App) -> Page:
    page.goto(f"{app.url}/network")
    shapes_are(page, TUTORIAL_SHAPES)
    return page


def rows(page: Page) -> Locator:
    return page.locator("tbody tr:not(.problem):not(.input)")


def shapes_are(page: Page, shapes: list[str]) -> None:
    expect(rows(page).locator(".shape")).to_have_text(shapes)


def names_are(page: Page, names: list[str]) -> None:
    expect(rows(page).locator("button")).to_have_text(names)


def choose(page: Page, layer: str) -> None:
    page.locator("tbody").get_by_role("button", name=layer, exact=True).click()
    title = "Input" if layer == "input" else layer
    expect(page.get_by_role("heading", name=re.compile(rf"^{title}\b"))).to_be_visible()


def enter(page: Page, label: str, value: str) -> None:
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(value)
    field.press("Enter")


def add(page: Page, after: str, kind: str) -> None:
    page.get_by_role("button", name=f"Add a layer after {after}").click()
    page.get_by_role("menuitem", name=kind, exact=True).click()


def choose_file(page: Page, file: Path) -> None:
    """Open a file in the popover; after each a fresh field takes the place of the old one."""
    field = page.locator('input[type="file"]')
    expect(field).to_have_count(1)
    field.set_input_files(file)


def test_it_opens_on_the_tutorial_network_traced(network: Page) -> None:
    expect(network.locator("tfoot")).to_contain_text("13,686")
    expect(network.locator("tfoot")).to_contain_text("934,760")
    expect(network.get_by_text("(3·3·16 + 1)·32")).to_be_visible()
    expect(network.get_by_text("784 → 17 → 10, has 13,525")).to_be_visible()
    drawn = network.locator("svg .block .shape")
    expect(drawn).to_have_text(["1×28×28", *TUTORIAL_SHAPES])


def test_an_edit_changes_the_shapes_that_follow(network: Page) -> None:
    choose(network, "conv2")
    enter(network, "Out channels", "20")
    shapes_are(network, ["16×28×28", "16×14×14", "20×12×12", "20×7×7", *TUTORIAL_SHAPES[4:]])
    code = network.locator("code", has_text="in_channels=20, out_channels=64, kernel_size=1")
    expect(code).to_be_visible()
    enter(network, "Padding", "1")
    expect(rows(network).nth(2).locator(".shape")).to_have_text("20×14×14")


def test_a_broken_layer_says_why_and_undo_takes_it_back(network: Page) -> None:
    choose(network, "conv4")
    enter(network, "Kernel size", "9")
    shapes_are(network, [*TUTORIAL_SHAPES[:5], "—", "—", "—"])
    problem = network.locator("tr.problem")
    expect(problem).to_contain_text(
        "Height 7 + 2·0 − 1·(9 − 1) − 1 = −2: the 9×9 kernel is larger than the picture that "
        "arrives from conv3 (7×7)."
    )
    expect(rows(network).nth(5)).to_have_class(re.compile("failed"))
    expect(network.get_by_text("The code appears when")).to_be_visible()
    network.get_by_role("button", name="Undo").click()
    shapes_are(network, TUTORIAL_SHAPES)
    expect(problem).to_have_count(0)
    network.get_by_role("button", name="Redo").click()
    expect(problem).to_be_visible()


def test_wrong_in_channels_can_be_set_and_is_diagnosed(network: Page) -> None:
    choose(network, "conv2")
    network.get_by_text("More", exact=True).click()
    enter(network, "In channels", "3")
    expect(network.locator("tr.problem")).to_contain_text(
        "in_channels is 3, but pool1 gives 16 channels (16×14×14)."
    )
    enter(network, "In channels", "")
    shapes_are(network, TUTORIAL_SHAPES)


def test_layers_are_added_moved_duplicated_and_removed(network: Page) -> None:
    start = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "flatten1", "fc1"]
    add(network, "conv1", "ReLU")
    names_are(network, ["conv1", "relu1", *start[1:]])
    network.get_by_role("button", name="Move down").click()
    names_are(network, ["conv1", "pool1", "relu1", *start[2:]])
    network.get_by_role("button", name="Duplicate").click()
    names_are(network, ["conv1", "pool1", "relu1", "relu2", *start[2:]])
    network.get_by_role("button", name="Remove").click()
    names_are(network, ["conv1", "pool1", "relu1", *start[2:]])
    choose(network, "input")
    add(network, "the input", "AvgPool2d")
    expect(rows(network).first).to_contain_text("1×14×14")


def test_a_click_in_the_diagram_selects_the_layer(network: Page) -> None:
    network.locator('svg .block[aria-label^="pool2,"]').click()
    expect(network.get_by_role("heading", name="pool2 · MaxPool2d")).to_be_visible()
    expect(network.locator("tr.selected button")).to_have_text("pool2")


def test_height_and_width_can_differ(network: Page) -> None:
    network.get_by_text("More", exact=True).click()
    network.get_by_text("Height and width apart").click()
    expect(network.get_by_role("switch", name="Height and width apart")).to_be_checked()
    enter(network, "Kernel size, width", "5")
    expect(rows(network).first.locator(".shape")).to_have_text("16×28×26")
    expect(network.locator("code", has_text="kernel_size=(3, 5)")).to_be_visible()


def test_the_network_survives_another_page(network: Page) -> None:
    choose(network, "conv2")
    enter(network, "Out channels", "20")
    expect(rows(network).nth(2).locator(".shape")).to_have_text("20×12×12")
    network.get_by_role("link", name="Pooling").click()
    expect(network.get_by_role("heading", name="Pooling")).to_be_visible()
    network.get_by_role("link", name="Network", exact=True).click()
    expect(rows(network).nth(2).locator(".shape")).to_have_text("20×12×12")
    expect(network.get_by_role("spinbutton", name="Out channels")).to_have_value("20")
    network.get_by_role("button", name="Undo").click()
    shapes_are(network, TUTORIAL_SHAPES)


def test_a_preset_and_another_input(network: Page) -> None:
    network.get_by_role("button", name="Start from").click()
    network.get_by_role("menuitem", name="LeNet-5").click()
    expect(network.locator("tfoot")).to_contain_text("61,706")
    choose(network, "input")
    enter(network, "Channels", "3")
    enter(network, "Height", "32")
    expect(rows(network).first.locator(".shape")).to_have_text("6×32×28")
    network.get_by_role("combobox", name="Normalisation").click()
    network.get_by_role("option", name="CIFAR-10").click()
    expect(network.locator("code", has_text="[0.4914, 0.4822, 0.4465]")).to_be_visible()


def test_the_downloaded_code_prints_the_shapes_of_the_table(
    network: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with network.expect_download() as download:
        network.get_by_role("button", name="Download network.py").click()
    file = tmp_path / "network.py"
    download.value.save_as(file)
    runpy.run_path(str(file), run_name="__main__")
    printed = capsys.readouterr().out
    expected = [f"{row.name} {(1, *row.output_shape)}" for row in trace(TUTORIAL_CNN).rows]
    assert printed.splitlines()[1:-1] == expected


def test_json_goes_out_and_comes_in(network: Page, tmp_path: Path) -> None:
    network.get_by_role("tab", name="Export").click()
    with network.expect_download() as download:
        network.get_by_role("button", name="network.json").click()
    file = tmp_path / "network.json"
    download.value.save_as(file)
    assert read_network(file.read_bytes()) == TUTORIAL_CNN

    hostile = json.loads(PRESETS["LeNet-5"].model_dump_json())
    hostile["name"] = "<img src=x onerror=alert(1)> **bold**"
    file.write_text(json.dumps(hostile))
    network.get_by_role("button", name="Import").click()
    choose_file(network, file)
    expect(network.locator("tfoot")).to_contain_text("61,706")
    shown = network.get_by_test_id("stPopover").filter(has_text="Network:")
    expect(shown).to_contain_text("<img src=x onerror=alert(1)> **bold**")
    assert network.locator('img[src="x"]').count() == 0

    file.write_text(json.dumps({**hostile, "layers": [{"kind": "Conv2d", "out_channels": 10**30}]}))
    choose_file(network, file)
    expect(network.get_by_text("out_channels must be at most 1,000,000.")).to_be_visible()
    expect(network.locator("tfoot")).to_contain_text("61,706")


def test_code_comes_in_from_a_file_and_a_mistake_is_shown_by_its_line(
    network: Page, tmp_path: Path
) -> None:
    file = tmp_path / "net.py"
    file.write_text(LENET_REUSED_POOL.replace("self.conv2(x)", "self.conv3(x)"))
    network.get_by_role("button", name="Import").click()
    choose_file(network, file)
    popover = network.get_by_test_id("stPopoverBody")
    expect(popover.get_by_test_id("stAlert")).to_contain_text("Line 13")
    expect(popover.get_by_test_id("stCode")).to_have_text("x = self.pool(F.relu(self.conv3(x)))")
    shapes_are(network, TUTORIAL_SHAPES)
    file.write_bytes(b"\xff\xfe\x00<script>" + bytes(range(256)))
    choose_file(network, file)
    expect(popover.get_by_test_id("stAlert")).not_to_contain_text("Line 13")
    expect(popover.get_by_test_id("stAlert")).to_have_count(1)
    shapes_are(network, TUTORIAL_SHAPES)
    file.write_text(LENET_REUSED_POOL)
    choose_file(network, file)
    expect(popover.get_by_text("Imported.")).to_be_visible()
    expect(rows(network).first).to_contain_text("out_channels=6")


def test_what_is_in_a_block_is_selected_changed_and_wrapped(network: Page) -> None:
    network.get_by_role("button", name="Start from").click()
    network.get_by_role("menuitem", name="Bottleneck block", exact=True).click()
    names_are(
        network,
        [
            *("conv1", "norm1", "relu1", "pool1", "block1"),
            *("body.conv1", "body.norm1", "body.relu1", "body.conv2", "body.norm2"),
            *("body.relu2", "body.conv3", "body.norm3", "relu2", "block2"),
            *("body.conv1", "body.norm1", "body.relu1", "body.conv2", "body.norm2"),
            *("body.relu2", "body.conv3", "body.norm3", "relu3", "pool2", "flatten1", "fc1"),
        ],
    )
    rows(network).nth(8).get_by_role("button").click()
    expect(network.get_by_role("heading", name="block1.body.conv2 · Conv2d")).to_be_visible()
    enter(network, "Out channels", "48")
    expect(rows(network).nth(8).locator(".shape")).to_have_text("48×16×16")
    network.get_by_role("button", name="Wrap").click()
    network.get_by_role("button", name="Sequential", exact=True).click()
    expect(rows(network).nth(9).get_by_role("button")).to_have_text("conv1")
    expect(network.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(network.locator("tfoot")).to_contain_text("values")
    expect(network.locator("tr.problem")).to_have_count(0)
