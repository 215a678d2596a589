"""The network as PyTorch code, in three forms."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.codegen import source
from explorer.network.codegen_explained import explain_class
from explorer.network.codegen_forms import sequential_source, training_script
from explorer.network.shapes import Trace
from explorer.ui.text import plain


class _Form(NamedTuple):
    write: Callable[[NetworkSpec], str]
    file: str
    about: str


_CLASS = "Class"
_FORMS = {
    _CLASS: _Form(
        source,
        "network.py",
        "The usual way to write a network. `python network.py` prints the shapes of the table "
        "above.",
    ),
    "nn.Sequential": _Form(
        sequential_source,
        "sequential.py",
        "The shortest way, for layers that stand in one row.",
    ),
    "Training script": _Form(
        training_script,
        "train.py",
        "Everything from data to accuracy, on the digits that come with scikit-learn: "
        "`python train.py`.",
    ),
}


def code(spec: NetworkSpec, traced: Trace) -> None:
    """The PyTorch source, to read, copy and download, with what each part is for."""
    if traced.failure:
        st.caption(f"The code appears when `{traced.failure.name}` works.")
        return
    chosen = st.segmented_control(
        "Form of the code",
        list(_FORMS),
        default=_CLASS,
        required=True,
        key="network_code_form",
        label_visibility="collapsed",
        persist_state="session",
    )
    form = _FORMS[chosen or _CLASS]
    st.caption(form.about)
    try:
        text = form.write(spec)
    except ExplorerError as error:
        st.info(plain(str(error)), icon=":material/output:")
        return
    st.download_button(
        f"Download {form.file}",
        text,
        form.file,
        "text/x-python",
        icon=":material/download:",
        key=f"network_code_{form.file}",
        on_click="ignore",
    )
    if chosen != _CLASS:
        st.code(text, language="python", line_numbers=True)
        return
    # `style` puts the second beside the first where there is room, else below it.
    with st.container(key="network_code_room"), st.container(key="network_code_explained"):
        source_code, explained = st.container(), st.container()
    with source_code:
        st.code(text, language="python", line_numbers=True)
    with explained:
        for part in explain_class(text):
            lines = f"{part.first}–{part.last}" if part.last > part.first else f"{part.first}"
            st.markdown(f"**{part.title}** · line {lines}  \n{part.text}")
