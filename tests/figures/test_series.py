"""Figures of a series: every score where it belongs, colours by the error, text as text."""

from typing import Any

import pytest

from explorer.figures.series import fold_results, heat_map

SCORES = {(0.1, 32): 0.9, (0.01, 32): 0.99, (0.1, 64): 0.5}


def test_the_heat_map_has_every_score_in_its_cell_and_marks_the_best():
    figure: Any = heat_map([0.01, 0.1], [32, 64], SCORES, {(0.01, 64): "<b>failed"}, (0.5, 0.99))
    (cells,) = figure.data
    depth = [pytest.approx(value) for value in (2.0, 1.0, 0.30103)]  # minus log10 of the error
    assert [list(row) for row in cells.z] == [depth[:2], [None, depth[2]]]
    assert (cells.zmin, cells.zmax) == (depth[2], depth[0])
    assert [list(row) for row in cells.text] == [["<b>★ 99 %</b>", "90 %"], ["", "50 %"]]
    marks = list(cells.colorbar.ticktext)
    assert (marks[0], marks[-1], len(marks)) == ("50 %", "99 %", 8)
    (note,) = figure.layout.annotations
    assert (note.x, note.y, note.text) == (0, 1, "&lt;b&gt;failed")


@pytest.mark.parametrize("only", [0.0, 0.7, 1.0])
def test_one_score_alone_is_drawn_too(only: float):
    figure: Any = heat_map([0.1], [64], {(0.1, 64): only}, {}, (only, min(only, 0.9999)))
    assert figure.data[0].zmin < figure.data[0].zmax
    assert figure.data[0].colorbar.ticktext, "the scale is always told"


def test_folds_are_dots_beside_their_mean_and_deviation():
    figure: Any = fold_results(["<i>CNN", "other"], [[0.9, 0.94, 0.98], [0.5]], ["red", "blue"])
    dots, mean, single, _ = figure.data
    assert list(dots.x) == [90, 94, 98]
    assert mean.x[0] == pytest.approx(94) and mean.error_x.array[0] == pytest.approx(4)
    assert list(single.x) == [50]
    assert figure.layout.yaxis.ticktext[0] == "&lt;i&gt;CNN"
