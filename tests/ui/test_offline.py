"""The page that plays a scene without a server is whole, and safe whatever it is called."""

import base64
import hashlib
import html
import json
import re

from explorer.ui import assets
from explorer.ui.see.offline import offline_page

PLAYER = assets.COMPONENTS / "player"


def page(title: str = "Sobel") -> str:
    return offline_page(b"\0\1scene\xff", title).decode()


def scripts(text: str) -> list[tuple[str, str]]:
    return re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)


def modules() -> dict[str, str]:
    (content,) = (content for kind, content in scripts(page()) if "importmap" in kind)
    imports = json.loads(content)["imports"]
    return {
        name: base64.b64decode(url.removeprefix("data:text/javascript;base64,")).decode()
        for name, url in imports.items()
    }


def test_every_module_is_inside_and_finds_the_others() -> None:
    found = modules()
    shared = {path.name for path in assets.COMPONENTS.glob("*.js")}
    assert set(found) == {f"player/{path.name}" for path in PLAYER.glob("*.js")} | shared
    for name, source in found.items():
        code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", source, flags=re.DOTALL | re.MULTILINE)
        imported = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""", code)
        assert {each for each in imported if not each.startswith("data:")} <= set(found), name
        assert "import.meta" not in code, name


def test_the_style_sheet_is_inside() -> None:
    style = base64.b64encode((PLAYER / "style.css").read_bytes()).decode()
    assert any(f'"data:text/css;base64,{style}"' in source for source in modules().values())


def test_the_scene_is_inside() -> None:
    (scene,) = (content for kind, content in scripts(page()) if 'id="scene"' in kind)
    assert base64.b64decode(scene) == b"\0\1scene\xff"


def test_a_title_is_text_and_nothing_else() -> None:
    title = "</title><script>alert('1')</script>{scene}{title}\"&"
    text = page(title)
    assert len(scripts(text)) == 3
    shown = re.findall(r"<(?:title|h1)>(.*?)</(?:title|h1)>", text)
    assert [html.unescape(each) for each in shown] == [title, title]


def test_only_its_own_scripts_may_run() -> None:
    text = page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy).split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    for kind, content in scripts(text):
        if 'id="scene"' not in kind:  # data, which never runs
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in rules["script-src"]
    assert not re.findall(r"https?://", re.sub(r'"data:[^"]*"', "", text))


def test_every_colour_and_font_that_the_player_reads_is_given() -> None:
    text = page()
    for path in PLAYER.iterdir():
        for name in re.findall(r"--(?:st|explorer)-[a-z-]+", path.read_text("utf-8")):
            assert f"{name}:" in text or name.endswith("-"), (path.name, name)
    assert "prefers-color-scheme: dark" in text
