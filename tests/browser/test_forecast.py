"""Before and after Start: the forecast, and a learning rate from a range test."""

import re

from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.curves import PATIENCE, expect_phase, set_number


def test_a_forecast_comes_by_itself_and_a_range_test_finds_a_learning_rate(
    app: App, page: Page
) -> None:
    page.goto(f"{app.url}/train")
    line = page.locator(".forecast")
    expect(line).to_have_text(re.compile("Expect ≈ .* per epoch, .* of memory"), timeout=PATIENCE)
    epochs = page.get_by_role("spinbutton", name="Epochs")
    set_number(page, "Epochs", int(epochs.input_value()) * 100)
    expect(line).to_have_text(re.compile(r"in all, .*min|in all, .*h"))

    page.get_by_role("button", name="Find a learning rate").click()
    expect_phase(page, "finished")
    use = page.get_by_role("button", name=re.compile("^Use 0")).first
    rate = (use.text_content() or "").removeprefix("check").removeprefix("Use ").strip()
    use.click()
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value(rate)
    expect(page.get_by_role("button", name="In use")).to_be_disabled()

    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("What does convolution buy?")).to_be_visible()
