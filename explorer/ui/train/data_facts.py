"""What is known of a data set before training: its classes, how many pictures, what is left out."""

import streamlit as st

from explorer.datasets import voc
from explorer.datasets.catalog import CATALOG, prepare
from explorer.datasets.dataset import Part
from explorer.datasets.folders import FolderSummary
from explorer.datasets.photographs import MOST_LISTED, skipped
from explorer.datasets.reference import DatasetRef, Grouping, Source
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.ui.text import count, plain

_TABLE_HEIGHT, _ROW_HEIGHT = 180, 35
_TELLING_GROUPS = 10
SEVERAL = (
    "**Several labels**: a picture may show several of these classes, or none. The network answers "
    "each class with yes or no, by a loss of its own kind (binary cross-entropy)."
)


def catalog_classes(source: Source, present: bool) -> None:
    """The classes of a data set of the catalog by their numbers, counted where it is here."""
    classes = CATALOG[source].classes
    several = CATALOG[source].multi_label
    with st.expander(f"{len(classes):,} classes"):
        try:
            counts = _counts(source) if present else {}
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _table(classes, counts)
        if several:
            st.caption(SEVERAL)


def zip_classes(name: str, summary: FolderSummary) -> None:
    """What was found in a zip, and what is left out of it."""
    st.markdown(
        f"**{plain(name)}**: {count(summary.pictures, 'picture')} in "
        f"{len(summary.classes):,} classes{_whence(summary)}."
    )
    _table(summary.classes, {part.name.lower(): one for part, one in summary.counts.items()})
    if summary.multi_label:
        st.caption(SEVERAL)
    absent = [part.name.lower() for part in Part if part not in summary.counts]
    if absent:
        st.caption(f"It has no folders for {' and '.join(absent)}: pictures are split off for it.")
    for problem in (*summary.problems, *_spread_groups(summary)):
        st.caption(f":material/warning: {plain(problem)}")


def _whence(summary: FolderSummary) -> str:
    return f", by {plain(summary.table)}" if summary.table else ""


def _spread_groups(summary: FolderSummary) -> list[str]:
    """A sentence for each way in which pictures of the zip's own parts seem to belong together."""
    what: dict[Grouping, str] = {
        "folder": "sub-folders of the same name",
        "name": "series of names (walk_01, walk_02, …)",
    }
    sentences = []
    for way, facts in summary.groups.items():
        # A few groups that hold everything are only a habit of naming files.
        telling = facts.count >= _TELLING_GROUPS and 2 * facts.largest[1] < summary.pictures
        if facts.shared and telling:
            sentences.append(
                f"{facts.shared:,} {what[way]} have pictures in more than one of the zip’s own "
                "parts. If those show the same clip or person, the test will look better than it "
                "is."
            )
    return sentences


def left_out(ref: DatasetRef, input: InputShape) -> None:
    """The files that cannot be used, and why, once somebody decoded the pictures."""
    try:
        files = skipped(ref, input)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if files is None:
        st.caption("Files that cannot be used are left out, and listed here after the first run.")
    elif files:
        at_least = "At least " * (len(files) == MOST_LISTED)
        with st.expander(
            f"{at_least}{count(len(files), 'file')} left out", icon=":material/warning:"
        ):
            names, reasons = zip(*files, strict=True)
            st.dataframe(
                {"file": list(names), "why it is left out": list(reasons)},
                height=_height(len(files)),
                alt="Files that are left out",
            )


def _table(classes: tuple[str, ...], counts: dict[str, tuple[int, ...]]) -> None:
    st.dataframe(
        {
            "number": list(range(len(classes))),
            "class": list(classes),
            **{name: list(column) for name, column in counts.items()},
        },
        height=_height(len(classes)),
        hide_index=True,
        alt="The number of each class, and how many pictures it has",
    )


def _height(rows: int) -> int:
    return min(_TABLE_HEIGHT, _ROW_HEIGHT * (1 + rows) + 3)


@st.cache_data(max_entries=8, show_spinner="Reading the data set")
def _counts(source: Source) -> dict[str, tuple[int, ...]]:
    """Pictures per class; those for validation are split off those for training."""
    if source == "voc2012":
        return voc.counts()
    info = CATALOG[source]
    assert info.input is not None
    dataset = prepare(DatasetRef(source=source), info.input)
    train, validation, test = (
        split.labels.bincount(minlength=len(info.classes))
        for split in (dataset.train, dataset.validation, dataset.test)
    )
    return {
        "train": tuple((train + validation).tolist()),
        "test": tuple(test.tolist()),
    }
