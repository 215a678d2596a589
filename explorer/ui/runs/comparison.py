"""The parts of the Compare page: the sentence, the table, the disagreements, the downloads."""

import base64
import io
from collections.abc import Callable, Sequence

import streamlit as st
from PIL import Image

from explorer.runs.store import RunStore
from explorer.training.events import Disagreement, Finished, Result, Started
from explorer.ui.places import page
from explorer.ui.runs.class_scores import always_no, class_table, optional, ranked_sentence
from explorer.ui.runs.curves import live_curves
from explorer.ui.runs.export import run_export
from explorer.ui.runs.verdict import sentence
from explorer.ui.runs.watch import RunWatch
from explorer.ui.text import count, duration, percent, plain

SHOWN_PIXELS = 112
SHOWN_AT_ONCE = 8


def comparison(watch: RunWatch, store: RunStore, started: Started, finished: Finished) -> None:
    """Everything about a run that has its results."""
    several = started.dataset.multi_label
    classes = len(started.dataset.classes)
    told = (
        ranked_sentence(finished)
        if several
        else sentence(finished.results, finished.test_size, classes, finished.paired)
    )
    headline, details = told.split("\n\n")
    st.subheader(headline, anchor=False)
    st.markdown(details)
    if finished.reason == "stopped" and watch.progress:
        st.caption(
            f"The run was stopped in epoch {watch.progress.epoch} of {started.epochs}; "
            "this is what was learned until then."
        )
    live_curves(watch, key="compared_curves", on_resync=watch.send_everything)
    if watch.snapshots:
        st.page_link(
            page("train"),
            label="See inside them while they learned, moment by moment",
            icon=":material/animation:",
            query_params={"run": watch.run.id},
        )
    st.subheader("Side by side", anchor=False)
    _table(finished, several)
    if several:
        class_table(started, finished)
    _disagreements(started, finished)
    st.subheader("Take it along", anchor=False)
    run_export(watch.run, store)


_Rows = dict[str, Callable[[Result], str]]
_ONE_LABEL: _Rows = {
    "**Test loss** · how little probability the right class got, over pictures never used for "
    "training (cross-entropy): lower is better": lambda r: f"{r.test_loss:.4f}",
    "**Test accuracy** · share of those pictures classified right": lambda r: percent(
        r.test_accuracy
    ),
}


def _several_labels(finished: Finished) -> _Rows:
    return {
        "**Mean average precision** · how far the pictures that show a class come before the "
        "others, the mean over classes: 1 is best": lambda r: optional(r.mean_average_precision),
        "**Mean AUROC** · how often a picture that shows a class gets a higher score than one that "
        "does not, the mean over classes: 0.5 is chance": lambda r: optional(r.mean_auroc),
        "**Test loss** · how little probability the right answers got (binary cross-entropy): "
        "lower is better": lambda r: f"{r.test_loss:.4f}",
        "**Test accuracy** · share of right answers, a yes or no for each picture and class; "
        f"always no would get {percent(always_no(finished))}": lambda r: percent(r.test_accuracy),
    }


def _table(finished: Finished, several: bool) -> None:
    """Measures as rows, so that each can say what it is."""
    rows: _Rows = {
        **(_several_labels(finished) if several else _ONE_LABEL),
        "**Parameters** · numbers learned by training": lambda r: f"{r.parameters:,}",
        "**Mult-adds** · multiplications, each with an addition, to classify one "
        "picture": lambda r: f"{r.mult_adds:,}",
        "**Training time** · seconds spent on this network alone": lambda r: duration(r.seconds),
    }
    table: dict[str, list[str]] = {f"On {count(finished.test_size, 'test picture')}": list(rows)}
    for result in finished.results:
        table[plain(result.name)] = [tell(result) for tell in rows.values()]
    st.table(table, hide_index=True, border="horizontal")


def _disagreements(started: Started, finished: Finished) -> None:
    if len(finished.results) < 2:
        return
    st.subheader("Where they disagree", anchor=False)
    total, shown = finished.disagreement_count, finished.disagreements
    if not total:
        st.markdown("On no test picture: both say the same every time.")
        return
    names = [result.name for result in finished.results]
    some = f"; {len(shown)} of them" if len(shown) < total else ""
    where = f"On {total:,} of {count(finished.test_size, 'test picture')} the networks"
    st.markdown(
        f"{where} answer differently whether some class is there{some}, each with the class about "
        "which they are surest of different answers. The percentage is the probability that a "
        "network gives to a yes."
        if started.dataset.multi_label
        else f"{where} say different classes{some}. The percentage is the probability that a "
        "network gives to the class it says."
    )
    _cards(shown[:SHOWN_AT_ONCE], names, started.dataset.classes)
    if rest := shown[SHOWN_AT_ONCE:]:
        with st.expander(f"{len(rest)} more"):
            _cards(rest, names, started.dataset.classes)


def _cards(shown: Sequence[Disagreement], names: list[str], classes: tuple[str, ...]) -> None:
    with st.grid(min_column_width=190, border=True):
        for disagreement in shown:
            with st.container(gap="xsmall"):
                _card(disagreement, names, classes)


def _card(found: Disagreement, names: list[str], classes: tuple[str, ...]) -> None:
    st.image(_enlarged(found.png), width=SHOWN_PIXELS, alt=f"Test picture {found.index}")
    if found.labels is not None:
        st.markdown(_answers(found, found.labels, names, classes))
        return
    lines = [f"truly **{plain(classes[found.label])}**"]
    for name, prediction in zip(names, found.predictions, strict=True):
        mark = ":material/check:" if prediction.label == found.label else ":material/close:"
        lines.append(
            f"{mark} {plain(name)}: **{plain(classes[prediction.label])}** "
            f"({percent(prediction.probability)})"
        )
    st.markdown("  \n".join(lines))


def _answers(
    found: Disagreement, labels: Sequence[int], names: list[str], classes: tuple[str, ...]
) -> str:
    """Whether one class is there, as the networks say, and what truly is."""
    truly = found.label in labels
    lines = [f"**{plain(classes[found.label])}**? Truly **{'yes' if truly else 'no'}**."]
    for name, prediction in zip(names, found.predictions, strict=True):
        yes = prediction.probability > 0.5
        said = f"**{'yes' if yes else 'no'}** ({percent(prediction.probability)})"
        mark = ":material/check:" if yes == truly else ":material/close:"
        lines.append(f"{mark} {plain(name)}: {said}")
    shown = ", ".join(plain(classes[label]) for label in labels) or "none of the classes"
    return "  \n".join([*lines, f"It shows {shown}."])


def _enlarged(png: str) -> bytes:
    """Whole multiples of the picture's own pixels, so that they stay sharp squares."""
    with Image.open(io.BytesIO(base64.b64decode(png)), formats=["PNG"]) as picture:
        factor = max(1, 2 * SHOWN_PIXELS // max(picture.size))
        size = (picture.width * factor, picture.height * factor)
        enlarged = picture.resize(size, Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    enlarged.save(buffer, "PNG")
    return buffer.getvalue()
