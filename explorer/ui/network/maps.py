"""The feature maps of the selected layer on a sample picture, and what each of their units sees."""

from typing import Annotated, Any

import streamlit as st
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit, receptive_field
from explorer.network.activations import layer_input, layer_outputs
from explorer.network.base import LayerSpec
from explorer.network.blocks import Path, walk
from explorer.network.shapes import Trace
from explorer.ui import assets, state
from explorer.ui.network import edit as network_edit
from explorer.ui.network import maps_blob
from explorer.ui.network import weights as network_weights
from explorer.ui.network.layer_filter import PAGES, open_filter
from explorer.ui.network.sample import SamplePicture, sample_choice
from explorer.ui.places import page
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import CHOICES
from explorer.ui.text import plain

KEY = "feature_maps"
_ASKED, _SHOWN, _PACKED = "maps_asked", "maps_shown", "maps_packed"
_Index = Annotated[int, Field(strict=True, ge=0)]


class SentFilter(BaseModel):
    """A filter that is to be opened: its output channel, and the unit [depth, row, column]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: _Index
    unit: tuple[_Index, _Index, _Index]


def feature_maps(spec: NetworkSpec, traced: Trace) -> None:
    """Draw the section: a sample picture, and what the selected layer makes of it."""
    path = network_edit.selected()

    @st.fragment
    def section() -> None:
        try:
            _section(spec, traced, path)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")

    section()


def _section(spec: NetworkSpec, traced: Trace, path: Path) -> None:
    node = edit.at(spec, path) if path else None
    if path and traced.row(path) is None:
        name = next(name for other, name, _ in walk(spec.layers) if other == path)
        st.info(f"Nothing arrives at {plain(name)}: a layer before it, or it itself, cannot work.")
        return
    if traced.failure:
        # What comes before the failing layer works, and has the weights it would have anyway.
        spec = spec.with_layers(spec.layers[: path[0] + 1 if path else 0])
    with st.container(horizontal=True, vertical_alignment="bottom", key="maps_choices"):
        sample = sample_choice(spec.input)
        network_weights.weights_choice(spec, "maps_weights")
    name = next((name for other, name, _ in walk(spec.layers) if other == path), "")
    if asked := st.session_state.pop(_ASKED, None):
        try:
            _open(spec, path, node, name, sample, asked)
        except ExplorerError as error:  # the maps stay
            st.error(plain(str(error)), icon=":material/error:")
    blob = _packed(spec, traced, path, node, name, sample)
    assets.component(KEY)(
        key=KEY,
        data=blob,
        on_open_change=lambda: st.session_state.update({_ASKED: st.session_state[KEY]["open"]}),
        on_more_change=lambda: st.session_state.update({_SHOWN: (name, _shown(name) * 2)}),
    )


def _shown(name: str) -> int:
    """How many maps are shown, as a multiple of those shown at first."""
    kept, times = st.session_state.get(_SHOWN, ("", 1))
    return times if kept == name else 1


def _packed(
    spec: NetworkSpec,
    traced: Trace,
    path: Path,
    node: LayerSpec | None,
    name: str,
    sample: SamplePicture,
) -> bytes:
    """What the browser is sent; computed anew only where something of it is another."""
    identity = (network_weights.chosen_identity(spec), path, name, sample.title, _shown(name))
    kept = st.session_state.get(_PACKED)
    if kept and kept[0] == identity and torch.equal(kept[1], sample.values):
        notices, blob = kept[2], kept[3]
    else:
        values, notices = sample.values, ()
        if name:
            weights = network_weights.chosen(spec)
            notices = weights.notices
            values = layer_outputs(weights.module, sample.values, [name])[name]
        row = traced.row(path) if path else None
        kind = node.kind if node else ""
        opens = kind in PAGES
        blob = maps_blob.pack(
            maps_blob.Maps(
                name=name,
                kind=kind,
                values=values[0],
                picture=sample.values[0],
                picture_title=sample.title,
                field=row.receptive_field
                if row
                else receptive_field.start(sample.values.dim() - 2),
                shown=maps_blob.shown_at_first(tuple(values.shape[1:])) * _shown(name),
                page=PAGES[kind].capitalize() if opens else None,
            )
        )
        st.session_state[_PACKED] = (identity, sample.values, notices, blob)
    for notice in notices:
        st.caption(plain(notice))
    return blob


def _open(
    spec: NetworkSpec,
    path: Path,
    node: LayerSpec | None,
    name: str,
    sample: SamplePicture,
    asked: Any,
) -> None:
    """Go to the page of the layer's operation, with its real input and weights."""
    try:
        sent = SentFilter.model_validate(asked)
    except ValidationError:
        raise ExplorerError("The filter sent by the browser cannot be used.") from None
    if node is None:
        raise ExplorerError("The input has no filters.", "Select a layer.")
    module = network_weights.chosen(spec).module
    arrives = layer_input(module, sample.values, name)[0]
    leaves = tuple(layer_outputs(module, sample.values, [name])[name].shape[1:])
    opened = open_filter(
        node,
        module.get_submodule(name),
        arrives,
        leaves,
        sent.channel,
        sent.unit[3 - (len(leaves) - 1) :],
        name,
    )
    state.set_layer(opened.page, opened.input)
    store = ChoiceStore(opened.page, CHOICES[opened.page])
    store.take(opened.choices)
    store.notice(plain(f"{opened.about} Network: {spec.name}. Sample: {sample.title}."))
    st.switch_page(page(opened.page))
