"""Plotly figures of what a series of runs reached; scores are fractions, shown in percent."""

import html
from collections.abc import Mapping, Sequence
from math import log10

import plotly.graph_objects as go

from explorer.evaluation.series import spread

_ROW_PIXELS, _AXIS_PIXELS = 56, 80
_CELL_PIXELS, _WIDEST_CELL = 54, 110
# Errors that the scale of colours is marked at.
_MARKS = (0.9, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001)
# Blue to yellow, growing lighter evenly: told apart by the colour-blind, and in print.
_SCALE = "Cividis"

Cell = tuple[float, int]
"""A learning rate and a batch size."""


def heat_map(
    rates: Sequence[float],
    batch_sizes: Sequence[int],
    scores: Mapping[Cell, float],
    others: Mapping[Cell, str],
    ends: tuple[float, float],
) -> go.Figure:
    """Scores by learning rate (across) and batch size (down); the best is marked.

    Colours follow the logarithm of the error: from 98 % to 99 % is as far as from 80 % to 90 %.

    Args:
        scores: Those that are known.
        others: What to write where there is none.
        ends: The lowest and the highest score that the colours reach, for figures that are to be
            compared; the highest below 1.
    """
    values = [[_depth(scores.get((rate, size)), ends) for rate in rates] for size in batch_sizes]
    low, high = _depth(ends[0], ends) or 0.0, _depth(ends[1], ends) or 0.0
    inside = [-log10(error) for error in _MARKS]
    marks = [mark for mark in inside if low - 1e-9 <= mark <= high + 1e-9]
    if len(marks) < 2:
        marks = sorted({low, high})
    figure = go.Figure(
        go.Heatmap(
            z=values,
            zmin=low,
            zmax=max(high, low + 0.1),
            colorscale=_SCALE,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            text=[[_text(scores, (rate, size)) for rate in rates] for size in batch_sizes],
            texttemplate="%{text}",
            textfont={"size": 13},
            colorbar={
                "tickvals": marks,
                "ticktext": [_percent(1 - 10**-mark) for mark in marks],
                "thickness": 12,
                "outlinewidth": 0,
            },
        )
    )
    for (rate, size), words in others.items():
        figure.add_annotation(
            x=list(rates).index(rate),
            y=list(batch_sizes).index(size),
            text=html.escape(words, quote=False),
            showarrow=False,
            opacity=0.7,
        )
    names = [f"{rate:g}" for rate in rates], [str(size) for size in batch_sizes]
    figure.update_layout(
        xaxis=_axis("learning rate", names[0]),
        yaxis=_axis("batch size", names[1]) | {"range": [len(batch_sizes) - 0.5, -0.5]},
        height=_AXIS_PIXELS + _CELL_PIXELS * len(batch_sizes),
        width=150 + _WIDEST_CELL * len(rates),
        margin={"l": 70, "r": 10, "t": 10, "b": 50},
    )
    return figure


def fold_results(
    names: Sequence[str], scores: Sequence[Sequence[float]], colours: Sequence[str]
) -> go.Figure:
    """One row per contender: a dot for each fold, a diamond for the mean, a bar for ± deviation."""
    figure = go.Figure()
    for row, (values, colour) in enumerate(zip(scores, colours, strict=False)):
        found = spread(values)
        figure.add_scatter(
            x=[100 * value for value in values],
            y=[row] * len(values),
            mode="markers",
            marker={"color": colour, "size": 9, "opacity": 0.55},
            hovertemplate="fold %{customdata}: %{x:.1f} %<extra></extra>",
            customdata=list(range(1, len(values) + 1)),
        )
        figure.add_scatter(
            x=[100 * found.mean],
            y=[row + 0.28],
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": "diamond"},
            error_x={"array": [100 * (found.deviation or 0)], "color": colour, "thickness": 2},
            hovertemplate="mean %{x:.1f} %<extra></extra>",
        )
    figure.update_layout(
        xaxis={"ticksuffix": " %", "zeroline": False, "title": "validation result"},
        yaxis={
            "tickvals": list(range(len(names))),
            "ticktext": [html.escape(name, quote=False) for name in names],
            "range": [len(names) - 0.4, -0.5],
            "zeroline": False,
            "showgrid": False,
        },
        showlegend=False,
        height=_AXIS_PIXELS + _ROW_PIXELS * len(names),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
    )
    return figure


def _depth(score: float | None, ends: tuple[float, float]) -> float | None:
    """How many times the error was divided by ten; those above the scale's end are at it."""
    return None if score is None else -log10(1 - min(score, ends[1]))


def _text(scores: Mapping[Cell, float], cell: Cell) -> str:
    if cell not in scores:
        return ""
    text = _percent(scores[cell])
    return f"<b>★ {text}</b>" if scores[cell] == max(scores.values()) else text


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}".removesuffix(".0") + " %"


def _axis(title: str, names: Sequence[str]) -> dict[str, object]:
    places = list(range(len(names)))
    return {
        "title": title,
        "tickvals": places,
        "ticktext": list(names),
        "range": [-0.5, len(names) - 0.5],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
