"""The curves as a test sees them: what the component says about itself."""

import re
import time
from contextlib import suppress

from playwright.sync_api import Locator, Page, expect

# Workers give way to everything else on the machine; in milliseconds, as Playwright counts.
PATIENCE = 180_000
# Looking in each frame, as Playwright does by itself, is work for the browser.
LOOK_MS = 100


def wait_for(host: Locator, condition: str, timeout_seconds: float = PATIENCE / 1000) -> None:
    """Until a JavaScript condition on a component's `data` holds, as in `data.run`.

    Each look finds the component anew: a page that is drawn for the first time may replace it.
    """
    deadline = time.monotonic() + timeout_seconds
    holds = f"host => {{ const data = host.dataset; return Boolean({condition}); }}"
    while not host.evaluate(holds, timeout=1000 * timeout_seconds):
        if time.monotonic() > deadline:
            told = host.evaluate("host => JSON.stringify(host.dataset)")
            raise AssertionError(f"{condition} never held; at last: {told}")
        host.page.wait_for_timeout(LOOK_MS)


class CurvesOnPage:
    """The live curves of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def host(self) -> Locator:
        return self.page.locator(".curves").last

    def said(self, name: str) -> str:
        """One of the component's hooks: run, points, validation-points, last-step, x-range, ..."""
        return self.host.get_attribute(f"data-{name}") or ""

    def number(self, name: str) -> int:
        return int(self.said(name) or 0)

    def wait(self, condition: str, timeout_seconds: float = PATIENCE / 1000) -> None:
        """Until a JavaScript condition on the component's `data` holds, as in `data.run`."""
        wait_for(self.host, condition, timeout_seconds)

    def wait_for_more(self, points: int = 1) -> None:
        """Until further training points were drawn."""
        self.wait(f"Number(data.points) >= {self.number('points') + points}")

    def zoom(self) -> None:
        """Drag over the loss plot, again where it was just being drawn, until its left part is cut.

        As training goes on the other end moves by itself.
        """
        for _ in range(10):
            box = self.host.locator(".plot").bounding_box()
            assert box is not None
            x, y = box["x"] + 0.15 * box["width"], box["y"] + 0.4 * box["height"]
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            self.page.mouse.move(x + 0.15 * box["width"], y + 0.3 * box["height"], steps=4)
            self.page.mouse.up()
            with suppress(AssertionError):
                return self.wait("data.xRange && Number(data.xRange.split(',')[0]) > 0", 10)
        raise AssertionError(f"Dragging did not zoom; x: {self.said('x-range')}")

    def legend(self) -> list[list[str]]:
        """The table above the curves: heading, then a row per contender."""
        rows = self.host.locator("tr")
        return [rows.nth(index).locator("td").all_inner_texts() for index in range(rows.count())]


def set_number(page: Page, label: str, value: object) -> None:
    """Fill in a number of the form, and leave it so that it counts."""
    field = page.get_by_role("spinbutton", name=label)
    field.fill(str(value))
    field.press("Tab")
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=PATIENCE
    )


def start_training(page: Page) -> None:
    """Press the one button."""
    page.get_by_role("button", name="Start").click()


def stop_training(page: Page) -> None:
    """Press the run's own Stop: Streamlit shows one too while a page is slow."""
    page.locator(".st-key-run_control").get_by_role("button", name="Stop").click()


def expect_phase(page: Page, phase: str) -> None:
    """Until the run's badge says `phase`, a regular expression."""
    head = page.locator(".st-key-run_head")
    expect(head.get_by_text(re.compile(f"(^|[^a-z])({phase})$"))).to_be_visible(timeout=PATIENCE)
