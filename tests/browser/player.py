"""What tests and benchmarks do with the player: wait for it, read it, change what it shows."""

import io
import re
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page

from explorer.media import sample_bytes

PATIENCE_MS = 20_000


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


def slider(page: Page, label: str) -> Locator:
    """One of Streamlit's sliders."""
    return page.locator(f'[data-testid="stSlider"] input[aria-label="{label}"]')


def set_slider(page: Page, player: Locator, label: str, value: int) -> None:
    """Move one of Streamlit's sliders by keyboard and wait for the new scene after each key."""
    while (now := int(slider(page, label).input_value())) != value:
        scenes = int(said(player, "scenes"))
        slider(page, label).press("ArrowRight" if value > now else "ArrowLeft")
        settle(player, scenes)


def open_more(page: Page) -> None:
    """Open the fold with the further controls."""
    page.get_by_text("More", exact=True).click()
    page.get_by_text("Height and width apart").wait_for()


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
    """Choose a file in the picture control."""
    page.get_by_role("button", name=re.compile("^Picture: ")).click()
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data}]
    )
