"""Network: build a network layer by layer, with every shape, parameter and failure in view."""

import streamlit as st

from explorer.network.shapes import trace
from explorer.ui import network_advice, network_edit, network_link, state
from explorer.ui.carried import header
from explorer.ui.network_code import code
from explorer.ui.network_controls import selected_panel, toolbar
from explorer.ui.network_export import export
from explorer.ui.network_facts import about, comparison, memory
from explorer.ui.network_maps import feature_maps
from explorer.ui.network_table import network_table
from explorer.ui.network_view import network_diagram, view_data

network_link.enter()
header("Network")
network = state.network()
network_link.say(network)
traced = trace(network)
data = view_data(network, traced, network_edit.selected())
with st.container(key="beside_network"):
    diagram, panel, below = st.container(), st.container(), st.container()
with diagram:
    toolbar(network)
    network_diagram(data, network_edit.select)
with panel:
    selected_panel(network, traced)
with below:
    network_table(network, traced, data)
    memory(traced)
    network_advice.notes(network, traced)
    comparison(network, traced)
    about(network)
# Only the open one is drawn: code of a long network and feature maps take their time.
in_pytorch, maps, files = st.tabs(
    ["PyTorch code", "Feature maps", "Export"], key="network_tabs", on_change="rerun"
)
if in_pytorch.open:
    with in_pytorch:
        code(network, traced)
if maps.open:
    with maps:
        feature_maps(network, traced)
if files.open:
    with files:
        export(network, traced)
