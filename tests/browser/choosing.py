"""What tests do with the controls beside a player: choose, and read the link to a view."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.player import said, settle


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a selectbox."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)  # of a long list only a part is there before one looks for it
    page.get_by_role("option", name=option, exact=True).click()


def choose_and_settle(page: Page, player: Locator, label: str, option: str) -> None:
    """Choose an option and wait for the scene that it leads to."""
    scenes = int(said(player, "scenes"))
    choose(page, label, option)
    settle(player, scenes)


def link_to_view(page: Page) -> str:
    """The link that the page offers, as people copy it."""
    page.get_by_role("button", name="Link to this view").click()
    code = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode")
    expect(code).to_contain_text("http")
    text = code.inner_text().strip()
    page.keyboard.press("Escape")
    return text
