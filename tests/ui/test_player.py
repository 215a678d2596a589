"""What the player sends is checked on the server before it is used, and becomes choices."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.errors import ExplorerError
from explorer.ui.see.chosen_weights import refitted, spatial
from explorer.ui.see.kernel_controls import normalised
from explorer.ui.see.player import sent_input, sent_view, sent_weight, sent_window

GOOD = [[[[1, -2.5], [0, 1000]]]]


def test_a_good_kernel_is_taken_as_float32() -> None:
    weight = sent_weight(GOOD, (1, 1, 2, 2))
    assert weight.dtype == torch.float32
    assert weight.tolist() == GOOD


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "1",
        {"0": 1},
        [],
        [[[[1, 2]]]],
        [[[[1, 2, 3], [4, 5, 6]]]],
        [[[[1, 2], [3, [4]]]]],
        [[[[1, 2], [3, None]]]],
        [[[[1, 2], [3, "4"]]]],
        [[[[1, 2], [3, True]]]],
        [[[[1, 2], [3, float("nan")]]]],
        [[[[1, 2], [3, float("inf")]]]],
        [[[[1, 2], [3, 10**400]]]],
        [[[[1, 2], [3, -1000.5]]]],
    ],
)
def test_anything_else_is_refused_in_words(sent: Any) -> None:
    with pytest.raises(ExplorerError):
        sent_weight(sent, (1, 1, 2, 2))


WINDOW = {
    "kernel_size": [3, 2],
    "stride": [1, 2],
    "padding": [[0, 1], [2, 2]],
    "dilation": [1, 1],
}


def test_a_good_window_is_taken() -> None:
    window = sent_window(WINDOW, 2)
    assert window.padding == ((0, 1), (2, 2)) and window.output_padding is None
    assert sent_window({**WINDOW, "output_padding": [1, 0]}, 2).output_padding == (1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"kernel_size": [3]},
        {"kernel_size": [3, 3, 3]},
        {"kernel_size": [0, 3]},
        {"kernel_size": [3, 12]},
        {"kernel_size": [3, 2.5]},
        {"kernel_size": [3, "2"]},
        {"kernel_size": [3, True]},
        {"kernel_size": None},
        {"stride": [0, 1]},
        {"stride": [9, 1]},
        {"padding": [[0], [1, 1]]},
        {"padding": [[-1, 0], [0, 0]]},
        {"padding": [[81, 0], [0, 0]]},
        {"dilation": [1, 10**30]},
        {"output_padding": [1]},
        {"output_padding": [-1, 0]},
        {"another": 1},
    ],
)
def test_another_window_is_refused_in_words(change: dict[str, Any]) -> None:
    with pytest.raises(ExplorerError):
        sent_window({**WINDOW, **change}, 2)


@pytest.mark.parametrize("sent", [None, [], "x", 3, {"kernel_size": [3, 3]}])
def test_what_is_no_window_is_refused(sent: Any) -> None:
    with pytest.raises(ExplorerError):
        sent_window(sent, 2)


def test_a_cell_and_a_view_are_taken_and_others_refused() -> None:
    assert sent_input({"index": 8, "value": 2}, 9).value == 2
    bad: list[Any] = [
        None,
        {"index": 9, "value": 1},
        {"index": -1, "value": 1},
        {"index": 1.5, "value": 1},
        {"index": 1},
        *({"index": 0, "value": value} for value in (None, "1", True, 1e9, float("nan"))),
    ]
    for sent in bad:
        with pytest.raises(ExplorerError):
            sent_input(sent, 9)
    view = sent_view({"step": 5, "map": 1, "views": ["im2col"]})
    assert (view.step, view.map, view.views) == (5, 1, ("im2col",))
    assert sent_view({"step": None, "map": 0, "views": []}).step is None
    for sent in (
        None,
        {"step": -1},
        {"map": 256},
        {"views": ["<b>"]},
        {"views": "a" * 99},
        {"x": 1},
    ):
        with pytest.raises(ExplorerError):
            sent_view(sent)


def _page() -> None:
    """A page with a store and the player's events, to which `sent` is handed."""
    import streamlit as st

    from explorer.ui.see.choice_store import ChoiceStore
    from explorer.ui.see.choices import ConvolutionChoices
    from explorer.ui.see.chosen_input import ChosenInput, edited, made
    from explorer.ui.see.convolution_parts import parts

    store = ChoiceStore("convolution", ConvolutionChoices)
    for name, value in st.session_state["sent"]:
        if name == "choices":
            store.try_change(**value)
            continue
        chosen = edited(ChosenInput("Numbers", made(store.now, 2)), store.now.edits)
        parts(store, chosen).events(name, value)
    now = parts(store, ChosenInput("Numbers", made(store.now, 2)))
    st.session_state["now"] = store.now
    st.session_state["weight"] = now.weight.values.tolist()
    st.session_state["notices"] = store.notices()


def after(*sent: tuple[str, Any]) -> AppTest:
    """What such a page holds after the player sent these."""
    app = AppTest.from_function(_page)
    app.session_state["sent"] = (("choices", {"input": "numbers", "kernel": 3}), *sent)
    app.run()
    assert not app.exception, [each.value for each in app.exception]
    return app


def dragged(size: int, **change: Any) -> tuple[str, Any]:
    even = {"kernel_size": [size] * 2, "stride": [1, 1], "padding": [[0, 0]] * 2}
    return "window", {**even, "dilation": [1, 1], **change}


def test_a_dragged_window_becomes_choices_and_own_numbers_go_along() -> None:
    now = after(dragged(2, stride=[2, 1], padding=[[1, 0], [0, 0]])).session_state["now"]
    assert (now.kernel, now.stride, now.padding) == ((2,), (2, 1), ((1, 0), (0, 0)))
    assert now.weights == ("sobel-left-to-right",)
    ones = [[[[1.0] * 3] * 3]]
    app = after(("kernel", ones), dragged(5))
    assert torch.tensor(app.session_state["weight"]).sum() == 9
    assert len(app.session_state["now"].weights) == 25
    assert app.session_state["weight"][0][0][0] == [0.0] * 5


def test_same_padding_stays_the_same_while_the_kernel_is_dragged() -> None:
    same = ("choices", {"padding": "same"})
    assert after(same, dragged(5, padding=[[1, 1]] * 2)).session_state["now"].padding == "same"
    assert after(same, dragged(5, padding=[[2, 2]] * 2)).session_state["now"].padding == "same"
    now = after(same, dragged(3, padding=[[0, 1]] * 2)).session_state["now"]
    assert now.padding == ((0, 1),)


def test_what_cannot_be_is_said_and_changes_nothing() -> None:
    before = after().session_state["now"]
    for sent in (
        dragged(7),  # on 5×5 cells
        dragged(0),
        ("kernel", [[1]]),
        ("input", {"index": 25, "value": 1}),
        ("view", {"step": "<b>"}),
    ):
        app = after(sent)
        assert app.session_state["now"] == before
        (notice,) = app.session_state["notices"]
        assert "<" not in notice.replace("\\<", "")


def test_an_edited_cell_and_a_pinned_one_are_kept() -> None:
    now = after(("input", {"index": 3, "value": 0.5}), ("view", {"step": 4, "map": 0, "views": []}))
    assert now.session_state["now"].edits == ((3, 0.5),)
    assert now.session_state["now"].step == 4
    app = after(("input", {"index": 3, "value": 0.5}), ("choices", {"cells": 6}))
    assert app.session_state["now"].edits == (), "another input has other cells"


def test_of_three_maps_the_first_two_can_be_edited() -> None:
    flip = ("choices", {"flip": True, "weights": ("counting",)})
    bank = torch.tensor(after(flip).session_state["weight"])
    assert bank.shape == (3, 1, 3, 3)
    assert torch.equal(bank[2], bank[0] - bank[1])
    changed = bank.clone()
    changed[1, 0, 0, 0] = 7  # the flipped kernel's first cell is the kernel's last
    weight = torch.tensor(after(flip, ("kernel", changed.tolist())).session_state["weight"])
    assert weight[0, 0, 2, 2] == 7 and weight[1, 0, 0, 0] == 7
    changed = bank.clone()
    changed[2, 0, 0, 0] = 7
    app = after(flip, ("kernel", changed.tolist()))
    assert "difference" in app.session_state["notices"][0]


def test_own_weights_keep_their_middle_at_another_size() -> None:
    weights = torch.arange(9.0).reshape(1, 1, 3, 3)
    larger = refitted(weights, (1, 1, 5, 3))
    assert larger.shape == (1, 1, 5, 3)
    assert torch.equal(larger[:, :, 1:4], weights)
    assert larger.sum() == weights.sum()
    assert torch.equal(refitted(larger, (1, 1, 3, 3)), weights)
    assert refitted(weights, (1, 1, 1, 1)).tolist() == [[[[4.0]]]]


def test_own_weights_survive_the_way_to_colour_and_back() -> None:
    weights = torch.arange(4.0).reshape(1, 1, 2, 2)
    colour = refitted(weights, (2, 3, 2, 2))
    assert colour.shape == (2, 3, 2, 2)
    assert torch.equal(refitted(colour, (1, 1, 2, 2)), weights)
    line = refitted(weights, (1, 1, 2))
    assert line.tolist() == [[[2.0, 4.0]]]
    assert refitted(line, (1, 1, 1, 2)).shape == (1, 1, 1, 2)


def test_a_named_kernel_keeps_its_numbers_where_it_has_no_middle() -> None:
    sobel = spatial("sobel-left-to-right", (3, 3))
    assert spatial("sobel-left-to-right", (4, 4)).sum() == 0
    assert torch.equal(spatial("sobel-left-to-right", (4, 4))[:3, :3], sobel)
    assert spatial("sobel-left-to-right", (3,)).tolist() == [-4, 0, 4]
    assert torch.equal(spatial("sobel-left-to-right", (3, 3, 3))[1], sobel)
    assert spatial("box-blur", (2, 3, 5)).sum() == pytest.approx(1)
    assert spatial("change-over-time", (3, 2, 2))[:, 0, 0].tolist() == [-0.25, 0, 0.25]
    assert spatial("change-over-time", (1, 2, 2)).abs().sum() == 1


def test_normalised_kernels_sum_to_one_or_their_absolute_values_do() -> None:
    bank = torch.stack(
        [torch.ones(1, 3, 3), spatial("laplacian", (3, 3))[None], torch.zeros(1, 3, 3)]
    )
    sums = normalised(bank)
    assert sums[0].sum() == pytest.approx(1)
    assert sums[1].sum() == pytest.approx(0) and sums[1].abs().sum() == pytest.approx(1)
    assert sums[2].abs().sum() == 0
