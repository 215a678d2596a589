"""Training watched in a browser: real runs by real workers on the bundled digits."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from explorer.runs.store import RunStore
from tests.browser.app import App
from tests.browser.curves import (
    PATIENCE,
    CurvesOnPage,
    expect_phase,
    set_number,
    start_training,
    stop_training,
)

LONG = 1000  # epochs: longer than any test


@pytest.fixture(scope="module")
def store(app: App) -> RunStore:
    """What the running app stores, read from outside."""
    return RunStore(f"sqlite:///{app.data_dir / 'runs.sqlite3'}")


def start_long(page: Page, app: App) -> CurvesOnPage:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", LONG)
    start_training(page)
    curves = CurvesOnPage(page)
    curves.wait("Number(data.points) >= 2")
    return curves


def stop(page: Page) -> None:
    stop_training(page)
    expect_phase(page, "stopped")


def test_the_digits_train_to_the_end_and_both_curves_grow(app: App, page: Page) -> None:
    page.goto(f"{app.url}/train")
    expect(page.get_by_text("8×8 digits enlarged to 28×28")).to_be_visible()
    expect(page.get_by_text("13,686 parameters").first).to_be_visible()
    set_number(page, "Epochs", 6)
    start_training(page)
    curves = CurvesOnPage(page)
    curves.wait("Number(data.points) >= 2")
    seen = curves.number("points")
    curves.wait(f"Number(data.points) > {seen}")
    expect_phase(page, "finished")
    curves.wait("Number(data.validationPoints) === 6")
    for row in curves.legend()[1:]:
        name, loss, accuracy, *validation = row
        assert name
        assert float(loss) < 2.3  # what guessing among ten classes costs: ln 10
        assert float(accuracy.removesuffix(" %")) > 50
        assert all(validation)
    expect(page.get_by_text(re.compile(r"On .* pictures per second"))).to_be_visible()

    epochs = page.get_by_role("spinbutton", name="Epochs")
    page.reload()
    expect(epochs).to_have_value("6")  # as the run that is shown
    set_number(page, "Epochs", 7)
    expect(page).to_have_url(re.compile("[?&]epochs=7(&|$)"))
    page.reload()
    expect(epochs).to_have_value("7")  # as the address says, though nothing was started


def test_a_run_goes_on_whatever_the_browser_does_and_stops_at_once(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context()
    page = context.new_page()
    curves = start_long(page, app)
    run = curves.said("run")
    assert run in page.url  # the address can be shared and reloaded

    page.reload()
    curves.wait(f"data.run === '{run}' && Number(data.points) >= 2")
    curves.wait_for_more()

    second = context.new_page()
    second.goto(f"{app.url}/train")
    other = CurvesOnPage(second)
    other.wait(f"data.run === '{run}'")
    other.wait_for_more()

    page.get_by_role("link", name="Convolution").click()
    expect(page.get_by_role("heading", name="Convolution")).to_be_visible()
    page.get_by_role("link", name="Train", exact=True).click()
    curves.wait(f"data.run === '{run}'")
    curves.wait_for_more()

    stop_training(page)
    expect_phase(page, "stopping|stopped|measuring on the test pictures")
    expect_phase(second, "stopped")


def test_zoom_survives_refreshes(app: App, page: Page) -> None:
    curves = start_long(page, app)
    curves.wait("Number(data.points) >= 5")
    curves.zoom()
    zoomed, mounts = curves.said("x-range"), curves.said("mounts")
    draws = curves.number("draws")
    curves.wait(f"Number(data.draws) >= {draws + 3}")
    assert curves.said("x-range") == zoomed
    assert curves.said("mounts") == mounts
    stop(page)


def test_lost_messages_heal(app: App, new_context: Callable[..., BrowserContext]) -> None:
    """Messages are lost until one does not join on: the chart notices and asks for all."""

    def lossy(route: Route) -> None:
        answer = route.fetch()
        receive = "receive(message, askForAll) {"
        assert receive in answer.text()
        lose = """
            const known = this.series ? lastStep(this.series.training) : 0;
            const joinsOn = message.after > 0 && message.after <= known;
            if (joinsOn && !this.host.dataset.gaps) return;
        """
        route.fulfill(response=answer, body=answer.text().replace(receive, receive + lose))

    page = new_context().new_page()
    page.route("**/curves/curves.js", lossy)
    curves = start_long(page, app)
    known = curves.number("points")
    curves.wait("Number(data.gaps) >= 1")
    curves.wait(f"Number(data.points) > {known + 20}")  # as many would have healed by themselves
    stop(page)


def test_two_visitors_do_not_see_each_others_runs(
    app: App, new_visitor: Callable[[], Page]
) -> None:
    mine, theirs = new_visitor(), new_visitor()
    curves = start_long(mine, app)
    theirs.goto(f"{app.url}/runs")
    expect(theirs.get_by_text("There are no runs here.")).to_be_visible()
    theirs.goto(mine.url)
    expect(theirs.get_by_text("Somebody else’s run")).to_be_visible()
    CurvesOnPage(theirs).wait(f"data.run === '{curves.said('run')}' && Number(data.points) >= 2")
    expect(theirs.get_by_role("button", name="Stop")).to_have_count(0)
    stop(mine)


def test_a_double_click_starts_one_run(app: App, page: Page, store: RunStore) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", LONG)
    page.get_by_role("button", name="Start").dblclick()
    curves = CurvesOnPage(page)
    curves.wait("Number(data.points) >= 2")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    run = store.run(curves.said("run"))
    assert run is not None
    assert len(store.runs(run.visitor)) == 1
    stop(page)


def test_steps_that_are_too_long_end_in_words(app: App, page: Page) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Learning rate", 10)
    start_training(page)
    expect_phase(page, "failed")
    expect(page.get_by_role("alert")).to_contain_text("learning_rate")


def test_a_network_that_cannot_work_says_why(app: App, page: Page) -> None:
    page.goto(f"{app.url}/train")
    page.get_by_role("radio", name="1×8×8").click()
    expect(page.get_by_role("alert")).to_contain_text("does not work on pictures of 1×8×8")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_runs_are_renamed_deleted_and_brought_back(app: App, page: Page, store: RunStore) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", 1)
    start_training(page)
    expect_phase(page, "finished")
    run_id = CurvesOnPage(page).said("run")
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_text("on test pictures")).to_be_visible()
    page.locator(f".st-key-run_{run_id}").get_by_role("button").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("<b>mine</b> *of* https://example.org")
    name.press("Enter")
    expect(page.get_by_role("link", name="<b>mine</b> *of*")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There are no runs here.")).to_be_visible()
    assert store.run(run_id) is None
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="<b>mine</b> *of*")).to_be_visible()
    assert store.run(run_id) is not None


def test_own_pictures_are_uploaded_and_trained_on(app: App, page: Page, real_data: Path) -> None:
    page.goto(f"{app.url}/train")
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name="Your own pictures").click()
    expect(page.get_by_text("Upload a zip of pictures to train on.")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "notes.zip", "mimeType": "application/zip", "buffer": b"no zip"}
    )
    expect(page.get_by_role("alert").filter(has_text="not a zip")).to_be_visible()

    zipped = real_data / "rock-paper-scissors.zip"
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(zipped)
    expect(page.get_by_text("2,347 pictures in 3 classes")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("puts out 3 values instead of 10")).to_be_visible()
    set_number(page, "Epochs", 1)
    start_training(page)
    expect_phase(page, "finished")
    page.get_by_role("link", name="Compare the results").click()
    expect(page.get_by_test_id("stTable")).to_be_visible()

    page.goto(f"{app.url}/train")  # another session of the same visitor
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name="Your own pictures").click()
    expect(page.get_by_text("2,347 pictures in 3 classes")).to_be_visible(timeout=PATIENCE)
