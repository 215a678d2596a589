"""Network: build a network layer by layer, with every shape, parameter and failure in view."""

import streamlit as st

from explorer.network.shapes import trace
from explorer.ui import state
from explorer.ui.carried import header
from explorer.ui.network import advice as network_advice
from explorer.ui.network import edit as network_edit
from explorer.ui.network import link as network_link
from explorer.ui.network.code import code
from explorer.ui.network.controls import selected_panel, toolbar
from explorer.ui.network.export import export
from explorer.ui.network.facts import about, comparison, memory
from explorer.ui.network.maps import feature_maps
from explorer.ui.network.table import network_table
from explorer.ui.network.view import network_diagram, view_data

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
