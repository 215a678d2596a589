"""The app's pages without a browser: for tests that only look at what the server makes."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://localhost:8501"


def start(monkeypatch: pytest.MonkeyPatch, page: str, /, **query: str) -> AppTest:
    """A new session that opens a page with these parameters in its address."""
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: {}))
    monkeypatch.setattr(type(st.context), "url", property(lambda _: f"{ADDRESS}/{page}"))
    app = AppTest.from_file(ROOT / "explorer" / "main.py", default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return run(app.switch_page(str(ROOT / "pages" / f"{page}.py")))


def run(what: Any) -> AppTest:
    """Run an app, or the app of a changed widget; an exception that it shows fails the test."""
    app: AppTest = what.run()
    assert not app.exception, [each.value for each in app.exception]
    return app


def link(app: AppTest) -> str:
    """The link to the view that the page offers."""
    return next(code.value for code in app.code if code.value.startswith(ADDRESS))


def address_parameters(app: AppTest) -> dict[str, str]:
    """What the page wrote into the browser's address."""
    values = dict(app.query_params).items()
    return {name: value if isinstance(value, str) else value[0] for name, value in values}


def code(app: AppTest) -> str:
    """All code that is shown: formulas and PyTorch lines."""
    return "\n".join(each.value for each in app.code)


def notices(app: AppTest) -> list[str]:
    """What the page says was corrected."""
    return [each.value for each in app.info]
