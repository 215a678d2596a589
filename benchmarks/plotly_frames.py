"""The same animation made of Plotly frames, as notebooks make it: what the player is compared with.

A page of its own, served by this process with the installed plotly.min.js: each change of the
padding (for poolings the dilation) asks for a new figure. A frame holds the window's outline and
the output as far as it is filled; in a volume the slice of the input too. Every step has a frame up
to 2,000 steps; beyond it every row of the output has one, as long as all frames together stay below
80 MB of values: a browser does not take more.
"""

import base64
import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import numpy as np
import plotly
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page
from torch import Tensor
from torch.nn import functional

ALL_STEPS = 2_000
MOST_BYTES = 80_000_000
PLAY_SECONDS = 3

_PAGE = """<!DOCTYPE html>
<meta charset="utf-8"><title>Plotly frames</title>
<script src="/plotly.min.js"></script>
<div id="plot" style="width:1300px;height:560px"></div>
<script>
window.show = async (setting) => {
  const from = performance.now();
  const answer = await fetch(`/figure?setting=${setting}`);
  const text = await answer.text();
  const { data, layout, frames } = JSON.parse(text);
  await Plotly.newPlot("plot", data, layout);
  await Plotly.addFrames("plot", frames);
  await new Promise((painted) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = painted;
    port2.postMessage(null);
  }));
  return { milliseconds: performance.now() - from, bytes: text.length, frames: frames.length };
};
window.play = async (seconds) => {
  const plot = document.getElementById("plot");
  let shown = 0;
  plot.on("plotly_animatingframe", () => { shown += 1; });
  const options = (redraw) =>
    ({ mode: "immediate", frame: { duration: 0, redraw }, transition: { duration: 0 } });
  const start = performance.now();
  const deadline = new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  Plotly.animate("plot", null, options(true));
  await deadline;
  const passed = performance.now() - start;
  Plotly.animate("plot", [null], options(false)).catch(() => {});
  return (1000 * shown) / passed;
};
</script>
"""


@dataclass(frozen=True)
class Animation:
    """What is animated: a picture (C, *spatial) and what slides over it."""

    picture: Tensor
    operation: str  # convolution, pooling, transposed or volume

    def output(self, setting: int, picture: Tensor | None = None) -> Tensor:
        """The output's first map (*spatial) by PyTorch, with padding or dilation as set."""
        batch = (self.picture if picture is None else picture)[None]
        channels = len(self.picture)
        if self.operation == "pooling":
            return functional.max_pool2d(batch, 2, 2, 0, setting + 1)[0, 0]
        if self.operation == "volume":
            weight = torch.ones(1, channels, 3, 3, 3)
            return functional.conv3d(batch, weight, None, 1, setting)[0, 0]
        kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        if self.operation == "transposed":
            weight = kernel.expand(channels, 1, 3, 3)
            # Padding of a transposed convolution cuts off: at most what the kernel adds.
            return functional.conv_transpose2d(batch, weight, None, 2, min(setting, 2))[0, 0]
        return functional.conv2d(batch, kernel.expand(1, channels, 3, 3), None, 1, setting)[0, 0]

    def stamped(self, setting: int, step: int) -> Tensor:
        """A transposed convolution's output after so many and one cells of the input."""
        first = torch.arange(self.picture[0].numel()).reshape(self.picture[0].shape) <= step
        return self.output(setting, self.picture * first)


def sampled(size: tuple[int, ...], values_per_frame: int) -> list[int]:
    """The steps that get a frame: all of them, or the last of every row, or as many as fit."""
    steps = math.prod(size)
    shown = list(range(steps)) if steps <= ALL_STEPS else list(range(size[-1] - 1, steps, size[-1]))
    most = max(2, MOST_BYTES // (4 * values_per_frame))
    if len(shown) <= most:
        return shown
    return [shown[round(index * (len(shown) - 1) / (most - 1))] for index in range(most)]


def figure(animation: Animation, setting: int) -> dict[str, Any]:
    """The animation as one figure with frames, as plotly.js takes it.

    Plain dictionaries: plotly.py would check each of a thousand frames, which takes seconds.
    """
    output = animation.output(setting).numpy()
    volume = animation.operation == "volume"
    size = animation.picture.shape[1:] if animation.operation == "transposed" else output.shape
    per_frame = output.shape[-2] * output.shape[-1]
    per_frame += animation.picture[0, 0].numel() if volume else 0
    steps = sampled(size, per_frame)
    changing = [0, 1, 2] if volume else [1, 2]
    frames = [
        {"name": str(step), "data": _moving(animation, output, setting, step), "traces": changing}
        for step in steps
    ]
    traces = [] if volume else [_input(animation.picture)]
    layout = {
        "width": 1300,
        "height": 560,
        "showlegend": False,
        "xaxis": {"domain": [0, 0.48], "constrain": "domain"},
        "yaxis": {"autorange": "reversed", "scaleanchor": "x"},
        "xaxis2": {"domain": [0.52, 1], "anchor": "y2"},
        "yaxis2": {"autorange": "reversed", "anchor": "x2", "scaleanchor": "x2"},
    }
    return {"data": traces + frames[0]["data"], "layout": layout, "frames": frames}


def _numbers(values: NDArray) -> dict[str, str]:
    """An array as plotly.js takes it in the shortest way: base64 of its bytes."""
    dtype = {"float32": "f4", "uint8": "u1"}[values.dtype.name]
    shape = ", ".join(map(str, values.shape))
    return {"dtype": dtype, "bdata": base64.b64encode(values.tobytes()).decode(), "shape": shape}


def _heatmap(values: NDArray, **options: Any) -> dict[str, Any]:
    return {"type": "heatmap", "z": _numbers(values), "showscale": False, **options}


def _input(picture: Tensor) -> dict[str, Any]:
    if len(picture) == 3:
        pixels = (picture * 255).to(torch.uint8).permute(1, 2, 0).numpy()
        return {"type": "image", "z": _numbers(pixels)}
    return _heatmap(picture[0].numpy(), colorscale="Greys", reversescale=True)


def _moving(
    animation: Animation, output: NDArray[np.float32], setting: int, step: int
) -> list[dict[str, Any]]:
    """What differs from frame to frame."""
    transposed = animation.operation == "transposed"
    size = animation.picture.shape[1:] if transposed else output.shape
    position = np.unravel_index(step, size)
    row, column = int(position[-2]), int(position[-1])
    if transposed:
        shown = animation.stamped(setting, step).numpy()
    else:
        shown = output.reshape(-1, *size[-2:])[int(position[0]) if len(size) == 3 else 0].copy()
        shown.reshape(-1)[row * size[-1] + column + 1 :] = np.nan
    left, right, top, bottom = column - 0.5, column + 2.5, row - 0.5, row + 2.5
    outline = {
        "type": "scatter",
        "x": [left, right, right, left, left],
        "y": [top, top, bottom, bottom, top],
        "mode": "lines",
        "line": {"color": "#E69F00", "width": 3},
    }
    result = _heatmap(shown, colorscale="PRGn", zmid=0, xaxis="x2", yaxis="y2")
    if animation.operation != "volume":
        return [outline, result]
    slices = animation.picture.shape[1]
    shown_slice = animation.picture[0, min(slices - 1, int(position[0]))].numpy()
    return [_heatmap(shown_slice, colorscale="Greys", reversescale=True), outline, result]


@contextmanager
def served(animation: Animation) -> Iterator[str]:
    """The page's address while it is served."""
    plotly_js = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlparse(self.path)
            if address.path == "/figure":
                setting = int(parse_qs(address.query)["setting"][0])
                text = json.dumps(figure(animation, setting))
                body, kind = text.encode(), "application/json"
            elif address.path == "/plotly.min.js":
                body, kind = plotly_js, "text/javascript"
            else:
                body, kind = _PAGE.encode(), "text/html"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def measure(page: Page, animation: Animation, changes: int) -> dict[str, float]:
    """Change the setting so often; then play."""
    with served(animation) as address:
        page.goto(address)
        page.wait_for_function("window.Plotly !== undefined")
        page.set_default_timeout(120_000)
        page.evaluate("show(0)")  # the library's own first start does not count
        answers = [page.evaluate("(setting) => show(setting)", 1 + n % 8) for n in range(changes)]
        rate = page.evaluate("(seconds) => play(seconds)", PLAY_SECONDS)
    times = [answer["milliseconds"] for answer in answers]
    return {
        "p50_ms": round(float(np.percentile(times, 50)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
        "fps": round(rate, 1),
        "bytes": round(sum(answer["bytes"] for answer in answers) / changes),
        "frames": round(sum(answer["frames"] for answer in answers) / changes),
    }
