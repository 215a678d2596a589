"""The script of every session: the page list, and what is carried from page to page."""

from pathlib import Path

import streamlit as st

from explorer.ui.style import use_style

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent / "pages"

SECTIONS = {
    "See": {
        "convolution": ("Convolution", ":material/grid_on:"),
        "pooling": ("Pooling", ":material/compress:"),
        "transposed": ("Transposed", ":material/expand:"),
        "volume": ("Volume", ":material/view_in_ar:"),
    },
    "Build": {"network": ("Network", ":material/account_tree:")},
    "Train": {
        "train": ("Train", ":material/model_training:"),
        "runs": ("Runs", ":material/list:"),
        "series": ("Series", ":material/stacks:"),
    },
    "Understand": {"compare": ("Compare", ":material/balance:")},
}

# A file of our own: an emoji or a material icon would be fetched from the internet.
st.set_page_config(
    page_title="CNN Visual Explorer", page_icon=str(HERE / "ui" / "icon.svg"), layout="wide"
)
use_style()

page = st.navigation(
    {
        section: [
            st.Page(
                PAGES / f"{name}.py",
                title=title,
                icon=icon,
                url_path=name,
                default=name == "convolution",
            )
            for name, (title, icon) in pages.items()
        ]
        for section, pages in SECTIONS.items()
    }
)
page.run()
