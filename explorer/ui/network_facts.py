"""What is said about a network below its table: the baseline, what it is, its code."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.baseline import fully_connected_baseline
from explorer.network.presets import ABOUT, PRESETS
from explorer.network.shapes import Trace, trace
from explorer.ui.text import plain, times


def about(spec: NetworkSpec) -> None:
    """A preset's description, as long as it is one."""
    if spec == PRESETS.get(spec.name):
        description, origin = ABOUT[spec.name]
        st.markdown(f"**{plain(spec.name)}.** {description}")
        st.caption(f"Source: {origin}.")


def comparison(spec: NetworkSpec, traced: Trace) -> None:
    """What a fully connected network of the same size would be, or why there is none."""
    try:
        baseline = trace(fully_connected_baseline(spec))
    except ExplorerError as error:
        if traced.failure is None:  # else the table says it where the cause is
            st.info(f"{plain(error.problem)} {plain(error.remedy)}", icon=":material/output:")
        return
    sizes = " → ".join(str(row.output_shape[0]) for row in baseline.rows if row.kind != "ReLU")
    st.markdown(
        f"**{traced.parameters:,} parameters.** The fully connected network that comes closest, "
        f"{sizes}, has {baseline.parameters:,} "
        f"({times(baseline.parameters / max(1, traced.parameters))}) and takes "
        f"{baseline.mult_adds:,} mult-adds instead of {traced.mult_adds:,}. On the page **Train** "
        "the two compete."
    )
