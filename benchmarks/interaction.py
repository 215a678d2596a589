"""How long a change in the player takes to be seen: `python -m benchmarks.interaction`.

In Chromium, on the running app, for each operation and size: the time from a slider's movement to
the first frame with the new result, which the browser computes itself (`p50_ms`, `p95_ms`), the
time from letting the slider go to the first frame with PyTorch's (`confirmed_p50_ms`, ...), frames
a second while the whole output plays in a second, and the bytes of all WebSocket messages that one
change brings to the browser. Beside each, `plotly`: the same animation made of Plotly frames.
"""

import argparse
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import plotly_frames
from benchmarks.report import report
from explorer.media import open_picture, resized, sample_bytes, volume_sample
from tests.browser.app import App, launch_chromium
from tests.browser.player import open_page, said, upload, wait_until

CHANGES = 30
PLOTLY_CHANGES = {28: 10}  # of larger ones each takes many seconds
FEW_PLOTLY_CHANGES = 3
WARM_UP = 3
PLAY_SECONDS = 3
SQUARE = 600  # pixels of the uploaded photograph: at least the largest size

# From the slider's movement to after the frame that shows it, and from letting go to after the
# frame with PyTorch's result: a message posted while a frame is drawn is delivered once it has been
# handed over. An event's own time is when the movement happened, not when the page heard of it.
_WATCH = """(root) => {
  window.lives = [];
  window.releases = [];
  let moved = null;
  let released = null;
  root.addEventListener("input", (event) => { moved ??= event.timeStamp; }, true);
  addEventListener("pointerup", (event) => { released = event.timeStamp; }, true);
  let { live, scenes } = root.dataset;
  const after = (from, times) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => times.push(performance.now() - from);
    port2.postMessage(null);
  };
  new MutationObserver(() => {
    if (root.dataset.live !== live && moved !== null) {
      after(moved, window.lives);
      moved = null;
    }
    if (root.dataset.scenes !== scenes && released !== null) {
      after(released, window.releases);
      released = null;
    }
    ({ live, scenes } = root.dataset);
  }).observe(root, { attributeFilter: ["data-live", "data-scenes"] });
}"""

_FRAMES = """(root, seconds) => new Promise((resolve) => {
  const [frames, start] = [Number(root.dataset.frames), performance.now()];
  setTimeout(() => resolve(
    (1000 * (Number(root.dataset.frames) - frames)) / (performance.now() - start)
  ), 1000 * seconds);
})"""


@dataclass(frozen=True)
class Case:
    """One page at one size.

    Attributes:
        operation: Which page.
        size: Cells along the longer side.
        colour: "grey" or "rgb".
    """

    operation: str
    size: int
    colour: str = "grey"

    @property
    def name(self) -> str:
        return f"{self.operation} {'RGB ' if self.colour == 'rgb' else ''}{self.size}"

    def address(self, app: App) -> str:
        """The page's link with everything that the measurement needs."""
        choices = {"size": str(self.size), "colour": self.colour}
        if self.operation == "transposed":
            choices["input"] = "picture"
        if self.operation == "volume":
            choices = {"size": str(self.size)}
        path = "" if self.operation == "convolution" else self.operation
        return f"{app.url}/{path}?{urlencode(choices)}"

    @property
    def slider(self) -> str:
        """What is dragged: the padding, of which a 2×2 pooling allows hardly any."""
        return "Dilation" if self.operation == "pooling" else "Padding"

    def animation(self) -> plotly_frames.Animation:
        if self.operation == "volume":
            volume = resized(volume_sample("walk"), self.size, 16)
            return plotly_frames.Animation(volume.tensor("grayscale"), "volume")
        picture = open_picture(square_photograph(), longest_side=None)
        mode = "rgb" if self.colour == "rgb" else "grayscale"
        return plotly_frames.Animation(picture.tensor(mode, self.size), self.operation)


CASES = [
    *(
        Case(operation, size, colour)
        for operation in ("convolution", "pooling", "transposed")
        for size, colour in ((28, "grey"), (224, "grey"), (512, "grey"), (224, "rgb"))
    ),
    Case("volume", 28),
    Case("volume", 64),
]


def square_photograph() -> bytes:
    """The bundled photograph's middle as a PNG of 600×600 pixels."""
    image = Image.open(io.BytesIO(sample_bytes("china")))
    edge = min(image.size)
    left = (image.width - edge) // 2
    data = io.BytesIO()
    image.crop((left, 0, left + edge, edge)).resize((SQUARE, SQUARE)).save(data, "PNG")
    return data.getvalue()


def slider(player: Locator, label: str) -> Locator:
    """One of the player's own sliders."""
    return player.locator(f'input[type="range"][aria-label="{label}"]')


def next_value(control: Locator) -> int:
    """One more than now, or the least after the largest."""
    now, low, high = (
        int(control.evaluate(f"(input) => input.{name}")) for name in ("value", "min", "max")
    )
    return now + 1 if now < high else low


def drag(page: Page, player: Locator, label: str) -> None:
    """Drag a slider to its next value until it shows, then let go until PyTorch's result does."""
    control = slider(player, label)
    control.scroll_into_view_if_needed()
    box, value = control.bounding_box(), next_value(control)
    assert box
    low, high = (int(control.evaluate(f"(input) => input.{name}")) for name in ("min", "max"))
    middle, thumb = box["y"] + box["height"] / 2, 16

    def place(of: int) -> float:
        share = (of - low) / max(1, high - low)
        return box["x"] + thumb / 2 + (box["width"] - thumb) * share

    live, scenes = int(said(player, "live")), int(said(player, "scenes"))
    page.mouse.move(place(int(control.input_value())), middle)
    page.mouse.down()
    page.mouse.move(place(value), middle)
    wait_until(player, "Number(data.live) > argument", live)
    page.mouse.up()
    wait_until(player, "Number(data.scenes) > argument", scenes)


def shift(player: Locator, label: str) -> None:
    """Move a slider by one step with the keyboard and wait for PyTorch's result."""
    scenes = int(said(player, "scenes"))
    control = slider(player, label)
    control.press("ArrowRight" if next_value(control) > int(control.input_value()) else "ArrowLeft")
    wait_until(player, "Number(data.scenes) > argument && data.confirmed === 'true'", scenes)


def measure(page: Page, app: App, case: Case, changes: int) -> dict[str, float]:
    """The figures of the player for one case."""
    received: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: received.append(len(data))),
    )
    player = open_page(page, case.address(app))
    if case.operation != "volume":
        scenes = int(said(player, "scenes"))
        upload(page, "square.png", square_photograph())
        wait_until(player, "Number(data.scenes) > argument", scenes)
        page.keyboard.press("Escape")  # closes the picture's popover
    player.evaluate(_WATCH)
    settings = int(slider(player, case.slider).evaluate("(input) => input.max - input.min")) + 1
    bytes_sent = 0
    for change in range(-WARM_UP, changes):
        if change > 0 and change % settings == 0:
            # Streamlit sends a message the browser already had by its digest alone: with another
            # kernel size every result is new.
            shift(player, "Kernel size")
        if change == 0:
            page.evaluate("lives.length = releases.length = 0")
        received.clear()
        drag(page, player, case.slider)
        if change >= 0:
            bytes_sent += sum(received)
    live, confirmed = page.evaluate("[lives, releases]")
    assert len(live) >= changes, f"{len(live)} frames for {changes} changes"
    player.get_by_label("Speed").press("End")
    if said(player, "playing") != "true":
        player.get_by_role("button", name="Play (space)").click()
    return {
        **percentiles(live),
        **{f"confirmed_{name}": value for name, value in percentiles(confirmed).items()},
        "fps": round(player.evaluate(_FRAMES, PLAY_SECONDS), 1),
        "bytes": round(bytes_sent / changes),
        "steps": int(said(player, "steps")),
    }


def percentiles(times: list[float]) -> dict[str, float]:
    return {f"p{part}_ms": round(float(np.percentile(times, part)), 1) for part in (50, 95)}


def both(browser: Browser, app: App, case: Case, changes: int) -> dict[str, object]:
    """The player's figures and Plotly's, one after the other in the same browser."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    figures: dict[str, object] = dict(measure(page, app, case, changes))
    page.close()
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    often = min(changes, PLOTLY_CHANGES.get(case.size, FEW_PLOTLY_CHANGES))
    figures["plotly"] = plotly_frames.measure(page, case.animation(), often)
    page.close()
    return figures


def row(name: str, figures: dict) -> list[str]:
    own = ("p50_ms", "p95_ms", "confirmed_p50_ms", "confirmed_p95_ms", "fps", "bytes", "steps")
    others = ("p50_ms", "p95_ms", "fps", "bytes", "frames")
    return [
        name,
        *(f"{figures[key]:,}" for key in own),
        *(f"{figures['plotly'][key]:,}" for key in others),
    ]


def main() -> None:
    """Measure every case, print a table and then one JSON object; each case to stderr at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=CHANGES, help="how many changes each")
    parser.add_argument("--only", default="", help="cases whose name contains this, such as 28")
    arguments = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "data")
        browser = launch_chromium(playwright)
        try:
            app.start()
            for case in CASES:
                if arguments.only in case.name:
                    figures[case.name] = both(browser, app, case, arguments.changes)
                    print(case.name, figures[case.name], file=sys.stderr, flush=True)
        finally:
            browser.close()
            app.stop()
    header = (
        *("picture", "p50 ms", "p95 ms", "PyTorch p50", "p95", "frames/s", "bytes", "steps"),
        *("Plotly p50", "p95", "frames/s", "bytes", "frames"),
    )
    report(header, [row(name, each) for name, each in figures.items()], figures)


if __name__ == "__main__":
    main()
