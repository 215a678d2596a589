"""Several runs in one press, followed to the end on the page of their series."""

import re

from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.curves import PATIENCE, set_number


def test_folds_are_started_followed_and_judged(app: App, page: Page) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", 1)
    page.get_by_role("button", name="Several runs").click()
    set_number(page, "Folds", 2)
    page.get_by_role("button", name="Start 2 runs").click()
    expect(page).to_have_url(re.compile(r"/series\?series=[\w-]{22}$"))
    expect(page.get_by_role("button", name="Stop all")).to_be_visible()
    expect(page.get_by_text("2 runs: 2 finished")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("mean ± standard deviation over 2 folds")).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").locator(".xaxislayer-above")).to_be_visible()
    page.get_by_role("link", name="Fold 2", exact=True).click()
    expect(page).to_have_url(re.compile(r"/train\?run=[\w-]{22}"))  # in the same tab
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("1")
