"""Everything a network can be taken away as: its JSON, code, a table as text, and ONNX."""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.codegen import source
from explorer.network.codegen_forms import sequential_source, training_script
from explorer.network.onnx_export import INPUT, OUTPUT, onnx_bytes, require_exportable
from explorer.network.shapes import Trace
from explorer.network.summary_text import summary_text
from explorer.ui.network import weights as network_weights
from explorer.ui.text import plain

_CODE: dict[str, tuple[str, Callable[[NetworkSpec], str]]] = {
    "network.py": ("PyTorch code as a class; running it prints the shapes.", source),
    "sequential.py": ("PyTorch code as one nn.Sequential.", sequential_source),
    "train.py": ("A whole training script: data, training, accuracy.", training_script),
}


def export(spec: NetworkSpec, traced: Trace) -> None:
    """A button for each file, with what it is good for; ONNX is made when it is clicked."""
    json = spec.model_dump_json(indent=2)
    _file(
        "network.json",
        "application/json",
        json,
        "The whole network; **Import** opens it here again.",
    )
    table = summary_text(traced, spec.name)
    _file("network.txt", "text/plain", table, "The table as text, laid out as torchinfo does.")
    for name, (about, write) in _CODE.items():
        _code(name, about, write, spec, traced)
    _onnx(spec, traced)


def _file(
    name: str,
    kind: str,
    data: str | Callable[[], bytes],
    about: str,
) -> None:
    """One button, and beside it what the file is."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.download_button(
            name,
            data,
            name,
            kind,
            icon=":material/download:",
            key=f"network_export_{name}",
            on_click="ignore",
            width=190,
        )
        st.markdown(about, width="stretch")


def _refused(name: str, about: str, reason: str) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.button(
            name, icon=":material/block:", key=f"network_export_{name}_no", disabled=True, width=190
        )
        st.markdown(f"{about} {reason}", width="stretch")


def _code(
    name: str, about: str, write: Callable[[NetworkSpec], str], spec: NetworkSpec, traced: Trace
) -> None:
    try:
        traced.require_complete()
        text = write(spec)
    except ExplorerError as error:
        _refused(name, about, plain(str(error)))
        return
    _file(name, "text/x-python", text, about)


def _onnx(spec: NetworkSpec, traced: Trace) -> None:
    about = (
        f"Runs without PyTorch, also in a browser: takes `{INPUT}`, pixels in 0 to 1 of "
        f"batch × {' × '.join(map(str, spec.input.shape))}, and gives `{OUTPUT}`."
    )
    try:
        require_exportable(spec, traced)
    except ExplorerError as error:
        _refused("network.onnx", about, plain(str(error)))
        return
    network_weights.weights_choice(spec, "network_export_weights")
    weights = network_weights.later(spec)
    size = f" About {max(0.1, traced.parameter_megabytes):,.1f} MB."
    _file(
        "network.onnx",
        "application/octet-stream",
        lambda: onnx_bytes(spec, weights().module),
        about + size,
    )
