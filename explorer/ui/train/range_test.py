"""What a learning-rate range test found, and the way to use it."""

import streamlit as st

from explorer.figures.range_test import range_figure
from explorer.training.events import RangeTested
from explorer.ui.palette import CONTENDERS
from explorer.ui.text import plain
from explorer.ui.train.recipe_form import chosen_rate, use_rate


def range_result(tested: RangeTested) -> None:
    """The plot, what it suggests for each contender, and buttons that put it into the recipe."""
    figure = range_figure(tested, CONTENDERS)
    # Plotly's tools would lie over the legend.
    st.plotly_chart(figure, key="range_test", config={"displayModeBar": False})
    chosen = chosen_rate()
    for number, curve in enumerate(tested.contenders):
        name = plain(curve.name)
        if curve.suggestion is None:
            st.markdown(
                f"**{name}**: the loss never really fell, at no learning rate. Look at the network "
                "or the data, or test with another optimizer."
            )
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{name}**: the loss is lowest at {curve.lowest:g}, so train with "
                f"**{curve.suggestion:g}**.",
                width="stretch",
            )
            clicked = st.button(
                "In use" if curve.suggestion == chosen else f"Use {curve.suggestion:g}",
                icon=":material/check:",
                disabled=curve.suggestion == chosen,
                key=f"use_rate_{number}",
            )
        if clicked:
            use_rate(curve.suggestion)
            st.rerun()  # the form beside it shows it
    st.caption(
        "The rule: a tenth of the rate at which the loss is lowest, for there it is about to "
        "explode (fastai’s “minimum”, after Leslie Smith’s range test, arXiv:1506.01186). Both "
        "networks train with one rate: the lower of two suggestions suits both. With the one-cycle "
        "schedule it is the peak. Nothing of this test is kept but the plot."
    )
