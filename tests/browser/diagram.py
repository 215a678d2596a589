"""The diagram by itself, drawn from a network in a page without the app: for its browser tests."""

import json
from pathlib import PurePosixPath
from typing import Any

from playwright.sync_api import Page, Route

from explorer.network import NetworkSpec
from explorer.network.blocks import Path
from explorer.network.shapes import trace
from explorer.ui import assets
from explorer.ui.network.view import view_data
from explorer.ui.palette import css_variables

SITE = "http://diagram.test/"
DARK = {
    "text-color": "#fafafa",
    "background-color": "#181715",
    "secondary-background-color": "#2b2b28",
    "primary-color": "#56b4e9",
    "font": "sans-serif",
    "code-font": "monospace",
}

# What Streamlit does: a shadow root with the style sheet, the data, and a call for each change.
_PAGE = """<!doctype html><meta charset="utf-8">
<style>body {{ {variables} background: var(--st-background-color); }}</style>
<body><div id="host" style="width: {width}px"></div>
<script type="module">
import draw from "/network_diagram/network_diagram.js";
const root = document.getElementById("host").attachShadow({{ mode: "open" }});
const style = document.createElement("style");
style.textContent = {css};
const parentElement = document.createElement("div");
root.append(style, parentElement);
window.sent = [];
const setTriggerValue = (name, value) => window.sent.push([name, value]);
window.show = (data) => {{ window.close = draw({{ parentElement, data, setTriggerValue }}); }};
window.ready = true;
</script>"""


def open_diagram(page: Page, width: int = 760) -> None:
    """An empty page of the dark theme that `show` draws into."""
    style = (assets.COMPONENTS / "network_diagram" / "network_diagram.css").read_text("utf-8")
    body = _PAGE.format(
        variables="".join(f"--st-{name}: {value};" for name, value in DARK.items()),
        width=width,
        css=json.dumps(css_variables() + style),
    )

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(SITE)
        path = assets.COMPONENTS / PurePosixPath(name)
        if not name:
            route.fulfill(body=body, content_type="text/html")
        elif path.is_file():
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(status=404, body="")

    page.route(f"{SITE}**", serve)
    page.goto(SITE)
    page.wait_for_function("window.ready")


def show(page: Page, spec: NetworkSpec, selected: Path = (0,), **changes: Any) -> dict[str, Any]:
    """Draw a network, with some fields of its data changed; returns the data."""
    data = view_data(spec, trace(spec), selected) | changes
    page.evaluate("data => window.show(data)", data)
    page.wait_for_selector(".network[data-draws]")
    return data
