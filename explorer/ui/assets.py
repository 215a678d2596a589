"""Components whose JavaScript lives in real files, served by the app under /assets.

Streamlit re-sends a component's inline JavaScript with every change of its data. Here the inline
part is one line that imports the module by address, so the browser fetches each file once, modules
may import one another, and `node --test` reads the very same files.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from streamlit.components import v2 as components

from explorer.ui.palette import css_variables

COMPONENTS = Path(__file__).parent / "components"
SERVED_SUFFIXES = (".js", ".css")
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOREVER_OF_SOMEBODY = {"Cache-Control": "private, max-age=31536000, immutable"}
"""Of what whoever knows an address may see: proxies that many share keep none of it."""


@lru_cache(maxsize=1)
def version() -> str:
    """A digest of all component files: the address changes whenever one of them does."""
    digest = hashlib.sha256()
    for path in sorted(COMPONENTS.rglob("*")):
        if path.suffix in SERVED_SUFFIXES:
            digest.update(path.relative_to(COMPONENTS).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class _ComponentFiles(StaticFiles):
    """The components' .js and .css files, and nothing else from those folders."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not path.endswith(SERVED_SUFFIXES):
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        response.headers.update(FOREVER)
        return response


def plotly_version() -> str:
    """The installed Plotly's version, part of its address so that an upgrade is fetched."""
    import plotly

    return plotly.__version__


def plotly_path() -> str:
    """Where components import plotly.js from, relative to the app's base address."""
    return f"assets/plotly-{plotly_version()}/plotly.min.js"


async def _plotly(_request: Any) -> Response:
    import plotly

    file = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return FileResponse(file, media_type="text/javascript", headers=FOREVER)


def routes() -> list[Route | Mount]:
    """The routes that serve component files and plotly.js; for `st.App(routes=...)`."""
    return [
        Route(f"/{plotly_path()}", _plotly),
        Mount(f"/assets/{version()}", _ComponentFiles(directory=COMPONENTS)),
    ]


@st.cache_resource(show_spinner=False)
def component(name: str, *styles: str) -> Any:
    """Register the component in `components/<name>/` and return its mounting command.

    The folder holds `<name>.js`, whose default export is the component function, and may hold
    `<name>.css`. The palette's roles are available as CSS variables.

    Args:
        styles: Further style sheets, as "curves/plotly.css".
    """
    sheets = [COMPONENTS / style for style in styles]
    if (own := COMPONENTS / name / f"{name}.css").exists():
        sheets.append(own)
    return components.component(
        f"explorer.{name}",
        css="\n".join([css_variables(), *(sheet.read_text("utf-8") for sheet in sheets), ""]),
        js=(
            f'globalThis.explorerPlotly ??= "{plotly_path()}";\n'
            f'const module = await import(new URL("assets/{version()}/{name}/{name}.js", '
            "document.baseURI).href);\nexport default module.default;\n"
        ),
    )
