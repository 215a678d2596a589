"""What is said about a network and its layers: memory, figures, the baseline, what it is."""

from html import escape
from typing import Literal

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.baseline import fully_connected_baseline
from explorer.network.blocks import Path
from explorer.network.presets import ABOUT, PRESETS
from explorer.network.shapes import Trace, trace
from explorer.training.recipe import Recipe
from explorer.ui.network.figures import bytes_text, facts, megabytes_text
from explorer.ui.text import count, plain, times

OPTIMIZERS: dict[Literal["sgd", "momentum", "adam"], str] = {
    "sgd": "SGD",
    "momentum": "SGD with momentum",
    "adam": "Adam",
}
LARGEST_BATCH = 8192  # as the recipe of a training allows


def layer_facts(traced: Trace, path: Path) -> None:
    """The figures of the selected layer or block, if it works."""
    row = traced.row(path)
    if row is None:
        return
    listed = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(row, traced)
    )
    st.html(f'<dl class="explorer-facts">{listed}</dl>')


def memory(traced: Trace) -> None:
    """The sizes that torchinfo gives, and what training takes for a batch that can be set."""
    said = st.container()
    with st.container(horizontal=True):
        with st.popover("Batch and optimizer", key="network_batch"):
            batch = st.number_input(
                "Batch size",
                1,
                LARGEST_BATCH,
                Recipe().batch_size,
                key="network_batch_size",
                help="How many pictures go through the network in one step of training.",
                persist_state="session",
            )
            optimizer = st.selectbox(
                "Optimizer",
                list(OPTIMIZERS),
                1,
                format_func=OPTIMIZERS.__getitem__,
                key="network_optimizer",
                help="How the weights follow their gradients. Momentum remembers one number for "
                "each weight, Adam two.",
                persist_state="session",
            )
        with st.popover("What these figures mean", key="network_figures_meant"):
            st.markdown(_MEANT)
    sizes = (traced.input_megabytes, traced.forward_backward_megabytes, traced.parameter_megabytes)
    whole, passes, weights = (megabytes_text(size) for size in sizes)
    said.markdown(
        f"{'Up to the failure: input' if traced.failure else 'Input'} {whole}, forward and "
        f"backward pass {passes}, parameters {weights}: {megabytes_text(sum(sizes))} for one "
        f"picture. Training with {OPTIMIZERS[optimizer]} on batches of {count(batch, 'picture')} "
        f"takes **about {bytes_text(traced.training_bytes(batch, optimizer))}**."
    )
    said.caption(
        "Mult-adds are PyTorch's count: those of convolutions and matrices. torchinfo also counts "
        "biases and batch normalisation."
    )


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


_MEANT = """\
- **Looks at** is the receptive field: the cells of the input that one unit of the layer depends on.
  *every 2, from −1* says that the fields of neighbouring units are 2 cells apart (the **jump**) and
  that the first one begins at cell −1 (the **offset**), in the padding before cell 0.
- **Memory** of a layer is what it puts out for one picture: 4 bytes for each value (float32).
- **Mult-adds** are multiplications, each with an addition, as PyTorch's counter counts them:
  those of convolutions and matrices. torchinfo also counts biases and batch normalisation, so its
  figure is a little higher.
- **Input**, **forward and backward pass** and **parameters** are the sizes that torchinfo gives, in
  MB of 10⁶ bytes. Its forward and backward pass are the outputs of the layers with parameters,
  twice: once for their gradients.
- **Training** takes the weights, their gradients and what the optimizer remembers; and for every
  picture of the batch the input and all layers' outputs, each with a gradient. What PyTorch needs
  on the side is not counted: it is an estimate.
"""
