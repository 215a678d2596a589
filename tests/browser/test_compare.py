"""Compare, with a finished run: what the page says is what the store holds."""

import re
import runpy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from safetensors import safe_open

from explorer.runs.store import RunStore
from explorer.training.events import Finished
from explorer.ui.text import percent
from tests.browser.app import App
from tests.browser.curves import (
    PATIENCE,
    CurvesOnPage,
    expect_phase,
    set_number,
    start_training,
    stop_training,
)


def test_without_runs_it_says_what_it_is_for(app: App, page: Page) -> None:
    page.goto(f"{app.url}/compare")
    expect(page.get_by_text("What does convolution buy?")).to_be_visible()
    page.get_by_role("link", name="Train them first").click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()


def test_the_results_are_those_of_the_run(
    app: App, page: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", 4)
    start_training(page)
    page.get_by_role("link", name="Compare the results").click(timeout=PATIENCE)
    curves = CurvesOnPage(page)
    curves.wait("Number(data.validationPoints) === 4")

    run_id = curves.said("run")
    store = RunStore(f"sqlite:///{app.data_dir / 'runs.sqlite3'}")
    ((_, finished),) = store.events(run_id, kinds=("finished",))
    assert isinstance(finished, Finished)
    table = page.get_by_test_id("stTable")
    expect(table).to_be_visible()
    rows = table.locator("tbody tr")
    shown = [rows.nth(index).locator("td").all_inner_texts()[1:] for index in range(rows.count())]
    assert shown[:4] == [
        [f"{result.test_loss:.4f}" for result in finished.results],
        [percent(result.test_accuracy) for result in finished.results],
        [f"{result.parameters:,}" for result in finished.results],
        [f"{result.mult_adds:,}" for result in finished.results],
    ]
    best = max(finished.results, key=lambda result: result.test_accuracy)
    expect(page.get_by_text(re.compile(r"wins by|No clear winner|A draw|Nobody"))).to_be_visible()
    assert f"{percent(best.test_accuracy)} of {finished.test_size}" in page.inner_text("body")
    if finished.disagreement_count:
        assert f"{finished.disagreement_count} of {finished.test_size}" in page.inner_text("body")
        pictures = page.get_by_role("img", name=re.compile("Test picture"))
        assert pictures.count() >= min(8, finished.disagreement_count)

    index = finished.results.index(best)
    with page.expect_download() as download:
        page.get_by_role("link", name="Weights").nth(index).click()
    weights = tmp_path / "weights.safetensors"
    download.value.save_as(weights)
    with safe_open(weights, framework="pt") as file:
        count = sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118
    assert count >= best.parameters  # and the normalisation's numbers, where there are any

    with page.expect_download() as download:
        page.get_by_role("link", name="Code").nth(index).click()
    code = tmp_path / "network.py"
    download.value.save_as(code)
    runpy.run_path(str(code), run_name="__main__")
    assert "10" in capsys.readouterr().out
    (app.data_dir / "runs" / run_id / f"contender-{index + 1}.safetensors").unlink()
    page.get_by_role("link", name="Weights").nth(index).click()
    expect(page.get_by_role("alert")).to_contain_text("are gone. Train the networks again.")


def test_a_run_that_has_no_results_yet_leads_back_to_it(app: App, page: Page) -> None:
    page.goto(f"{app.url}/train")
    set_number(page, "Epochs", 1000)
    start_training(page)
    CurvesOnPage(page).wait("Number(data.points) >= 1")
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_text("This run is not finished")).to_be_visible()
    page.get_by_role("link", name="Look at it on Train").click()
    stop_training(page)
    expect_phase(page, "stopped")
