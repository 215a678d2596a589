"""One HTML file that plays a scene anywhere: no server, no network, nothing to install."""

import base64
import hashlib
import html
import json
import re
import tomllib
from functools import lru_cache
from pathlib import Path

from explorer.ui import assets
from explorer.ui.palette import css_variables

_PLAYER = assets.COMPONENTS / "player"
_CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}

# Streamlit's own colours, which the app's configuration changes in part.
_THEMES = {
    "light": {
        "background-color": "#ffffff",
        "secondary-background-color": "#f0f2f6",
        "text-color": "#31333f",
        "border-color": "#31333f33",
        "link-color": "#0054a3",
    },
    "dark": {
        "background-color": "#0e1117",
        "secondary-background-color": "#262730",
        "text-color": "#fafafa",
        "border-color": "#fafafa33",
        "link-color": "#3d9df3",
    },
}
_SAME_IN_BOTH = {
    "font": 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
    "code-font": "ui-monospace, Menlo, Consolas, monospace",
    "heading-font": 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
    "base-radius": "8px",
    "button-radius": "8px",
}

_ABSENT = "it needs a library that this file does not carry. It works in the app."

# What Streamlit does in the app: a root for the component, its data, and a call again when the
# theme changes. Nothing is sent anywhere.
_START = """
import render from "player/player.js";
const parentElement = document.getElementById("player").attachShadow({ mode: "open" });
const packed = atob(document.getElementById("scene").textContent.trim());
const data = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
const ignore = () => {};
const show = () =>
  render({ parentElement, data, key: "player", setTriggerValue: ignore, setStateValue: ignore });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
"""

_STYLE = """
body {
  background: var(--st-background-color);
  color: var(--st-text-color);
  font-family: var(--st-font);
  margin: 0 auto;
  max-width: 1500px;
  padding: 1.5rem;
}
h1 { font-size: 1.5rem; }
footer { font-size: 0.9rem; margin-top: 2rem; opacity: 0.75; }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
<script type="importmap">{import_map}</script>
</head>
<body>
<h1>{title}</h1>
<main id="player"></main>
<noscript>This page plays an animation, for which it needs JavaScript.</noscript>
<footer>Made with CNN Visual Explorer. The whole animation is in this file: it plays without a \
network and sends nothing anywhere. Space plays and pauses, arrow keys move the window, Home and \
End jump. Values are PyTorch's; what is changed here stays here.</footer>
<script type="application/octet-stream" id="scene">{scene}</script>
<script type="module">{start}</script>
</body>
</html>
"""


def offline_page(scene_blob: bytes, title: str) -> bytes:
    """A self-contained page that plays a packed scene (`explorer.windows.scene.pack`).

    Args:
        scene_blob: The scene.
        title: Above the player and in the browser's tab; any text.
    """
    before, after = _shell(assets.version())
    shown = html.escape(title)
    page = before.replace("{title}", shown)
    return (page + base64.b64encode(scene_blob).decode() + after).encode()


@lru_cache(maxsize=1)
def _shell(_version: str) -> tuple[str, str]:
    """The page before and after the scene; `{title}` stands for the title in the former."""
    import_map = json.dumps({"imports": _modules()})
    page = _PAGE.format(
        policy=html.escape(_policy(import_map, _START)),
        title="{title}",
        style=_themes() + css_variables().replace(":host", ":root") + _STYLE,
        import_map=import_map,
        scene="{scene}",
        start=_START,
    )
    before, _, after = page.partition("{scene}")
    return before, after


def _policy(*scripts: str) -> str:
    """Only this page's own scripts run, and nothing is fetched but what is in the file."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts
    ]
    own = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {own} data:; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src data:; base-uri 'none'; form-action 'none'"
    )


def _modules() -> dict[str, str]:
    """Each of the player's modules under a bare name: `player/clock.js`, `mount.js`."""
    files = [*assets.COMPONENTS.glob("*.js"), *_PLAYER.glob("*.js")]
    return {
        path.relative_to(assets.COMPONENTS).as_posix(): _data_url(
            path.suffix, _bare(path.read_text("utf-8"))
        )
        for path in sorted(files)
    }


def _bare(source: str) -> str:
    """A module's source with what lies beside it named so that a data: address finds it."""
    for relative, bare in ((r"\./", "player/"), (r"\.\./", "")):
        source = re.sub(
            rf"""(\bfrom\s*|\bimport\s*\(?\s*)(["']){relative}([\w.-]+\.js)\2""",
            rf"\1\2{bare}\3\2",
            source,
        )
    return re.sub(
        r"""new URL\(\s*(["'])([\w./-]+)\1\s*,\s*import\.meta\.url\s*\)""",
        lambda found: json.dumps(_address(found[2])),
        source,
    )


def _address(relative: str) -> str:
    """A file beside the modules as an address; one from elsewhere, such as plotly.js, is absent."""
    if relative.startswith("./"):
        path = _PLAYER / relative.removeprefix("./")
        return _data_url(path.suffix, path.read_text("utf-8"))
    return _data_url(".js", f"throw new Error({json.dumps(_ABSENT)});")


def _data_url(suffix: str, text: str) -> str:
    encoded = base64.b64encode(text.encode()).decode()
    return f"data:{_MEDIA_TYPES[suffix]};base64,{encoded}"


def _themes() -> str:
    """The variables that Streamlit gives components, light and dark as the reader prefers."""
    configured = tomllib.loads(_CONFIG.read_text("utf-8")).get("theme", {})

    def variables(theme: str) -> str:
        colours = {"primary-color": configured[theme]["primaryColor"], **_THEMES[theme]}
        both = {**_SAME_IN_BOTH, **colours}
        return "".join(f"--st-{name}:{value};" for name, value in both.items())

    return (
        f":root{{color-scheme:light dark;{variables('light')}}}\n"
        f"@media (prefers-color-scheme: dark){{:root{{{variables('dark')}}}}}\n"
    )
