"""The files a network is taken away as: downloaded in a real browser, then used."""

from pathlib import Path

import onnxruntime
import pytest
import torch
from playwright.sync_api import Page, expect

from explorer.network import read_network
from explorer.network.presets import TUTORIAL_CNN
from explorer.ui.network.weights import random_weights
from tests.browser.app import App


@pytest.fixture
def exports(page: Page, app: App) -> Page:
    """The page with its tab of files open."""
    page.goto(f"{app.url}/network")
    tab = page.get_by_role("tab", name="Export")
    expect(tab).to_be_visible(timeout=90_000)  # of a server that has only just begun
    tab.click()
    expect(page.get_by_role("button", name="network.onnx")).to_be_visible()
    return page


def downloaded(page: Page, name: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    assert download.value.suggested_filename == name
    return Path(download.value.path())


def outputs(file: Path, pixels: torch.Tensor) -> torch.Tensor:
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(["output"], {"input": pixels.numpy()})[0])


def test_onnx_has_the_weights_that_are_chosen(exports: Page) -> None:
    pixels = torch.rand(5, 1, 28, 28)
    for seed in (0, 7):
        if seed:
            field = exports.get_by_role("spinbutton", name="Seed", exact=True)
            field.fill(str(seed))
            field.press("Enter")
        module = random_weights(TUTORIAL_CNN, seed).module
        with torch.no_grad():
            expected = module(pixels)
        found = outputs(downloaded(exports, "network.onnx"), pixels)
        for _ in range(60):  # the page may still offer the file of before
            if torch.allclose(found, expected, rtol=1e-4, atol=1e-4):
                break
            exports.wait_for_timeout(500)
            found = outputs(downloaded(exports, "network.onnx"), pixels)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_json_and_text_are_those_of_the_network(exports: Page) -> None:
    assert read_network(downloaded(exports, "network.json").read_bytes()) == TUTORIAL_CNN
    assert "Total parameters: 13,686" in downloaded(exports, "network.txt").read_text()
    assert "class Network(nn.Module)" in downloaded(exports, "network.py").read_text()
