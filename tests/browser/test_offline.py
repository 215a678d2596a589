"""The page that people take away plays with the network off, opened as a file."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import BrowserContext, expect

from explorer.media import sample
from explorer.ui.see.offline import offline_page
from explorer.windows import Convolution, Window, kernel
from explorer.windows.scene import make, pack
from tests.browser.player import PATIENCE_MS, said, wait_until

TITLE = "Sobel <b>&</b> Temple"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    picture = sample("china").tensor("grayscale", 32)
    weight = kernel("Sobel, left to right")[None, None]
    scene = make(Convolution(Window.of(3)), TITLE, picture, weight, torch.zeros(1))
    path = tmp_path_factory.mktemp("offline") / "sobel.html"
    path.write_bytes(offline_page(pack(scene), TITLE))
    return path


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_plays_with_the_network_off(
    file: Path, colours: str, new_context: Callable[..., BrowserContext]
) -> None:
    context = new_context(color_scheme=colours)
    context.set_offline(True)
    page = context.new_page()
    told, asked = [], []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    player = page.locator(".player[data-step]")
    player.wait_for(timeout=PATIENCE_MS)
    wait_until(player, "data.playing === 'true' && Number(data.step) > 20")
    first = int(said(player, "step"))
    wait_until(player, "Number(data.step) !== argument", first)
    assert int(said(player, "steps")) == 30 * 19
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert [text for text in told if "Content Security Policy" in text] == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if colours == "light" else "rgb(14, 17, 23)")
    frames = int(said(player, "frames"))
    page.emulate_media(color_scheme="dark" if colours == "light" else "light")
    wait_until(player, "Number(data.frames) > argument", frames)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background
