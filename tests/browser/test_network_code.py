"""The code of a network in a real browser: what it takes of the page, and the input it brings."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.test_network import rows, shapes_are
from tests.network.sources import CIFAR_TUTORIAL


def _apart(room: Locator) -> list[float]:
    """How far the first explanation begins right of the code's left side, and below its top."""
    return room.evaluate(
        """(room) => {
          const box = (tag) => room.querySelector(tag).getBoundingClientRect();
          const [code, said] = [box("pre"), box("p")];
          return [said.left - code.left, said.top - code.top, code.width, code.height];
        }"""
    )


def test_code_has_the_width_it_needs_and_what_it_means_stands_beside_or_below(
    page: Page, app: App
) -> None:
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"{app.url}/network")
    room = page.locator(".st-key-network_code_room")
    source = room.locator("pre").first
    expect(source).to_contain_text("class Network(nn.Module)")
    expect(room).to_contain_text("it inherits")
    assert source.evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth") <= 0
    right, down, width, _ = _apart(room)
    assert right >= width and down < 100
    page.set_viewport_size({"width": 800, "height": 900})
    expect(source).to_have_js_property("clientWidth", room.evaluate("each => each.clientWidth"))
    right, down, _, height = _apart(room)
    assert right < 50 and down >= height


def test_pasted_code_brings_its_input(page: Page, app: App) -> None:
    page.goto(f"{app.url}/network")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("button", name="Import").click()
    page.get_by_role("textbox", name="PyTorch code of a network").fill(CIFAR_TUTORIAL)
    page.get_by_role("button", name="Import the code").click()
    said = page.get_by_test_id("stPopoverBody").get_by_text("The input is now 3×32×32")
    expect(said).to_contain_text("the first layer takes 3 channels (line 7)")
    expect(page.locator("tr.problem")).to_have_count(0)
    page.keyboard.press("Escape")
    sizes = ["6×28×28", "6×28×28", "6×14×14", "16×10×10", "16×10×10", "16×5×5"]
    shapes_are(page, [*sizes, "400", "120", "120", "84", "84", "10"])


def test_the_add_menu_is_in_the_window_wherever_its_button_is(page: Page, app: App) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{app.url}/network")
    expect(rows(page).first).to_be_visible()
    button = page.get_by_role("button", name="Add a layer after conv1")
    button.scroll_into_view_if_needed()
    button.evaluate("(each) => each.scrollIntoView({ block: 'center' })")
    button.click()
    menu = page.get_by_test_id("stMenuButtonBody")
    for name in ("Conv2d", "Linear"):  # what works here is first, what does not is behind
        item = menu.get_by_role("menuitem", name=name, exact=True)
        item.scroll_into_view_if_needed()
        expect(item).to_be_in_viewport(ratio=1)
    box = menu.bounding_box()
    assert box and box["y"] >= 0 and box["y"] + box["height"] <= 720
