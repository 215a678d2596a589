"""How long a change on the Convolution page takes to be seen: `python -m benchmarks.interaction`.

In Chromium, on the running app, for a square photograph of 28×28 and of 224×224 cells: the time
from releasing the padding slider to the first frame with PyTorch's new result, frames a second
while the whole picture plays in a second, and the bytes of all WebSocket messages that one change
brings to the browser.
"""

import io
import statistics
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.report import report
from explorer.media import sample_bytes
from tests.browser.app import App, launch_chromium
from tests.browser.player import open_more, open_page, said, settle, slider, upload

SIDES = (28, 224)
CHANGES = 30
WARM_UP = 3
PADDINGS = 9  # the slider goes from 0 to 8
PLAY_SECONDS = 3

# From the pointer's release to after the frame in which the player shows a new scene: a message
# posted while a frame is drawn is delivered once it has been handed over.
_WATCH = """(root) => {
  window.releases = [];
  let released = null;
  addEventListener("pointerup", () => { released = performance.now(); }, true);
  let scenes = root.dataset.scenes;
  new MutationObserver(() => {
    if (root.dataset.scenes === scenes) return;
    scenes = root.dataset.scenes;
    const from = released;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.releases.push(performance.now() - from);
    port2.postMessage(null);
  }).observe(root, { attributeFilter: ["data-scenes"] });
}"""

_FRAMES = """(root, seconds) => new Promise((resolve) => {
  const [frames, start] = [Number(root.dataset.frames), performance.now()];
  setTimeout(() => resolve(
    (1000 * (Number(root.dataset.frames) - frames)) / (performance.now() - start)
  ), 1000 * seconds);
})"""


def square_photograph() -> bytes:
    """The bundled photograph's middle as a PNG."""
    image = Image.open(io.BytesIO(sample_bytes("china")))
    edge = min(image.size)
    left = (image.width - edge) // 2
    data = io.BytesIO()
    image.crop((left, 0, left + edge, edge)).save(data, "PNG")
    return data.getvalue()


def drag_padding(page: Page, player: Locator, value: int) -> None:
    """Drag the padding slider to a value with the mouse and wait for the new scene."""
    control = slider(page, "Padding")
    track = page.locator('[data-testid="stSlider"] [role="group"][aria-label="Padding"]')
    box, now, most = track.bounding_box(), int(control.input_value()), PADDINGS - 1
    assert box
    middle = box["y"] + box["height"] / 2

    def place(of: int) -> float:
        return box["x"] + 2 + (box["width"] - 4) * of / most  # the very edge is outside

    scenes = int(said(player, "scenes"))
    page.mouse.move(place(now), middle)
    page.mouse.down()
    page.mouse.move(place(value), middle, steps=3)
    page.mouse.up()
    settle(player, scenes)


def shift(page: Page, player: Locator, label: str) -> None:
    """Move a slider by one step and wait for the new scene."""
    scenes = int(said(player, "scenes"))
    slider(page, label).press("ArrowRight")
    settle(player, scenes)


def measure(page: Page, app: App, side: int) -> dict[str, float]:
    """The figures for one size."""
    received: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: received.append(len(data))),
    )
    player = open_page(page, app.url)
    open_more(page)
    for act in (
        lambda: upload(page, "square.png", square_photograph()),
        lambda: page.get_by_role("radio", name=str(side), exact=True).click(),
    ):
        scenes = int(said(player, "scenes"))
        act()
        settle(player, scenes)
    page.keyboard.press("Escape")  # closes the picture's popover
    player.evaluate(_WATCH)
    times: list[float] = []
    bytes_sent = 0
    for change in range(-WARM_UP, CHANGES):
        if change % PADDINGS == 0:
            # Streamlit sends a message the browser already had by its digest alone: with another
            # bias every result is new.
            shift(page, player, "Bias")
        received.clear()
        page.evaluate("window.releases.length = 0")
        drag_padding(page, player, (change + 1) % PADDINGS)
        if change >= 0:
            times += page.evaluate("window.releases")
            bytes_sent += sum(received)
    assert len(times) == CHANGES, f"{len(times)} frames for {CHANGES} changes"
    player.get_by_label("Speed").press("End")
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 1),
        "fps": round(player.evaluate(_FRAMES, PLAY_SECONDS), 1),
        "bytes": round(bytes_sent / CHANGES),
    }


def main() -> None:
    """Measure every size, print a table and then one JSON object."""
    figures = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "data")
        browser = launch_chromium(playwright)
        try:
            app.start()
            for side in SIDES:
                page = browser.new_page(viewport={"width": 1400, "height": 1000})
                figures[str(side)] = measure(page, app, side)
                page.close()
        finally:
            browser.close()
            app.stop()
    rows = [
        [f"{side}×{side}", *(f"{value:,}" for value in row.values())]
        for side, row in figures.items()
    ]
    report(("picture", "p50 ms", "p95 ms", "frames/s", "bytes a change"), rows, figures)


if __name__ == "__main__":
    main()
