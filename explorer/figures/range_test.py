"""The plot of a learning-rate range test."""

from bisect import bisect_left
from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.training.events import RangeTested

_HEIGHT = 340
# An exploding loss is cut off so much above where it began: what matters is below.
_ROOM_ABOVE = 1.3


def range_figure(tested: RangeTested, colours: Sequence[str]) -> go.Figure:
    """Smoothed loss over the learning rate of every contender, with the suggested rates marked."""
    figure = go.Figure()
    tops = []
    for curve, colour in zip(tested.contenders, colours, strict=False):
        rates = tested.learning_rates[: len(curve.losses)]
        figure.add_scatter(
            x=rates,
            y=curve.losses,
            name=curve.name,
            mode="lines",
            line={"color": colour, "width": 2.5},
            hovertemplate="learning rate %{x:.3g}<br>loss %{y:.4g}",
        )
        tops += curve.losses[:1]
        if (suggestion := curve.suggestion) is not None:
            place = bisect_left(rates, suggestion)
            figure.add_scatter(
                x=[suggestion],
                y=[curve.losses[place]],
                mode="markers",
                marker={"color": colour, "size": 13, "symbol": "diamond", "line": {"width": 1}},
                name=f"suggested: {suggestion:g}",
                hovertemplate=f"suggested: {suggestion:g}",
            )
    lowest = min((min(curve.losses) for curve in tested.contenders if curve.losses), default=0)
    top = _ROOM_ABOVE * max(tops, default=1.0)
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="x",
        # The page's own, also when the theme changes while the plot is there.
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(
        type="log", title="learning rate (rises with each step)", exponentformat="power", dtick=1
    )
    figure.update_yaxes(title="loss (training, smoothed)", range=[0.9 * lowest, top])
    return figure
