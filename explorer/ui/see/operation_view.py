"""What the pages of one operation share: places, examples, formula, code, and what to take away."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import ExplorerError
from explorer.ui import links, pictures, state
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import FlatInput
from explorer.ui.see.input_controls import own_picture_in_link
from explorer.ui.text import plain
from explorer.windows.checks import AXES
from explorer.windows.examples import EXAMPLES
from explorer.windows.scene import Scene, pack
from explorer.windows.snippets import pytorch_code, pytorch_line


def places(page: str) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Containers for the player, its controls beside it, and what is read below it.

    Where the page is narrow they follow one another (see `explorer.ui.style`).
    """
    with st.container(key=f"beside_{page}"):
        return st.container(), st.container(), st.container()


def enter(store: ChoiceStore[Any]) -> Mapping[str, str]:
    """Where a page's script begins: take its link, and agree with the carried picture."""
    asked = store.enter()
    if isinstance(store.now, FlatInput):
        pictures.follow(store, asked)
    _follow_layer(store)
    _open_as_chosen(store)
    return asked


def _follow_layer(store: ChoiceStore[Any]) -> None:
    """A link that was made with a layer of somebody's network shows what the page begins with."""
    if store.now.input == "layer" and state.layer(store.page) is None:
        store.change(input=type(store.now)().input, step=None)
        store.notice(
            "This link was made with what arrives at a layer of a network, which a link cannot "
            "hold; the page's own input is shown instead."
        )


def _open_as_chosen(store: ChoiceStore[Any]) -> None:
    now = store.now
    st.session_state[f"{store.page}_opening"] = (now.step, now.map, now.views)


def opening(store: ChoiceStore[Any]) -> dict[str, Any] | None:
    """How the player begins, as a link or an example has it; None as it does by itself.

    Taken once and kept: a scene that followed every pinned cell would be sent anew for each.
    """
    step, index, views = st.session_state[f"{store.page}_opening"]
    if step is None and not index and not views:
        return None
    return {"step": step, "map": index, "playing": step is None, "views": list(views)}


def examples(store: ChoiceStore[Any]) -> None:
    """The worked examples of this page, one click each."""
    titles = {key: each.title for key, each in EXAMPLES.items() if each.page == store.page}
    key = f"{store.page}_example"
    st.menu_button(
        "Worked examples",
        tuple(titles),
        format_func=lambda each: titles.get(each, ""),
        icon=":material/menu_book:",
        key=key,
        help="What people meet in textbooks, papers and courses, opened with one click.",
        on_click=lambda: _take_example(store, st.session_state[key]),
        width="stretch",
    )


def _take_example(store: ChoiceStore[Any], key: str) -> None:
    choices, notices = links.parse(store.page, {"example": key})
    carried = {"picture": store.now.picture} if isinstance(store.now, FlatInput) else {}
    store.take(choices.model_copy(update=carried))
    if "picture" in EXAMPLES[key].choices:
        store.take(choices)
        pictures.follow(store, EXAMPLES[key].choices)
    store.notice(f"**{plain(EXAMPLES[key].title)}.** {plain(EXAMPLES[key].about)}")
    for notice in notices:
        store.notice(notice)
    _open_as_chosen(store)


def show_notices(store: ChoiceStore[Any]) -> None:
    """What was corrected or refused, in words."""
    with st.container():  # there even when empty, so that what follows keeps its place
        if notices := store.notices():
            st.info("\n\n".join(notices), icon=":material/auto_fix_high:")


def refused(store: ChoiceStore[Any], error: ExplorerError) -> None:
    """In the player's place: why this cannot be computed, and the way back.

    The player's own controls are not there then, so that what worked before must be in reach.
    """
    st.error(plain(str(error)), icon=":material/error:")
    before = st.session_state.get(f"{store.page}_worked", type(store.now)())
    st.button(
        "Back to what worked before",
        icon=":material/undo:",
        key=f"{store.page}_back",
        on_click=lambda: store.take(before),
    )


def facts(store: ChoiceStore[Any], scene: Scene) -> None:
    """The output's size with the numbers put in, parameters, and the PyTorch lines.

    Folded away while somebody is asked for them.
    """
    if "predict" in store.now.views:
        with st.expander("Size, parameters and code: the answers"):
            _facts(scene)
    else:
        with st.container():
            _facts(scene)


def _facts(scene: Scene) -> None:
    operation, size = scene.operation, tuple(scene.input.shape[1:])
    st.markdown("**How large is the output?**")
    names = AXES[operation.dimensions]
    width = max(map(len, names))
    lines = [operation.general_formula]
    for name, text in zip(names, operation.formula(size), strict=True):
        lines.append(f"{name:<{width}}  {text}")
    st.code("\n".join(lines), language=None, wrap_lines=True)
    _textbook(scene, size)
    _unused(operation.unused(size))
    if scene.weight is not None:
        st.markdown(parameters(scene))
    st.markdown("**The same in PyTorch**")
    st.code(pytorch_line(scene), language="python", wrap_lines=True)
    with st.expander("As lines that run"):
        st.code(pytorch_code(scene), language="python")


def _textbook(scene: Scene, size: tuple[int, ...]) -> None:
    lines = scene.operation.textbook(size)
    if lines and any(side for pair in scene.operation.window.padding for side in pair):  # type: ignore[attr-defined]
        names = AXES[scene.operation.dimensions]
        width = max(map(len, names))
        st.caption(
            "Many textbooks write p for the cells of **both** sides together, PyTorch's `padding` "
            "is that of **one** side. The textbook's floor((n − k + p + s) / s):"
        )
        text = [f"{name:<{width}}  {line}" for name, line in zip(names, lines, strict=True)]
        st.code("\n".join(text), language=None, wrap_lines=True)


def _unused(cells: tuple[int, ...]) -> None:
    if any(cells):
        names = AXES[len(cells)]
        told = " and ".join(
            f"{n} at the end of the {name}" for name, n in zip(names, cells, strict=True) if n
        )
        st.caption(f"What the floor throws away: {told}. No window reaches these cells.")


def parameters(scene: Scene) -> str:
    """How many numbers a layer like this learns, as a product with the numbers put in."""
    assert scene.weight is not None
    weights = scene.weight.numel()
    product = "·".join(map(str, scene.weight.shape))
    if scene.bias is None:
        return f"**Parameters:** {product} = {weights:,} weights, no bias."
    biases = scene.bias.numel()
    noun = "bias" if biases == 1 else "biases"
    return f"**Parameters:** {product} weights + {biases} {noun} = {weights + biases:,}."


def take_away(store: ChoiceStore[Any], scene: Scene) -> None:
    """The link to this view, and the page that replays it offline."""
    st.session_state[f"{store.page}_worked"] = store.now
    left_out = store.publish()
    query, _ = links.parameters(store.now, store.page)
    with st.container(horizontal=True, key=f"{store.page}_take_away"):
        with st.popover("Link to this view", icon=":material/link:"):
            st.caption("Opens this view with all its settings; point at it to copy it.")
            st.code(links.address(_base(), query), language=None, wrap_lines=True)
            for notice in filter(None, (*left_out, own_picture_in_link(store))):
                st.caption(notice)
        st.download_button(
            "Offline page",
            partial(_offline, scene),
            f"{store.page}.html",
            "text/html",
            key=f"{store.page}_offline",
            help="One HTML file that replays this without the app or a network.",
            icon=":material/download:",
            on_click="ignore",
        )


def _offline(scene: Scene) -> bytes:
    from explorer.ui.see.offline import offline_page

    return offline_page(pack(scene), scene.title)


def _base() -> str:
    return st.context.url or ""
