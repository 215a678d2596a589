"""What tests and benchmarks do with the player: wait for it, read it, change what it shows."""

import io
import json
import re
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer.media import sample_bytes
from tests.browser.profiles import PATIENCE_MS


def open_page(page: Page, url: str) -> Locator:
    """Open a page with a player and wait for its first frame; returns the player."""
    page.goto(url)
    player = page.locator(".player[data-step]")
    player.wait_for()
    return player


def said(player: Locator, name: str) -> str:
    """What the player tells of itself, such as "step" or "value"."""
    return player.get_attribute(f"data-{name}") or ""


def step(player: Locator) -> int:
    return int(said(player, "step"))


def wait_until(player: Locator, condition: str, argument: Any = None) -> None:
    """Wait for a JavaScript condition on the player's `data`, looking in each frame."""
    last = player.evaluate(
        """(root, [condition, argument, milliseconds]) => new Promise((resolve) => {
          const holds = new Function("data", "argument", `return ${condition}`);
          const deadline = performance.now() + milliseconds;
          const look = () => {
            if (holds(root.dataset, argument)) resolve(null);
            else if (performance.now() > deadline) resolve(JSON.stringify(root.dataset));
            else requestAnimationFrame(look);
          };
          look();
        })""",
        [condition, argument, PATIENCE_MS],
    )
    assert last is None, f"{condition} (argument {argument}) never held; at last: {last}"


def pass_time(player: Locator, frames: int) -> None:
    """Let the browser draw so many frames."""
    player.evaluate(
        """(_, frames) => new Promise((resolve) => {
          const next = () => (frames-- ? requestAnimationFrame(next) : resolve());
          next();
        })""",
        frames,
    )


def pause(player: Locator) -> None:
    """Stop the play where it is."""
    if said(player, "playing") == "true":
        player.get_by_role("button", name="Pause").click()
    wait_until(player, "data.playing === 'false'")


def seek(player: Locator, to: int) -> None:
    """Move the scrub slider to a step."""
    scrub = player.get_by_label("Position", exact=True)
    scrub.evaluate(
        "(range, to) => { range.value = to; range.dispatchEvent(new Event('input')); }", to
    )
    wait_until(player, "Number(data.step) === argument", to)


def settle(player: Locator, scenes: int) -> None:
    """Wait until another scene than number `scenes` is shown."""
    wait_until(player, "Number(data.scenes) > argument", scenes)


def slider(player: Locator, label: str) -> Locator:
    """One of the player's own sliders."""
    return player.get_by_label(label, exact=True)


def set_slider(player: Locator, label: str, value: int) -> None:
    """Move a slider by keyboard and wait until PyTorch has confirmed the last key."""
    while (now := int(slider(player, label).input_value())) != value:
        scenes = int(said(player, "scenes"))
        slider(player, label).press("ArrowRight" if value > now else "ArrowLeft")
        settle(player, scenes)


def hover_cell(player: Locator, view: str, row: int, column: int) -> None:
    """Put the pointer on a cell, counted from the view's upper left with its padding."""
    rows, columns = pixels(player, view).shape[:2]
    element = player.locator(f".view.{view}")
    box = element.bounding_box()
    assert box
    x, y = (column + 0.5) / columns * box["width"], (row + 0.5) / rows * box["height"]
    element.hover(position={"x": x, "y": y})


def linked(player: Locator, side: str) -> list[list[int]]:
    """Cells of "input" or "output" that are marked as belonging together, per axis."""
    return json.loads(said(player, "linked"))[side]["cells"]


def open_fold(page: Page, name: str) -> None:
    """Open one of the folds with further controls."""
    page.get_by_test_id("stExpander").filter(has_text=name).locator("summary").click()


def pixels(player: Locator, view: str) -> np.ndarray:
    """A view's pixels at data resolution, (rows, columns, RGBA)."""
    found = player.locator(f".view.{view} canvas.pixels").evaluate(
        """(canvas) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          return [height, width, Array.from(data)];
        }"""
    )
    height, width, values = found
    return np.array(values, np.uint8).reshape(height, width, 4)


def photograph(width: int, height: int, *, orientation: int = 1) -> bytes:
    """The bundled photograph as a JPEG of this size, optionally with an EXIF turn to undo."""
    image = Image.open(io.BytesIO(sample_bytes("china"))).resize((width, height))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    image.save(data, "JPEG", exif=exif)
    return data.getvalue()


def upload(page: Page, name: str, data: bytes) -> None:
    """Choose a file in the picture control.

    Every file gets a field of its own. Until the page has been run with the control closed, and
    again with it open, the field that is seen may be that of the file before.
    """
    script = page.get_by_test_id("stApp")
    expect(script).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("button", name=re.compile("^Picture: ")).click()
    expect(script).to_have_attribute("data-test-script-state", "notRunning")
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    )
