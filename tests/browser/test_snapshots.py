"""A training looked at again: the slider moves the pictures and the line in the curves."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.app import App
from tests.browser.curves import PATIENCE, CurvesOnPage, expect_phase, set_number, start_training


def test_the_slider_moves_through_the_training_and_the_curves(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", 3)
    start_training(page)
    expect_phase(page, "finished")
    curves, shown = CurvesOnPage(page), page.locator("section.snapshots")
    curves.wait("Number(data.validationPoints) === 3")
    last = str(curves.number("last-step"))
    expect(shown).to_have_attribute("data-step", last, timeout=PATIENCE)
    line = curves.host.locator(".moment").first
    expect(line).to_be_hidden()

    slider = page.get_by_role("slider", name="Moment of the training")
    slider.press("Home")
    expect(shown).to_have_attribute("data-step", "0")
    expect(shown).to_contain_text("before the first step")
    expect(line).to_be_visible()
    at_the_beginning = line.bounding_box()
    slider.press("ArrowRight")
    expect(shown).to_have_attribute("data-step", "1")
    slider.press("End")
    expect(shown).to_have_attribute("data-step", last)
    at_the_end = line.bounding_box()
    assert at_the_beginning and at_the_end
    assert at_the_end["x"] > at_the_beginning["x"] + 100

    slider.press(" ")  # plays from the beginning
    expect(shown).not_to_have_attribute("data-step", last)
    slider.press("End")  # and stops playing
    expect(page.get_by_role("button", name="Play the training")).to_be_visible()
    expect(shown).to_have_attribute("data-step", last)
    plot = curves.host.locator(".plot")
    plot.hover(position={"x": 120, "y": 150})
    plot.click(position={"x": 120, "y": 150})
    expect(shown).not_to_have_attribute("data-step", last)
    assert shown.get_attribute("data-mounts") == "1"
    fetched = [
        address for address in fetched if "/snapshots/" in address and "/assets/" not in address
    ]
    assert fetched
    assert len(fetched) == len(set(fetched)), "nothing is fetched twice"
