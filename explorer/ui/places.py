"""Where pages are, for links between them."""

from pathlib import Path

_PAGES = Path(__file__).resolve().parents[2] / "pages"


def page(name: str) -> Path:
    """The script of a page, as `st.page_link` and `st.switch_page` want it."""
    return _PAGES / f"{name}.py"
