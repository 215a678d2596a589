"""Network: build a network layer by layer, with every shape, parameter and failure in view."""

import streamlit as st

from explorer.network.shapes import trace
from explorer.ui import network_advice, network_edit, state
from explorer.ui.carried import header
from explorer.ui.network_code import code
from explorer.ui.network_controls import selected_panel, toolbar
from explorer.ui.network_facts import about, comparison
from explorer.ui.network_import import import_popover
from explorer.ui.network_view import network_diagram, network_table, view_data

header("Network")
network = state.network()
traced = trace(network)
data = view_data(network, traced, network_edit.selected())
with st.container(key="beside_network"):
    diagram, panel, below = st.container(), st.container(), st.container()
with diagram:
    toolbar(network)
    import_popover()
    network_diagram(data, network_edit.select)
with panel:
    selected_panel(network, traced)
with below:
    network_table(data, network_edit.select)
    network_advice.notes(network, traced)
    comparison(network, traced)
    about(network)
    code(network, traced)
