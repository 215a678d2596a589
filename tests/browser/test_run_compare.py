"""Several runs in one plot: it grows with live ones, keeps the zoom, and is read at one place."""

from playwright.sync_api import Page, expect

from explorer.runs.store import RunStore
from tests.browser.app import App
from tests.browser.curves import wait_for
from tests.runs.helpers import ANN
from tests.runs.told import STEPS_PER_EPOCH, steps, told_run


def test_runs_are_compared_while_one_of_them_trains(app: App, page: Page) -> None:
    store = RunStore(f"sqlite:///{app.data_dir / 'runs.sqlite3'}")
    done = told_run(store, ANN, "<b>done</b>", epochs=4)
    live = told_run(store, ANN, "live", epochs=1, status="paused")
    page.goto(f"{app.url}/runs?compare={done.id},{live.id},{'A' * 22}")
    expect(page.get_by_text("One of the runs in this address does not exist")).to_be_visible()
    host = page.locator(".run-curves")
    host.wait_for()
    wait_for(host, "data.draws > 0 && data.curves === '4' && Number(data.lastStep) === 80")
    before = host.get_attribute("data-x-range")
    box = host.locator(".around").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.2 * box["width"], box["y"] + 0.3 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.5 * box["width"], y + 0.4 * box["height"], steps=4)
    page.mouse.up()
    wait_for(host, f"data.xRange !== '{before}'")
    zoomed, mounts = host.get_attribute("data-x-range"), host.get_attribute("data-mounts")

    points = int(host.get_attribute("data-points") or 0)
    host.get_by_role("checkbox", name="training").check()
    wait_for(host, "data.curves === '8'")
    store.append(live.id, steps(STEPS_PER_EPOCH + 1, 5 * STEPS_PER_EPOCH, 2))
    wait_for(host, f"Number(data.points) > {points} && Number(data.lastStep) === 100")
    assert host.get_attribute("data-x-range") == zoomed
    assert host.get_attribute("data-mounts") == mounts

    page.mouse.move(x, y)
    wait_for(host, "data.place !== ''")
    rows = host.locator(".readout tr")
    expect(rows.nth(2)).to_contain_text("1 · <b>done</b>")
    assert len([text for text in rows.nth(3).locator("td").all_inner_texts() if "." in text]) == 4
    rows.nth(2).get_by_role("button").click()
    wait_for(host, "data.curves === '4'")
    expect(page.get_by_text("same settings")).to_be_hidden()
    store.engine.dispose()
