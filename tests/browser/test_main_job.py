"""The main job in one go, as a newcomer does it: from one's own picture to a kept comparison."""

import re

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.curves import (
    CurvesOnPage,
    expect_phase,
    set_number,
    start_training,
    stop_training,
)
from tests.browser.player import (
    open_page,
    photograph,
    pixels,
    said,
    set_slider,
    settle,
    upload,
    wait_until,
)


def go_to(page: Page, name: str) -> None:
    """Follow a link of the navigation."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{name}$")).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_from_a_photograph_to_a_comparison_that_survives_a_restart(app: App, page: Page) -> None:
    player = open_page(page, app.url)
    wait_until(player, "Number(data.step) > 10")  # it moves before anything is asked for

    scenes = int(said(player, "scenes"))
    upload(page, "own.jpg", photograph(1200, 900, orientation=6))
    settle(player, scenes)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Picture: own.jpg")).to_be_visible()
    before = pixels(player, "output")
    assert before.shape[0] > before.shape[1]  # the photograph was taken upright
    set_slider(player, "Stride", 3)
    after = pixels(player, "output")
    assert after.shape[0] == (before.shape[0] + 2) // 3

    go_to(page, "Pooling")
    pooled = page.locator(".player[data-step]")
    pooled.wait_for()
    assert np.ptp(pixels(pooled, "output")[..., :3]) > 0
    expect(page.get_by_role("button", name="Picture: own.jpg")).to_be_visible()

    go_to(page, "Network")
    expect(page.get_by_text("13,686").first).to_be_visible()

    go_to(page, "Train")
    set_number(page, "Epochs", 6)
    start_training(page)
    curves = CurvesOnPage(page)
    curves.wait("Number(data.points) >= 1")
    run = curves.said("run")
    page.reload()
    curves.wait(f"data.run === '{run}'")
    expect_phase(page, "finished")
    curves.wait("Number(data.validationPoints) === 6")

    set_number(page, "Epochs", 1000)
    start_training(page)
    curves.wait(f"data.run !== '{run}' && Number(data.points) >= 1")
    interrupted, drawn = curves.said("run"), curves.number("last-step")

    app.stop()
    app.start()

    page.goto(f"{app.url}/train?run={interrupted}")
    curves.wait(f"data.run === '{interrupted}' && Number(data.lastStep) > {drawn}")
    expect_phase(page, "training")  # the next server took it up where it was
    stop_training(page)
    expect_phase(page, "stopped")
    page.goto(f"{app.url}/runs")
    expect(page.get_by_text("stopped", exact=True)).to_be_visible()
    expect(page.get_by_text("finished", exact=True)).to_be_visible()
    page.goto(f"{app.url}/compare?run={run}")
    CurvesOnPage(page).wait("Number(data.validationPoints) === 6")
    expect(page.get_by_test_id("stTable")).to_contain_text("13,686")
