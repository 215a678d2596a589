"""Zips with a CSV of labels: both usual forms, parts, and mistakes that name line and column."""

import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from explorer.datasets import labelled, prepared
from explorer.datasets.catalog import is_multi_label, prepare
from explorer.datasets.dataset import Part
from explorer.datasets.folders import Listing
from explorer.datasets.labelled import list_contents
from explorer.datasets.photographs import rarest, samples
from explorer.datasets.sizes import sizes
from explorer.datasets.uploads import save_upload
from explorer.errors import ExplorerError
from explorer.media.archives import open_archive
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets.zips import folders, jpeg, zipped

SMALL = InputShape(channels=3, height=8, width=8)
COLUMNS = "filename,cat,dog\na.jpg,1,0\nb.jpg,1,1\nc.jpg,0,0\n"


def pictures(names: str = "abc", above: str = "") -> dict[str, bytes]:
    return {f"{above}{name}.jpg": jpeg(20 * place) for place, name in enumerate(names)}


def listed(table: str | bytes, files: Mapping[str, bytes] | None = None, **more: bytes) -> Listing:
    content = table.encode() if isinstance(table, str) else table
    contents = {"labels.csv": content, **(files or pictures()), **more}
    with open_archive(zipped(contents)) as archive:
        return list_contents(archive)


def shown(listing: Listing) -> dict[str, tuple[str, ...]]:
    """What each picture shows."""
    names = listing.summary.classes
    return {
        member.entry.filename: tuple(names[label] for label in member.labels)
        for member in listing.members
    }


EXPECTED = {"a.jpg": ("cat",), "b.jpg": ("cat", "dog"), "c.jpg": ()}
FORMS = {
    "a column per class": COLUMNS,
    "words, semicolons, a mark of the encoding": "\ufeffImage;cat;dog\na;yes;no\nb;TRUE;1.0\nc;;\n",
    "a list with commas": 'image,labels\na.jpg,cat\nb.jpg,"cat, dog"\nc.jpg,\n',
    "a list with bars, among other columns": (
        "Image Index,Age,Finding Labels\na.jpg,58,cat\nb.jpg,61,dog|cat\nc.jpg,7,\n"
    ),
    "a list with spaces": "image_name,tags\na,cat\nb,cat dog\nc,\n",
    "a line per label": "picture,label\nb.jpg,dog\nb.jpg,cat\na.jpg,cat\nc.jpg,\n",
    "tabs and paths": "path\tcat\tdog\n./a.jpg\t1\t0\nb.jpg\t1\t1\nc.jpg\t0\t0\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_usual_forms_say_the_same(form: str) -> None:
    found = listed(FORMS[form])
    assert found.summary.classes == ("cat", "dog")
    assert shown(found) == EXPECTED
    assert found.summary.multi_label and found.summary.pictures == 3
    assert found.summary.counts == {Part.TRAIN: (2, 1)}
    assert "1 picture shows none" in found.summary.problems[0]
    assert ("separated by spaces" in found.summary.problems[-1]) == ("spaces" in form)


def test_parts_come_from_a_column_or_from_folders() -> None:
    column = "file,split,cat,dog\na.jpg,train,1,0\nb.jpg,val,1,1\nc.jpg,Test,0,0\n"
    parts = [member.part for member in listed(column).members]
    assert parts == [Part.TRAIN, Part.VALIDATION, Part.TEST]
    files = {**pictures("ab", "data/train/"), **pictures("a", "data/test/")}
    tables = {
        "data/train/_classes.csv": b"filename, cat, dog\na.jpg, 1, 0\nb.jpg, 1, 1\n",
        "data/test/_classes.csv": b"filename, cat, dog\na.jpg, 0, 1\n",
    }
    with open_archive(zipped({**files, **tables})) as archive:
        found = list_contents(archive)
    assert shown(found) == {
        "data/train/a.jpg": ("cat",),
        "data/train/b.jpg": ("cat", "dog"),
        "data/test/a.jpg": ("dog",),
    }
    assert {member.entry.filename.split("/")[1]: member.part for member in found.members} == {
        "train": Part.TRAIN,
        "test": Part.TEST,
    }


def test_one_label_each_is_an_ordinary_data_set() -> None:
    found = listed("file,label\na.jpg,cat\nb.jpg,dog\nc.jpg,polar bear\n")
    assert not found.summary.multi_label
    assert shown(found)["c.jpg"] == ("polar bear",)


def test_what_does_not_match_is_listed() -> None:
    found = listed(COLUMNS + "missing.jpg,1,0\n", pictures("abcd"))
    assert found.missing == (
        ("missing.jpg", "line 5 of labels.csv, but not in the zip"),
        ("d.jpg", "no line of the table names it"),
    )
    assert "missing.jpg (line 5" in found.summary.problems[0]


MISTAKES = {
    "a word": (COLUMNS.replace("b.jpg,1,1", "b.jpg,1,maybe"), "line 3, column “dog”: “maybe”"),
    "a column too few": (COLUMNS.replace("c.jpg,0,0", "c.jpg,0"), "line 4 has 2 columns"),
    "two alike": (COLUMNS.replace("cat,dog", "cat,cat"), "two classes “cat”"),
    "no name": (COLUMNS.replace("cat,dog", "cat,"), "column 3: the class has no name"),
    "another answer": (COLUMNS + "a.jpg,0,1\n", "line 5 gives “a.jpg” other labels than line 2"),
    "one class": ("file,cat\na.jpg,1\nb.jpg,0\nc.jpg,1\n", "only one class, “cat”"),
    "no part": (
        "file,split,cat,dog\na.jpg,train,1,0\nb.jpg,later,1,1\nc.jpg,test,0,0\n",
        "line 3, column “split”: “later”",
    ),
    "an odd encoding": (COLUMNS.encode() + b"d.jpg,\xff,0\n", "line 5 is no text in UTF-8"),
    "no picture": ("file,cat,dog\nx.jpg,1,0\n", "no folders of pictures"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_said_with_line_and_column(mistake: str) -> None:
    table, said = MISTAKES[mistake]
    with pytest.raises(ExplorerError) as refused:
        listed(table)
    assert said in refused.value.problem
    assert refused.value.remedy


def test_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExplorerError, match="more than 10 MB"):
        listed(b"file,cat,dog\n" + b"a.jpg,1,0\n" * 1_100_000)
    monkeypatch.setenv("EXPLORER_MAX_ARCHIVE_ENTRIES", "20")
    settings.cache_clear()
    with pytest.raises(ExplorerError, match="more than 20 lines"):
        listed("file,cat,dog\n" + "a.jpg,1,0\n" * 25)


def test_a_csv_that_has_no_labels_does_not_hide_folders() -> None:
    files = folders(["cats", "dogs"], each=2)
    found = listed("file,width\ncats/0.jpg,12\n", files)
    assert found.summary.classes == ("cats", "dogs")
    assert any("labels.csv" in problem for problem in found.summary.problems)


def test_a_zip_is_decoded_with_labels_and_shown(tmp_path: Path) -> None:
    names = [f"{number:02}" for number in range(40)]
    rows = [f"{name}.jpg,{place % 2},{place % 3 == 0:d},0" for place, name in enumerate(names)]
    table = "\n".join(["file,odd,third,never", *rows]).encode()
    files = {f"photos/{name}.jpg": jpeg(place) for place, name in enumerate(names)}
    files["photos/07.jpg"] = b"no picture"
    ref = save_upload(zipped({"labels.csv": table, **files}), "numbers")
    assert is_multi_label(ref)
    assert sizes(ref, 0.1)[:3] == (29, 3, 8), "of all 40, readable or not"
    found = prepare(ref, SMALL)
    assert found.multi_label and found.classes == ("odd", "third", "never")
    assert found.skipped[0][0] == "photos/07.jpg"
    everything = torch.cat([found.train.labels, found.validation.labels, found.test.labels])
    assert everything.sum(dim=0).tolist() == [19, 14, 0]
    assert (len(found.train), len(found.validation), len(found.test)) == (27, 3, 9)
    shown_names = set(samples(ref, SMALL, 8)[1])
    assert shown_names == {"odd", "third", "odd, third", "nothing of these"}

    folder = tmp_path / "numbers"
    (folder / "photos").mkdir(parents=True)
    for name, content in {"labels.csv": table, **files}.items():
        (folder / name).write_bytes(content)
    steps = prepared.add(folder, "Numbers")
    while True:
        try:
            next(steps)
        except StopIteration as end:
            offered = end.value
            break
    assert (offered.pictures, offered.multi_label) == (40, True)


def test_pictures_are_spread_over_the_rarest_of_their_labels() -> None:
    labels = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.uint8)
    assert rarest(labels).tolist() == [1, 0, 3]


def test_long_names_take_no_more_memory_than_the_zip_itself() -> None:
    folder = "a/b/c/d/e/f/g"
    files = {f"{folder}/{place:02d}{'x' * 50_000}.jpg": b"" for place in range(40)}
    table = "\n".join(["file,cat,dog", *(f"{name},1,0" for name in list(files)[:2])])
    archive_file = zipped({"labels.csv": table.encode(), **files})
    size = sum(map(len, files))
    with open_archive(archive_file) as archive:
        tracemalloc.start()
        try:
            listing = list_contents(archive)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(listing.members) == 2
    assert peak < 6 * size


def test_a_zip_without_a_table_is_not_searched_for_what_a_table_may_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(labelled, "_Pictures", never)
    with open_archive(zipped(folders({"cat": 3, "dog": 3}))) as archive:
        assert list_contents(archive).summary.classes == ("cat", "dog")
