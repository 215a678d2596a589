"""The diagram in a real browser: blocks that open and close, keys, zoom, files, long networks."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from explorer.network import NetworkSpec
from explorer.network.blocks import Branches, Residual
from explorer.network.layers import BatchNorm2d, Conv2d, ReLU
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.spec import MAX_LAYERS, InputShape
from tests.browser.app import App
from tests.browser.diagram import open_diagram, show

RESNET = PRESETS["ResNet-18 for small pictures"]
BOTTLENECK = PRESETS["Bottleneck block"]
SLOWEST_MS = 1000  # on a busy machine; some 30 on a quiet one
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def diagram(page: Page) -> Page:
    open_diagram(page)
    return page


def group(page: Page, name: str) -> Locator:
    """The layer, or the open or closed block, of a full name."""
    return page.locator(f'svg [data-index][aria-label^="{name},"]')


def sent(page: Page) -> list[list[object]]:
    return page.evaluate("window.sent")


def test_blocks_open_and_close_and_stay_so_when_drawn_again(diagram: Page) -> None:
    show(diagram, BOTTLENECK)
    conv = group(diagram, "block1.body.conv1")
    expect(conv).to_be_visible()
    group(diagram, "block1").locator(".toggle").click()
    expect(conv).to_have_count(0)
    expect(group(diagram, "block1")).to_have_attribute("aria-expanded", "false")
    expect(group(diagram, "block1")).to_contain_text("8 layers")
    expect(group(diagram, "block2.body.conv1")).to_be_visible()
    show(diagram, BOTTLENECK, (4, 0))  # selected in the table, in the closed block
    expect(conv).to_have_count(0)
    expect(group(diagram, "block1")).to_have_attribute("aria-pressed", "true")
    diagram.get_by_role("button", name="Open all blocks").click()
    expect(conv).to_have_attribute("aria-pressed", "true")
    diagram.get_by_role("button", name="Close all blocks").click()
    expect(diagram.locator("svg .closed")).to_have_count(2)
    assert sent(diagram) == []  # opening is no choice of a layer


def test_layers_and_blocks_are_chosen_by_a_click_and_by_keys(diagram: Page) -> None:
    data = show(diagram, BOTTLENECK)
    index = {item["name"]: item["index"] for item in data["items"]}
    group(diagram, "block1").locator(".title").click()
    group(diagram, "block1.body.conv2").locator(".front").click()
    expect(group(diagram, "block1.body.conv2")).to_be_focused()
    diagram.keyboard.press("ArrowRight")
    expect(group(diagram, "block1.body.norm2")).to_be_focused()
    diagram.keyboard.press("Enter")
    diagram.keyboard.press("Home")
    expect(group(diagram, "input")).to_be_focused()
    for _ in range(5):
        diagram.keyboard.press("ArrowDown")
    expect(group(diagram, "block1")).to_be_focused()
    diagram.keyboard.press(" ")
    expect(group(diagram, "block1")).to_have_attribute("aria-expanded", "false")
    expect(group(diagram, "block1")).to_be_focused()
    diagram.keyboard.press("ArrowRight")
    expect(group(diagram, "relu2")).to_be_focused()
    chosen = ["block1", "block1.body.conv2", "block1.body.norm2"]
    assert sent(diagram) == [["select", index[name]] for name in chosen]
    expect(diagram.locator('svg [tabindex="0"]')).to_have_count(1)


def test_zooming_and_pulling(diagram: Page) -> None:
    show(diagram, TUTORIAL_CNN)
    svg, viewport = diagram.locator("svg"), diagram.locator(".viewport")
    width = float(svg.get_attribute("width") or 0)

    def zoom() -> float:
        return float(svg.get_attribute("width") or 0) / width

    percent = diagram.get_by_role("button", name="Original size")
    for _ in range(4):
        diagram.get_by_role("button", name="Zoom in").click()
    assert zoom() == pytest.approx(1.25**4)
    expect(percent).to_have_text("244 %")
    left = viewport.evaluate("area => area.scrollLeft")
    box, front = viewport.bounding_box(), group(diagram, "pool1").locator(".front").bounding_box()
    assert box and front
    x, y = front["x"] + front["width"] / 2, front["y"] + front["height"] / 2
    diagram.mouse.move(x, y)
    diagram.mouse.down()
    diagram.mouse.move(x - 80, y, steps=4)
    diagram.mouse.up()
    assert viewport.evaluate("area => area.scrollLeft") == pytest.approx(left + 80, abs=1)
    assert sent(diagram) == []  # pulling is no click

    spot = [box["x"] + 100, box["y"] + 50]
    under = """([x, y]) => {
      const area = document.getElementById("host").shadowRoot.querySelector("svg");
      const { left, top, width } = area.getBoundingClientRect();
      return (x - left) / width;
    }"""
    before = diagram.evaluate(under, spot)
    diagram.mouse.move(*spot)
    diagram.keyboard.down("Control")
    diagram.mouse.wheel(0, 100)
    diagram.keyboard.up("Control")
    diagram.wait_for_function(
        "() => document.getElementById('host').shadowRoot.querySelector('.percent').textContent"
        " !== '244 %'"
    )
    assert diagram.evaluate(under, spot) == pytest.approx(before, abs=0.01)
    percent.click()
    assert zoom() == 1
    show(diagram, PRESETS["Small Inception"])
    diagram.get_by_role("button", name="Open all blocks").click()
    diagram.get_by_role("button", name="Fit", exact=True).click()
    shown = viewport.evaluate("({ scrollHeight, clientHeight }) => scrollHeight - clientHeight")
    assert shown <= 1
    diagram.get_by_role("button", name="One line").click()
    percent.click()
    assert viewport.evaluate("({ scrollWidth, clientWidth }) => scrollWidth > 2 * clientWidth")


def test_another_network_begins_in_rows_at_its_own_size(diagram: Page) -> None:
    viewport = diagram.locator(".viewport")
    percent = diagram.get_by_role("button", name="Original size")
    one_line = diagram.get_by_role("button", name="One line")
    show(diagram, RESNET)
    one_line.click()
    diagram.get_by_role("button", name="Fit", exact=True).click()
    small = percent.inner_text()
    assert int(small.removesuffix(" %")) < 80
    show(diagram, RESNET, (3,))  # an edit or another selection changes neither
    expect(one_line).to_have_attribute("aria-pressed", "true")
    expect(percent).to_have_text(small)
    show(diagram, PRESETS["ResNet-50"])
    expect(one_line).to_have_attribute("aria-pressed", "false")
    expect(percent).to_have_text("100 %")
    assert viewport.evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth") <= 1
    assert viewport.bounding_box()["height"] > 200  # type: ignore[index]


def test_the_svg_stands_by_itself(diagram: Page, tmp_path: Path) -> None:
    title = 'A <script>alert(1)</script> & "name" \u0007'
    show(diagram, RESNET, title=title)
    with diagram.expect_download() as download:
        diagram.get_by_role("button", name="Save as SVG").click()
    file = tmp_path / download.value.suggested_filename
    assert file.name == "a_script_alert_1_script_name.svg"
    download.value.save_as(file)
    text = file.read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert root.findtext(f"{SVG}title") == title.replace("\u0007", "")
    assert "conv1, Conv2d · out_channels=64" in str(root.findtext(f"{SVG}desc"))
    assert not re.search(r"var\(|color-mix|color\(|class=|style=|http(?!://www.w3.org/2000)", text)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    drawn = {"g", "rect", "polygon", "polyline", "path", "circle", "text", "tspan"}
    assert tags <= {"svg", "title", "desc", *drawn}
    for element in root.iter():
        if element.tag.removeprefix(SVG) in drawn - {"g"} and element.get("stroke"):
            for role in ("fill", "stroke"):
                assert re.fullmatch(r"none|#[0-9a-f]{6}", element.attrib[role])
    names = [element.text for element in root.iter(f"{SVG}text") if element.text]
    assert {"conv1", "64×32×32", "fc1"} <= set(names)
    # Dark on white, though the page is dark.
    assert {element.get("fill") for element in root.iter(f"{SVG}text")} == {"#222222"}
    assert root[2].get("fill") == "#ffffff"


def test_the_png_is_three_times_as_fine_with_or_without_a_ground(
    diagram: Page, tmp_path: Path
) -> None:
    show(diagram, TUTORIAL_CNN)
    width = float(diagram.locator("svg").get_attribute("width") or 0)
    corners = []
    for ground in (True, False):
        diagram.get_by_label("no ground").set_checked(not ground)
        with diagram.expect_download() as download:
            diagram.get_by_role("button", name="Save as PNG").click()
        file = tmp_path / f"{ground}.png"
        download.value.save_as(file)
        with Image.open(file) as picture:
            assert picture.width == 3 * (width + 16)
            corners.append(picture.convert("RGBA").getpixel((0, 0)))
            colours = picture.convert("RGB").getcolors(2**20) or []
            assert len(colours) > 20  # something is drawn
    assert corners == [(255, 255, 255, 255), (0, 0, 0, 0)]


def test_names_and_messages_are_text(diagram: Page) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    data = show(diagram, TUTORIAL_CNN, title=hostile)
    for item in data["items"]:
        item |= {"name": f"{hostile}{item['index']}", "label": hostile, "summary": hostile}
    data["items"][3] |= {"role": "failed", "shape": None}
    data["failure"] = {"problem": hostile, "remedy": hostile}
    diagram.evaluate("data => window.show(data)", data)
    expect(diagram.locator("svg .name").first).to_have_text("<img src=x onerro…")
    expect(diagram.locator("svg .failed title")).to_contain_text(hostile)
    assert diagram.locator("img").count() == 0


def test_a_failure_in_a_block_is_seen_where_it_is(diagram: Page) -> None:
    good, bad = Conv2d(out_channels=8, padding=1), Conv2d(kernel_size=40)
    spec = TUTORIAL_CNN.with_layers([good, Residual(body=(good, bad, good)), good])
    show(diagram, spec)
    failed = group(diagram, "block1.body.conv2")
    expect(failed).to_have_class(re.compile("failed"))
    expect(failed.locator(".cross")).to_have_text("✗")
    expect(failed.locator("title")).to_contain_text("the 40×40 kernel is larger")
    expect(group(diagram, "block1.body.conv3")).to_have_class(re.compile("waiting"))
    expect(diagram.locator("svg .wire.failed")).to_have_count(1)
    group(diagram, "block1").locator(".toggle").click()
    expect(group(diagram, "block1").locator(".cross")).to_have_text("✗")
    joined = TUTORIAL_CNN.with_layers([Branches(branches=((good,), (bad,)), join="add")])
    show(diagram, joined.with_layers([good, *joined.layers]), title="another")
    expect(group(diagram, "branches1.branch2.conv1")).to_have_class(re.compile("failed"))


def _long(layers: int) -> NetworkSpec:
    picture = InputShape(channels=3, height=32, width=32)
    kinds = (Conv2d(out_channels=8, padding=1), BatchNorm2d(), ReLU())
    return NetworkSpec(
        name="Long", input=picture, layers=tuple(kinds[n % 3] for n in range(layers))
    )


def _blocks() -> NetworkSpec:
    convolution = Conv2d(out_channels=3, padding=1)
    block = Residual(body=(convolution, ReLU(), convolution))
    return _long(0).with_layers([block] * (MAX_LAYERS // 4))


@pytest.mark.parametrize("spec", [_long(MAX_LAYERS), _blocks()], ids=["layers", "blocks"])
def test_the_longest_networks_are_drawn_at_once(diagram: Page, spec: NetworkSpec) -> None:
    show(diagram, spec)
    if spec.layers[0].kind == "Residual":
        diagram.get_by_role("button", name="Open all blocks").click()
    expect(diagram.locator("svg [data-index]")).to_have_count(MAX_LAYERS + 1)
    root = diagram.locator(".network")
    times: list[float] = []
    for _ in range(6):
        diagram.get_by_role("button", name="One line").click()
        times.append(float(root.get_attribute("data-milliseconds") or "inf"))
    for each in (times[0::2], times[1::2]):  # in one line, in rows
        assert min(each) < SLOWEST_MS


def test_in_the_app_a_click_selects_and_what_is_open_stays(page: Page, app: App) -> None:
    page.goto(f"{app.url}/network")
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("menuitem", name="Bottleneck block", exact=True).click()
    group(page, "block1").locator(".toggle").click()
    expect(group(page, "block1")).to_have_attribute("aria-expanded", "false")
    group(page, "block2.body.conv2").locator(".front").click()
    heading = page.get_by_role("heading", name="block2.body.conv2 · Conv2d")
    expect(heading).to_be_visible()
    expect(group(page, "block1")).to_have_attribute("aria-expanded", "false")
    expect(group(page, "block2.body.conv2")).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "bottleneck_block.png"


def test_an_edit_while_the_diagram_still_loads_leaves_a_diagram(page: Page, app: App) -> None:
    held: list[Route] = []
    page.route("**/network_diagram.js", lambda route: held.append(route))
    page.goto(f"{app.url}/network")
    expect(page.get_by_role("heading", name="conv1 · Conv2d")).to_be_visible()
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("menuitem", name="Bottleneck block", exact=True).click()
    expect(page.get_by_role("button", name="Network: Bottleneck block")).to_be_visible()
    expect(page.get_by_text("Two bottleneck blocks of ResNet-50")).to_be_visible()
    assert held
    for route in held:
        route.continue_()
    expect(group(page, "block1")).to_be_visible()
