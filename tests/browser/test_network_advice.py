"""Repairs, advice and the checklist on the Network page, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.test_network import TUTORIAL_SHAPES, choose, enter, shapes_are


def test_a_repair_is_one_click_and_undo_takes_it_back(page: Page, app: App) -> None:
    page.goto(f"{app.url}/network")
    shapes_are(page, TUTORIAL_SHAPES)
    broken = [*TUTORIAL_SHAPES[:5], "—", "—", "—"]
    offers = page.locator(".st-key-network_repairs").get_by_role("button")

    choose(page, "conv4")
    enter(page, "Kernel size", "9")
    shapes_are(page, broken)
    expect(offers.first).to_contain_text("Set padding to 1 → 4×1×1")
    offers.first.click()
    shapes_are(page, [*TUTORIAL_SHAPES[:5], "4×1×1", "4", "10"])
    expect(page.locator("tr.problem")).to_have_count(0)
    expect(offers).to_have_count(0)

    page.get_by_role("button", name="Undo").click()
    shapes_are(page, broken)
    expect(offers.first).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    shapes_are(page, TUTORIAL_SHAPES)


def test_advice_has_a_button_and_the_checklist_ticks_itself(page: Page, app: App) -> None:
    page.goto(f"{app.url}/network")
    shapes_are(page, TUTORIAL_SHAPES)
    expect(page.get_by_text("Checklist: 4 of 6")).to_be_visible()
    notes = page.locator(".st-key-network_advice")
    expect(notes).to_contain_text("conv3, conv4 and fc1 follow each other without a non-linearity")
    notes.get_by_role("button", name="Insert ReLU after conv3 and conv4").click()
    names = page.locator("tbody tr:not(.problem):not(.input) button")
    expect(names).to_contain_text(["conv3", "relu1", "conv4", "relu2", "flatten1"])
    expect(page.get_by_text("Checklist: 5 of 6")).to_be_visible()
