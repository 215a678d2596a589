"""Building a network by hand in a real browser: add, break, repair, undo, drag, share, open."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from explorer.network import NetworkSpec, read_network
from explorer.network.link import network_from_text, network_to_text
from explorer.network.presets import PRESETS
from explorer.network.shapes import trace
from tests.browser.app import App
from tests.browser.test_network import add, choose, enter, names_are, rows, shapes_are

LENET = PRESETS["LeNet-5"]
SHAPES = ["×".join(map(str, row.output_shape)) for row in trace(LENET).rows]
NAMES = [row.name for row in trace(LENET).rows]
START = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "flatten1", "fc1"]


def open_network(page: Page, app: App, spec: NetworkSpec | None = None) -> Page:
    """The page with a network, as by its link; the tutorial's without one."""
    query = f"?net={network_to_text(spec)}" if spec else ""
    page.goto(f"{app.url}/network{query}")
    expect(rows(page).first).to_be_visible()
    return page


def linked(page: Page) -> NetworkSpec:
    """The network that the address holds."""
    return network_from_text(page.url.partition("?net=")[2])


def copied_link(page: Page) -> str:
    page.get_by_role("button", name="Link", exact=True).click()
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("net=")
    text = code.inner_text().strip()
    page.keyboard.press("Escape")
    return text


def table(page: Page) -> Locator:
    return page.locator(".network:has(table)")


def after_an_edit(page: Page, revision: int) -> None:
    expect(table(page)).to_have_attribute("data-revision", str(revision))


def hold(page: Page, name: str) -> tuple[float, float]:
    """Press the grip of a row, without letting go; returns where the pointer is."""
    grip = rows(page).filter(has=page.get_by_role("button", name=name, exact=True)).locator(".grip")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    expect(table(page)).to_have_attribute("data-dragging", re.compile("."))
    return x, y


def pull(page: Page, x: float, target: str, share: float) -> None:
    """Move to a share of the height of the row of this name."""
    row = rows(page).filter(has=page.get_by_role("button", name=target, exact=True))
    box = row.bounding_box()
    assert box
    page.mouse.move(x, box["y"] + share * box["height"], steps=5)


def test_lenet_is_built_by_hand_broken_repaired_and_shared(
    page: Page, app: App, new_visitor: Callable[[], Page], tmp_path: Path
) -> None:
    open_network(page, app)
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("menuitem", name="An empty network").click()
    expect(rows(page)).to_have_count(0)
    before = "the input"
    for node, row in zip(LENET.layers, trace(LENET).rows, strict=True):
        add(page, before, node.kind)
        expect(page.get_by_role("heading", name=f"{row.name} · {node.kind}")).to_be_visible()
        for label, field in (
            ("Out channels", "out_channels"),
            ("Out features", "out_features"),
            ("Kernel size", "kernel_size"),
            ("Stride", "stride"),
            ("Padding", "padding"),
        ):
            value = getattr(node, field, None)
            if value is not None:
                shown = str(value[0] if isinstance(value, tuple) else value)
                box = page.get_by_role("spinbutton", name=label, exact=True)
                if box.input_value() != shown:
                    enter(page, label, shown)
        shape = "×".join(map(str, row.output_shape))
        expect(rows(page).nth(row.index).locator(".shape")).to_have_text(shape)
        before = row.name
    names_are(page, NAMES)
    shapes_are(page, SHAPES)
    expect(page.locator("tfoot")).to_contain_text(f"{trace(LENET).parameters:,}")

    choose(page, "conv2")
    enter(page, "Kernel size", "15")
    expect(page.locator("tr.problem")).to_contain_text("the 15×15 kernel is larger")
    repairs = page.locator(".st-key-network_repairs").get_by_role("button")
    repairs.filter(has_text="Set padding to 1 → 16×2×2").click()
    expect(page.locator("tr.problem")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr.problem")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    shapes_are(page, SHAPES)

    page.get_by_role("tab", name="Export").click()
    for name in ("network.json", "network.py"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        download.value.save_as(tmp_path / name)
    built = read_network((tmp_path / "network.json").read_bytes())
    assert trace(built).parameters == trace(LENET).parameters
    assert (
        "nn.Conv2d(in_channels=6, out_channels=16, kernel_size=5)"
        in (tmp_path / "network.py").read_text()
    )

    link = copied_link(page)
    assert linked(page) == built and link == page.url
    ben = new_visitor()
    ben.goto(link)
    shapes_are(ben, SHAPES)
    assert ben.url == link
    expect(ben.get_by_test_id("stAlert")).to_have_count(0)


def test_a_reload_and_other_pages_keep_the_network(page: Page, app: App) -> None:
    open_network(page, app)
    assert "?" not in page.url, "the first network needs no words"
    choose(page, "conv2")
    enter(page, "Out channels", "20")
    expect(page).to_have_url(re.compile(r"\?net="))
    page.reload()
    expect(rows(page).nth(2).locator(".shape")).to_have_text("20×12×12")
    address = page.url
    for name, holds_a_network in (("Pooling", False), ("Train", True)):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        network = re.compile("[?&]net=")
        if holds_a_network:
            expect(page).to_have_url(network)
        else:
            expect(page).not_to_have_url(network)
        expect(page.get_by_text("There is no choice")).to_have_count(0)
    page.get_by_role("link", name="Network", exact=True).click()
    expect(rows(page).nth(2).locator(".shape")).to_have_text("20×12×12")
    expect(page).to_have_url(address)


def test_a_damaged_link_says_so_and_the_page_works(page: Page, app: App) -> None:
    whole = network_to_text(LENET)
    page.goto(f"{app.url}/network?net={whole[:40]}&x=%3Cimg%20src=x%20onerror=alert(1)%3E")
    notice = page.get_by_test_id("stAlert").filter(has_text="The network in the link is not used")
    expect(notice).to_contain_text("cut off or changed")
    expect(page.locator("tfoot")).to_contain_text("13,686")
    choose(page, "conv2")
    expect(notice).to_have_count(0)
    assert "net=" not in page.url


def test_a_row_is_dragged_into_a_block_and_back_out(page: Page, app: App) -> None:
    open_network(page, app, PRESETS["Bottleneck block"])
    x, _ = hold(page, "pool1")
    pull(page, x, "relu1", 0.2)
    expect(table(page)).to_have_attribute("data-drop", "2")
    expect(page.locator(".drop")).to_contain_text("pool1 → here")
    page.keyboard.press("Escape")
    expect(page.locator(".drop")).to_have_count(0)
    page.mouse.up()
    expect(table(page)).to_have_attribute("data-revision", "0")

    x, _ = hold(page, "pool1")
    pull(page, x, "block1", 0.9)
    expect(page.locator(".drop")).to_contain_text("pool1 → into block1.body")
    page.mouse.up()
    after_an_edit(page, 1)
    expect(page.get_by_role("heading", name="block1.body.pool1")).to_be_visible()
    page.locator("body").press("Control+z")
    after_an_edit(page, 2)
    expect(rows(page).nth(3).locator("button")).to_have_text("pool1")


def test_a_finger_drags_too(app: App, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(viewport={"width": 800, "height": 900}, has_touch=True).new_page()
    open_network(page, app)
    grip = rows(page).nth(1).locator(".grip")
    grip.scroll_into_view_if_needed()
    box, over = grip.bounding_box(), rows(page).nth(0).bounding_box()
    assert box and over
    fingers = page.context.new_cdp_session(page)
    x, y = box["x"] + 8, box["y"] + 8
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        *(("touchMove", [{"x": x, "y": y + (over["y"] - y) * k / 6}]) for k in range(1, 7)),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    names_are(page, ["pool1", "conv1", *START[2:]])


def test_the_keyboard_walks_moves_duplicates_removes_and_takes_back(page: Page, app: App) -> None:
    open_network(page, app)
    first = page.locator("tbody").get_by_role("button", name="conv1", exact=True)
    first.focus()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowDown")  # at once: the second waits for the first
    names_are(page, ["pool1", "conv1", "conv2", *START[3:]])
    expect(rows(page).nth(2).locator("button")).to_have_text("conv2")
    after_an_edit(page, 2)
    names_are(page, ["pool1", "conv1", "conv2", *START[3:]])
    expect(rows(page).nth(2).locator("button")).to_be_focused()
    expect(rows(page).nth(2)).to_have_class(re.compile("selected"))
    page.keyboard.press("Control+d")
    names_are(page, ["pool1", "conv1", "conv2", "conv3", *START[3:4], "conv4", "conv5", *START[6:]])
    expect(rows(page).nth(3).locator("button")).to_be_focused()
    page.keyboard.press("Delete")
    names_are(page, ["pool1", "conv1", "conv2", *START[3:]])
    page.keyboard.press("Control+z")
    after_an_edit(page, 5)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    names_are(page, START)
    page.keyboard.press("Control+Shift+z")
    names_are(page, ["pool1", "conv1", *START[2:]])
    # At once: each key goes on from where the one before it leads.
    for key in ("Control+d", "ArrowDown", "Enter", "Alt+ArrowDown", "ArrowUp", "Delete"):
        page.keyboard.press(key)
    names_are(page, ["pool1", "conv1", "conv2", "conv3", "conv4", "conv5", *START[6:]])
    expect(rows(page).nth(3).locator("button")).to_be_focused()
    expect(rows(page).nth(3)).to_have_class(re.compile("selected"))


def test_every_key_counts_however_fast_and_undo_ends_where_it_began(page: Page, app: App) -> None:
    open_network(page, app)
    choose(page, "conv2")
    button = rows(page).nth(2).locator("button")
    expect(button).to_be_focused()
    after_an_edit(page, 1)
    for key, revision, layers, row in (
        ("Control+d", 21, 28, 22),
        ("Control+z", 41, 8, 2),
        ("Control+y", 61, 28, 22),
        ("Control+z", 81, 8, 2),
    ):
        for _ in range(20):
            page.keyboard.press(key)
        after_an_edit(page, revision)
        expect(rows(page)).to_have_count(layers)
        expect(rows(page).nth(row)).to_have_class(re.compile("selected"))
        expect(rows(page).nth(row).locator("button")).to_be_focused()
    names_are(page, START)
    page.keyboard.press("Delete")
    names_are(page, ["conv1", "pool1", "pool2", "conv2", "conv3", *START[6:]])


def test_undo_leaves_the_keyboard_where_it_is_outside_the_table(page: Page, app: App) -> None:
    open_network(page, app)
    choose(page, "conv2")
    page.keyboard.press("Delete")
    names_are(page, ["conv1", "pool1", "pool2", "conv2", "conv3", *START[6:]])
    link = page.get_by_role("button", name="Link", exact=True)
    link.focus()
    page.keyboard.press("Control+z")
    names_are(page, START)
    expect(rows(page).nth(2)).to_have_class(re.compile("selected"))
    expect(link).to_be_focused()


def test_a_filter_opens_in_convolution(page: Page, app: App) -> None:
    open_network(page, app)
    choose(page, "conv2")
    page.get_by_role("tab", name="Feature maps").click()
    maps = page.locator("[data-layer='conv2']")
    expect(maps).to_be_visible()
    maps.get_by_role("button", name="Open in Convolution").click()
    expect(page.get_by_role("heading", name="Convolution", exact=True)).to_be_visible()
    expect(page.locator(".player[data-step]")).to_be_visible()
