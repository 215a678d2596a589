"""How long an edit of a network takes to be seen: `python -m benchmarks.builder`.

For networks of 8, 50 and 200 layers, in milliseconds. On the server (medians): `trace_ms`, every
shape of the edited network; `rerun_ms`, the whole script of the page, with the edit, as Streamlit's
AppTest runs it; with `_cpu`, of the processor alone, whoever else uses it. In Chromium, on the
running app, from the key that makes the edit to after the frame with the new table:
`browser_p50_ms` and `browser_p95_ms`. The edit is the width of the pictures, by which every shape
of the network is a new one: the slowest there is; `near` has the same figures for the channels of
the first layer, as most edits are. `refused_ms` says how long it takes to refuse networks that are
too large, and `onnx_ms` how long an ONNX file of the network takes.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import streamlit as st
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from benchmarks.builder_networks import SIZES, TOO_LARGE, network, too_many_layers
from benchmarks.report import report
from explorer.network import NetworkSpec, edit
from explorer.network.build import build
from explorer.network.link import network_to_text
from explorer.network.onnx_export import onnx_bytes
from explorer.network.shapes import trace
from tests.browser.app import ROOT, App, launch_chromium

EDITS = 24
WARM_UP = 3
FEW = 5
PATIENCE_MS = 120_000  # of a server that has only just begun, beside others
WIDTH, CHANNELS = "Width", "Out channels"
FIRST_VALUE = 33

# From the key to after the frame that shows it: a message posted while a frame is drawn is
# delivered once it has been handed over. An event's own time is when the key was pressed.
_WATCH = """(root) => {
  window.times = [];
  let pressed = null;
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") pressed = event.timeStamp;
  }, true);
  const shapes = () =>
    [...root.querySelectorAll(".shape")].map((cell) => cell.textContent).join();
  let before = shapes();
  new MutationObserver(() => {
    if (shapes() === before) return;
    before = shapes();
    const from = pressed;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.times.push(performance.now() - from);
    port2.postMessage(null);
  }).observe(root, { attributeFilter: ["data-draws"] });
}"""


def edited(spec: NetworkSpec, label: str, value: int) -> NetworkSpec:
    """The network after one of the two edits."""
    if label == CHANNELS:
        return edit.change(spec, (0,), out_channels=value)
    return spec.model_copy(update={"input": spec.input.model_copy(update={"width": value})})


def medians(name: str, actions: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds by the clock, and of the processor alone, whoever else uses it."""
    walls, processor = [], []
    for action in actions:
        start, before = perf_counter(), process_time()
        action()
        walls.append((perf_counter() - start) * 1000)
        processor.append((process_time() - before) * 1000)
    return {
        f"{name}_ms": round(median(walls), 2),
        f"{name}_cpu_ms": round(median(processor), 2),
    }


def trace_ms(spec: NetworkSpec, label: str) -> dict[str, float]:
    """A trace; every value is one that was not traced before."""
    values = range(FIRST_VALUE, FIRST_VALUE + EDITS)
    networks = [edited(spec, label, value) for value in values]
    return medians("trace", [partial(trace, each) for each in networks])


class Session:
    """The page without a browser, with a network and a layer or the input selected."""

    def __init__(self, spec: NetworkSpec, label: str) -> None:
        self.app = AppTest.from_file(ROOT / "explorer" / "main.py", default_timeout=60)
        self.app.switch_page(str(ROOT / "pages" / "network.py"))
        self.app.session_state["carried_network"] = spec
        self.app.session_state["network_selected"] = (0,) if label == CHANNELS else ()
        self.app.run()
        self.label = label

    def edit(self, value: int) -> None:
        field: Any = next(each for each in self.app.number_input if each.label == self.label)
        field.set_value(value).run()
        assert not self.app.exception, self.app.exception


def rerun_ms(spec: NetworkSpec, label: str) -> dict[str, float]:
    """An edit and the whole page after it."""
    session = Session(spec, label)
    for value in range(100, 100 + WARM_UP):
        session.edit(value)
    # Values that `trace_ms` has not had: what was measured before is remembered.
    return medians("rerun", [partial(session.edit, value) for value in range(200, 200 + EDITS)])


def browser_ms(page: Page, app: App, spec: NetworkSpec, label: str) -> dict[str, float]:
    """Percentiles of the time from Enter to the new table."""
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app.url}/network?net={network_to_text(spec)}")
    table = page.locator("div.network", has=page.locator("tbody"))
    cells = table.locator("tbody tr:not(.problem):not(.input) .shape")
    expect(cells).to_have_count(len(spec.layers))
    if label == WIDTH:
        table.get_by_role("button", name="input", exact=True).click()
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.wait_for()
    table.evaluate(_WATCH)
    for value in range(FIRST_VALUE, FIRST_VALUE + WARM_UP + EDITS):
        field.fill(str(value))
        field.press("Enter")
        shape = trace(edited(spec, label, value)).rows[0].output_shape
        expect(cells.first).to_have_text("×".join(map(str, shape)))
    page.wait_for_function(f"times.length >= {WARM_UP + EDITS}")
    times = page.evaluate("times")[WARM_UP:]
    return {f"browser_p{part}_ms": round(float(np.percentile(times, part)), 1) for part in (50, 95)}


def measure(browser: Browser, app: App, layers: int) -> dict[str, Any]:
    """All figures of one size; the first of the two edits at the top."""
    spec = network(layers)
    figures: dict[str, dict[str, Any]] = {}
    for label in (WIDTH, CHANNELS):
        # Traced first: `browser_ms` traces the same networks, and what was traced is remembered.
        server = trace_ms(spec, label) | rerun_ms(spec, label)
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        figures[label] = server | browser_ms(context.new_page(), app, spec, label)
        context.close()
    module = build(spec).eval()
    onnx = medians("onnx", [partial(onnx_bytes, spec, module)] * FEW)
    return {**figures[WIDTH], "near": figures[CHANNELS], **onnx}


def refused() -> dict[str, float]:
    """How long it takes to refuse what is too large; the memory it takes is none to speak of."""
    trace(network(SIZES[0]))  # loads what PyTorch needs for shapes
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {}
    for name, spec in TOO_LARGE.items():
        assert trace(spec).failure, name
        others = [spec.model_copy(update={"name": f"{name} {number}"}) for number in range(FEW)]
        found |= {name: medians(name, [partial(trace, each) for each in others])[f"{name}_ms"]}
    start = perf_counter()
    try:
        too_many_layers()
    except ValidationError:
        found["501 layers"] = round((perf_counter() - start) * 1000, 2)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000, f"{grown} kB were allocated to refuse"  # a hundredth of what is asked
    return found


def main() -> None:
    """Measure every size, print a table and then one JSON object; each size to stderr at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, choices=SIZES, help="one size alone")
    arguments = parser.parse_args()
    type(st.context).cookies = property(lambda _: {})  # pyright: ignore - there is no browser
    type(st.context).url = property(lambda _: "http://localhost/network")  # pyright: ignore
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = App(Path(folder) / "data")
        browser = launch_chromium(playwright)
        expect.set_options(timeout=PATIENCE_MS)
        try:
            app.start()
            for layers in [arguments.only] if arguments.only else SIZES:
                figures[str(layers)] = measure(browser, app, layers)
                print(layers, figures[str(layers)], file=sys.stderr, flush=True)
        finally:
            browser.close()
            app.stop()
    figures["refused_ms"] = refused()
    columns = ("trace_ms", "trace_cpu_ms", "rerun_ms", "rerun_cpu_ms")
    columns += ("browser_p50_ms", "browser_p95_ms")
    rows = [
        [f"{layers} layers, {label}", *(f"{of[column]:,}" for column in columns)]
        for layers, each in figures.items()
        if layers != "refused_ms"
        for label, of in (("every shape new", each), ("channels of one layer", each["near"]))
    ]
    rows += [
        [f"refused: {name}", f"{took:,}", *[""] * 5] for name, took in figures["refused_ms"].items()
    ]
    header = ("edit", "trace ms", "cpu", "whole rerun ms", "cpu", "browser p50 ms", "p95 ms")
    report(header, rows, figures)


if __name__ == "__main__":
    main()
