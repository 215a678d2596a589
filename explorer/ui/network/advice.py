"""Repairs under an error, and below the table advice and the checklist, each a click away."""

from functools import partial

import streamlit as st

from explorer.network import NetworkSpec
from explorer.network.advice import advice, checklist
from explorer.network.base import shape_text
from explorer.network.repairs import Repair, repairs
from explorer.network.shapes import Trace
from explorer.ui.network import edit as network_edit
from explorer.ui.text import plain
from explorer.ui.train.data_choice import chosen_classes

_TICKS = {True: ":green[:material/check:]", False: ":red[:material/close:]", None: ":gray[–]"}
_SAID = {True: "", False: " (not so)", None: " (open)"}


def repair_buttons(spec: NetworkSpec, traced: Trace) -> None:
    """What would make the failing layer work, one click each; undo takes it back."""
    if traced.failure is None:
        return
    found = repairs(spec, traced)
    if not found:
        return
    st.caption("What would work, the smallest change first, and the shape it gives:")
    with st.container(key="network_repairs", gap="xsmall"):
        for place, repair in enumerate(found):
            _button(spec, repair, f"network_repair_{place}", offered=True)


def notes(spec: NetworkSpec, traced: Trace) -> None:
    """Advice on what is not an error, and the checklist."""
    given = advice(spec, traced)
    with st.container(key="network_advice"):
        if given:
            st.markdown("##### Worth a thought")
        for place, note in enumerate(given):
            st.markdown(f"**{plain(note.title)}.** {plain(note.text)}")
            if note.repair:
                _button(spec, note.repair, f"network_advice_{place}", offered=False)
    checks = checklist(spec, traced, chosen_classes())
    ticked = sum(check.ticked is True for check in checks)
    with st.expander(f"Checklist: {ticked} of {len(checks)}", key="network_checklist"):
        for check in checks:
            st.markdown(
                f"{_TICKS[check.ticked]} {check.label}{_SAID[check.ticked]}: {plain(check.detail)}"
            )


def _button(spec: NetworkSpec, repair: Repair, key: str, *, offered: bool) -> None:
    label = plain(repair.title)
    if offered:
        label += f" → {shape_text(repair.output_shape)}"
    st.button(
        label,
        key=key,
        icon=":material/build:",
        width="stretch" if offered else "content",
        on_click=partial(network_edit.change, partial(_repaired, spec, repair)),
    )


def _repaired(before: NetworkSpec, repair: Repair, now: NetworkSpec) -> NetworkSpec:
    """The network after the repair; unchanged if another edit has come between."""
    return repair.spec if now == before else now
