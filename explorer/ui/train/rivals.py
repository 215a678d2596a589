"""What is compared with what: a choice on Train, and what it means in words."""

import streamlit as st

from explorer.network import pretrained
from explorer.network.presets_blocks import VGG_16_PRETRAINED
from explorer.network.spec import InputShape, NetworkSpec
from explorer.ui import state
from explorer.ui.text import plain
from explorer.ui.train.plan import Plan, Rivals

_CHOSEN = "training_rivals"
_WORDS: dict[Rivals, str] = {
    "baseline": "Yours / fully connected",
    "random": "VGG-16: pretrained / random",
}

# The least that VGG-16 takes is the quickest to try; larger pictures are a choice away.
_SMALL = VGG_16_PRETRAINED.model_copy(update={"input": InputShape(channels=3, height=32, width=32)})


def use_rivals(rivals: Rivals) -> None:
    """Have the choice show these from now on."""
    st.session_state[_CHOSEN] = rivals


def rivals_choice() -> tuple[Rivals, NetworkSpec]:
    """Draw the choice; it and the network that it is about."""
    rivals: Rivals = st.selectbox(
        "Compare",
        list(_WORDS),
        format_func=_WORDS.__getitem__,
        key=_CHOSEN,
        help="Your network against a fully connected one: what does convolution buy? VGG-16 "
        "against itself: what can be taken over from another task? Its thirteen convolutions, once "
        "as 1.2 million photographs of ImageNet taught them and once with random numbers, are "
        "followed by layers that learn.",
        persist_state="session",
    )
    return rivals, network_of(rivals)


def network_of(rivals: Rivals) -> NetworkSpec:
    """The network that is compared: the carried one, or VGG-16."""
    return _SMALL if rivals == "random" else state.network()


def overview(planned: Plan, data_name: str) -> None:
    """Who competes, on what."""
    if planned.rivals == "random":
        _pretrained_overview(planned, data_name)
        return
    ratio = planned.baseline_parameters / planned.parameters
    st.markdown(
        f"**{plain(planned.network.name)}** ({planned.parameters:,} parameters) against "
        f"**{plain(planned.baseline.name)}** ({planned.baseline_parameters:,}, {ratio:.2f}×), its "
        "baseline: a network without convolutions, of about the same number of parameters. Both "
        f"see the same batches of **{plain(data_name)}**."
    )
    for change in planned.changes:
        st.caption(f":material/build: Adapted to the data: {plain(change)}")


def _pretrained_overview(planned: Plan, data_name: str) -> None:
    st.markdown(
        f"**{plain(planned.network.name)}** against **the same with random weights**, on the same "
        f"batches of **{plain(data_name)}**. The convolutions of both stay as they are (*frozen*), "
        f"and only the layers behind them learn, {planned.parameters:,} parameters each: what "
        "ImageNet taught the first is all the difference."
    )
    st.caption("Pictures are normalised as ImageNet’s were.")
    for missing in pretrained.to_download([planned.network]):
        st.caption(
            f":material/download: The weights of {plain(missing)} are downloaded at the start. "
            "Without them there is nothing to compare: the run says so and ends."
        )
