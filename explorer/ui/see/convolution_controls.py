"""What can be chosen about a convolution besides its kernel, and what it means."""

from typing import Any

import streamlit as st

from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import ConvolutionChoices
from explorer.ui.see.convolution_parts import Parts, separable_counts
from explorer.ui.text import count, times
from explorer.windows.scene import Scene

_KINDS = {
    "standard": ("Standard", "Every output map reads all input channels."),
    "grouped": (
        "Grouped",
        "The channels are divided into groups, and a map reads the channels of its group only.",
    ),
    "depthwise": ("Depthwise", "One group per channel: every channel is convolved by itself."),
    "pointwise": (
        "Pointwise, 1×1",
        "The kernel covers one cell: it mixes channels and does not look at neighbours.",
    ),
    "separable": (
        "Depthwise-separable",
        "Two stages: every channel by itself, then 1×1 to mix them. Far fewer parameters.",
    ),
}
_STAGES = {"depthwise": "1. Depthwise", "pointwise": "2. Pointwise"}
_PADDINGS = {"numbers": "In numbers", "valid": "valid", "same": "same"}
_MODES = {
    "zeros": "zeros: the padding is 0",
    "reflect": "reflect: mirrored at the edge",
    "replicate": "replicate: the edge repeated",
    "circular": "circular: the other end",
}


def kind_controls(store: ChoiceStore[ConvolutionChoices], channels: int) -> None:
    """How the channels are connected."""
    now = store.now
    st.selectbox(
        "Kind",
        tuple(_KINDS),
        format_func=lambda kind: _KINDS[kind][0],
        help="How output maps and input channels are connected. PyTorch: `groups`, `kernel_size`.",
        **store.bound("kind", now.kind, lambda kind: _choose_kind(store, kind, channels)),
    )
    st.caption(_KINDS[now.kind][1])
    if now.kind == "grouped":
        groups_control(store, channels)
    if now.kind == "separable":
        st.segmented_control(
            "Stage to play",
            tuple(_STAGES),
            format_func=_STAGES.__getitem__,
            required=True,
            help="The second stage reads what the first one computed.",
            **store.field("stage"),
        )
        st.number_input(
            "Output maps of the second stage",
            1,
            16,
            help="PyTorch: `out_channels` of the 1×1 convolution.",
            **store.bound("mixed_maps", now.maps, lambda maps: store.try_change(maps=maps)),
        )


def groups_control(store: ChoiceStore[Any], channels: int) -> None:
    """Into how many groups the channels are divided, if there are several."""
    if channels == 1:
        return
    divisors = [n for n in range(1, channels + 1) if channels % n == 0 and n <= 16]
    st.segmented_control(
        "Groups",
        divisors,
        required=True,
        help=f"Numbers that divide the {channels} channels. PyTorch: `groups`.",
        **store.bound(
            "groups",
            max(n for n in divisors if n <= store.now.groups),
            lambda groups: store.try_change(groups=groups),
        ),
    )


def _choose_kind(store: ChoiceStore[ConvolutionChoices], kind: str, channels: int) -> None:
    changes: dict[str, Any] = {"kind": kind, "stage": "depthwise", "map": 0}
    if store.now.kind == "pointwise" and kind != "pointwise" and store.now.kernel == (1,):
        changes["kernel"] = (3,)
    if kind == "grouped" and store.now.groups == 1:
        changes["groups"] = channels if channels <= 16 else 1
    if kind not in ("standard", "pointwise"):
        changes["flip"] = False  # a bank of three kernels would be three maps a channel
    if kind == "separable" and store.now.maps == 1:
        changes["maps"] = 8  # with a single map there is nothing to share, and nothing is saved
    many = kind in ("grouped", "depthwise", "separable", "pointwise")
    if many and channels == 1 and store.now.input in ("picture", "row"):
        changes["colour"] = "rgb"
        store.notice("The picture is taken in RGB: with a single channel there is nothing to see.")
    store.try_change(**changes)


def padding_controls(store: ChoiceStore[Any]) -> None:
    """Padding by name, and what the padding holds."""
    now = store.now.padding
    shown = "same" if now == "same" else "valid" if now == ((0, 0),) else "numbers"

    def changed(chosen: str) -> None:
        if chosen == "numbers":
            chosen = "1" if store.now.padding == ((0, 0),) else "0"
        store.try_change(padding=chosen)

    st.segmented_control(
        "Padding",
        tuple(_PADDINGS) if shown == "numbers" else ("valid", "same"),
        format_func=_PADDINGS.__getitem__,
        required=True,
        help="valid: none. same: so much that with stride 1 the output is as large as the input; "
        "with an even kernel PyTorch pads one cell more at the end. Numbers per side are set in "
        "the player. PyTorch: `padding`.",
        **store.bound("padding", shown, changed),
    )
    st.selectbox(
        "Padding holds",
        tuple(_MODES),
        format_func=_MODES.__getitem__,
        help="What stands in the cells around the input. PyTorch: `padding_mode`.",
        **store.field("padding_mode"),
    )


def flip_control(store: ChoiceStore[ConvolutionChoices]) -> None:
    """Whether the kernel is shown beside its flipped form."""
    st.toggle(
        "Convolution or cross-correlation?",
        disabled=store.now.kind not in ("standard", "pointwise"),
        help="Mathematics flips the kernel before sliding it, PyTorch does not. Shows both and "
        "their difference as three maps.",
        **store.field("flip"),
    )


def flip_explained(parts: Parts, played: Scene) -> None:
    """Which of the two PyTorch computes, and how much they differ here."""
    if not parts.compared:
        return
    largest = float(played.output[2].abs().max())
    same = "They are the same here, for this kernel looks the same after half a turn."
    differ = f"Here they differ by up to {largest:.3g}."
    st.markdown(
        "**PyTorch computes the first map.** What it calls a convolution is a *cross-correlation*: "
        "the kernel is laid on as it is. The convolution of mathematics turns it by half a turn "
        "first, which is the second map; the third is the first minus the second. "
        f"{differ if largest else same} For a network it makes no difference: it learns the "
        "weights, and would learn them flipped."
    )


def separable_explained(
    store: ChoiceStore[ConvolutionChoices], parts: Parts, channels: int
) -> None:
    """The parameters of both stages against those of the standard convolution."""
    if store.now.kind != "separable":
        return
    separable, standard = separable_counts(
        channels, parts.depthwise.values, store.now.maps, store.now.bias is not None
    )
    st.markdown(
        f"**Both stages together have {separable:,} parameters;** a standard convolution from "
        f"{count(channels, 'channel')} to {count(store.now.maps, 'map')} with the same kernel has "
        f"{standard:,}, {times(standard / separable)} as many. The saving grows with the number of "
        "maps: the first stage is paid for once."
    )
