"""The figures on the Network page in a real browser: they follow edits, and none covers another."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.test_network import TUTORIAL_SHAPES, choose, enter, rows, shapes_are


@pytest.fixture
def network(page: Page, app: App) -> Page:
    page.goto(f"{app.url}/network")
    shapes_are(page, TUTORIAL_SHAPES)
    return page


def looks(page: Page, row: int) -> Locator:
    return rows(page).nth(row).locator(".looks > div")


# Pairs of figures, names and notes of a row that cover each other, or stick out of the table.
OVERLAPS = """(table) => {
  const edge = table.getBoundingClientRect();
  const wrong = [];
  for (const row of table.rows) {
    const texts = "th button, th span, .note, .shape, .field, .value > span";
    const boxes = [...row.querySelectorAll(texts)]
      .filter((each) => each.textContent && getComputedStyle(each).visibility !== "hidden")
      .map((each) => {
        const range = document.createRange();
        range.selectNodeContents(each);
        return [each.textContent, range.getBoundingClientRect()];
      });
    boxes.forEach(([name, a], index) => {
      if (a.left < edge.left - 1 || a.right > edge.right + 1) wrong.push(name);
      for (const [other, b] of boxes.slice(index + 1)) {
        const beside = a.right <= b.left + 1 || b.right <= a.left + 1;
        const below = a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
        if (!beside && !below) wrong.push(`${name} | ${other}`);
      }
    });
  }
  return wrong;
}"""


def test_receptive_fields_and_memory_follow_an_edit(network: Page) -> None:
    expect(looks(network, 2)).to_have_text(["8×8", "every 2, from −1"])
    expect(looks(network, 7)).to_have_text(["all"])
    expect(rows(network).nth(2).locator(".figure .note").first).to_have_text("18.4 kB")
    choose(network, "conv2")
    facts = network.locator("dl.explorer-facts")
    expect(facts).to_contain_text("32×16×3×3 (out × in × height × width)")
    enter(network, "Kernel size", "5")
    expect(looks(network, 2)).to_have_text(["12×12", "every 2, from −1"])
    expect(facts).to_contain_text("32×16×5×5")
    expect(facts).to_contain_text("12×12 cells: the receptive field of one unit")
    network.get_by_role("button", name="Batch and optimizer").click()
    enter(network, "Batch size", "1")
    expect(network.get_by_text("on batches of 1 picture takes")).to_be_visible()


@pytest.mark.parametrize("preset", ["Tutorial CNN", "ResNet-34"])
def test_nothing_in_the_table_covers_anything(network: Page, preset: str) -> None:
    network.get_by_role("button", name="Start from").click()
    network.get_by_role("menuitem", name=preset, exact=True).click()
    carried = network.get_by_test_id("stPopover").filter(has_text=f"Network: {preset}")
    expect(carried).to_be_visible()
    expect(looks(network, 0).first).to_be_visible()
    table = network.locator("table:has(tfoot)")
    for width in (1400, 1100, 1000, 800, 420):
        network.set_viewport_size({"width": width, "height": 900})
        # Rows become grids where the table is narrow; the diagram is laid out anew meanwhile.
        expect(table.locator("tfoot")).to_be_visible()
        assert table.evaluate(OVERLAPS) == [], width
