"""Pictures of every page for people to look at: `python -m tests.browser.screenshots [folder]`.

Light and dark, 1400 and 800 pixels wide, with a finished run so that no page is empty.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.app import ROOT, App, launch_chromium
from tests.browser.curves import expect_phase, start_training

PAGES = (
    "convolution",
    "pooling",
    "transposed",
    "volume",
    "network",
    "train",
    "runs",
    "series",
    "compare",
)
WIDTHS = (1400, 800)
HEIGHT = 1000


def settled(page: Page) -> None:
    """Wait until Streamlit has finished its rerun and fonts and pictures are there."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.wait_for_load_state("networkidle")


def train(app: App, page: Page) -> None:
    """Train the tutorial network on the bundled digits."""
    page.goto(f"{app.url}/train")
    start_training(page)
    expect_phase(page, "finished")


def main(folder: Path) -> None:
    """Take all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        app = App(Path(data) / "data")
        app.start()
        browser = launch_chromium(playwright)
        try:
            context = browser.new_context()
            page = context.new_page()
            train(app, page)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": HEIGHT})
                    for name in PAGES:
                        page.goto(f"{app.url}/{name}")
                        settled(page)
                        page.wait_for_timeout(1500)  # mid-animation
                        page.screenshot(path=folder / f"{name}-{scheme}-{width}.png")
        finally:
            browser.close()
            app.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots")
