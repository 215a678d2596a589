"""What can be taken away: pictures of the frame, the animated play."""

import io
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page

from tests.browser.app import App
from tests.browser.player import open_page, pass_time, pause, said, seek, wait_until

ADDRESS = "/?input=grid&kernel=2&weights=0,1;2,3&padding=1"


def saved(page: Page, player: Locator, kind: str) -> bytes:
    """Press a button and read the file that comes down."""
    with page.expect_download() as download:
        player.get_by_role("button", name=kind, exact=True).click()
    wait_until(player, "JSON.parse(data.saved ?? '{}').kind === argument", kind.lower())
    data = Path(download.value.path()).read_bytes()
    assert len(data) == json.loads(said(player, "saved"))["bytes"]
    return data


def test_the_frame_as_picture_and_as_drawing(page: Page, app: App) -> None:
    player = open_page(page, app.url + ADDRESS)
    pause(player)
    seek(player, 5)
    image = np.array(Image.open(io.BytesIO(saved(page, player, "PNG"))).convert("RGB"))
    assert image.shape[1] > 1000
    for colour in ((0x00, 0x72, 0xB2), (0xE6, 0x9F, 0x00), (0x00, 0x9E, 0x73)):
        near = np.abs(image.astype(int) - colour).sum(2) < 12
        assert near.sum() > 300, colour  # input, kernel and output are framed in their colours
    root = ElementTree.fromstring(saved(page, player, "SVG"))
    texts = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
    assert {"Input", "Output", "One step", "input patch", "kernel", "= output"} <= set(texts)
    assert texts.count("19") >= 1  # the value of the middle of the upper left


def test_the_gif_has_as_many_frames_as_steps(page: Page, app: App) -> None:
    player = open_page(page, app.url + ADDRESS)
    pause(player)
    seek(player, 3)
    gif = Image.open(io.BytesIO(saved(page, player, "GIF")))
    assert gif.format == "GIF"
    assert getattr(gif, "n_frames", 0) == int(said(player, "steps")) == 16
    assert json.loads(said(player, "saved"))["frames"] == 16
    frames = []
    for index in range(16):
        gif.seek(index)
        frames.append(np.array(gif.convert("RGB")))
    assert all((one != other).any() for one, other in itertools.pairwise(frames))
    wait_until(player, "data.step === '3'")  # back where it was


def test_a_gif_of_a_pinned_cell_moves_all_the_same(page: Page, app: App) -> None:
    player = open_page(page, app.url + ADDRESS + "&step=5")
    assert said(player, "pin") == "5"
    gif = Image.open(io.BytesIO(saved(page, player, "GIF")))
    gif.seek(0)
    first = np.array(gif.convert("RGB")).astype(int)
    gif.seek(15)
    changed = (np.abs(np.array(gif.convert("RGB")).astype(int) - first).sum(2) > 60).nonzero()
    assert changed[1].min() < first.shape[1] / 3  # on the input too, where the window slides
    wait_until(player, "data.pin === '5'")


def test_a_gif_ends_when_its_page_is_left(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    player = open_page(page, app.url + "/?size=64")
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    player.get_by_role("button", name="GIF", exact=True).click()
    player.get_by_text(re.compile("^GIF: frame ")).wait_for()
    page.get_by_role("link", name="Pooling").click()
    page.get_by_role("heading", name="Pooling").wait_for()
    player.wait_for()
    pass_time(player, frames=30)
    assert downloads == []
