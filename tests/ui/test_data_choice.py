"""The choice of data on the Train page, without a browser: what is offered, to whom, and how."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.datasets import uploads
from explorer.datasets.__main__ import main
from explorer.datasets.catalog import prepare
from explorer.datasets.reference import DatasetRef
from explorer.network.spec import InputShape
from explorer.runs.store import open_store
from explorer.settings import settings
from explorer.ui.train import data_choice, own_pictures
from tests.datasets import voc_files, zips
from tests.ui.pages import run, start

ANN, BEN = "a" * 64, "b" * 64


def open_train(monkeypatch: pytest.MonkeyPatch, person: str = ANN) -> AppTest:
    monkeypatch.setattr(own_pictures, "visitor", lambda: person)
    return start(monkeypatch, "train")


def choose(app: AppTest, option: str) -> AppTest:
    """Choose the data set whose title begins so."""
    box = app.selectbox(key="data_source")
    (index,) = [index for index, title in enumerate(box.options) if title.startswith(option)]
    return run(box.select_index(index))


def captions(app: AppTest) -> str:
    text = "\n".join(each.value for each in app.caption)
    return text.replace("\\", "").replace("\u2060", "")


def table(app: AppTest) -> dict[str, list]:
    """The first table: number and class, and pictures per part."""
    return {str(name): list(column) for name, column in app.dataframe[0].value.items()}


@pytest.fixture
def prepared_pets(tmp_path: Path) -> None:
    file = tmp_path / "Pets.zip"
    file.write_bytes(zips.zipped(zips.folders(("cat", "dog"), 4)).getvalue())
    assert main(["prepare", str(file), "--input", "3x40x40"]) == 0


def upload(owner: str, name: str = "mine") -> DatasetRef:
    files = {
        f"{kind}/{walk}_{n}.jpg": zips.jpeg(n) for kind in "ab" for walk in "uvwxyz" for n in (1, 2)
    }
    files |= {"a/u/deep_1.jpg": zips.jpeg(9), "b/broken.jpg": b"x"}
    return uploads.save_upload(zips.zipped(files), name, owner=owner)


def test_downloads_are_told_before_they_are_chosen(monkeypatch: pytest.MonkeyPatch):
    app = open_train(monkeypatch)
    options = app.selectbox(key="data_source").options
    assert options[0] == "Digits (bundled)"
    assert "KMNIST (a download of 21 MB)" in options
    assert "CIFAR-100 (a download of 169 MB)" in options
    assert options[-1] == "Your own pictures (zip)"


def test_the_classes_of_the_digits_are_numbered_and_counted(monkeypatch: pytest.MonkeyPatch):
    found = table(open_train(monkeypatch))
    assert found["number"] == list(range(10))
    assert found["class"] == list("0123456789")
    assert sum(found["train"]) + sum(found["test"]) == 1797


def test_what_is_prepared_is_offered_to_everybody_with_its_sizes(
    monkeypatch: pytest.MonkeyPatch, prepared_pets: None
):
    for person in (ANN, BEN):
        app = choose(open_train(monkeypatch, person), "Pets (prepared here)")
        assert table(app) == {"number": [0, 1], "class": ["cat", "dog"], "train": [4, 4]}
        assert app.selectbox(key="zip_size").options[:3] == ["28×28", "40×40", "32×32"]
        assert not app.button(key="start_training").disabled
    run(app.selectbox(key="zip_size").select("40×40"))
    app = run(app.selectbox(key="zip_channels_1").select("colour"))
    assert "3×40×40 instead of 1×28×28" in captions(app)


def test_uploads_are_offered_to_whoever_uploaded_them(monkeypatch: pytest.MonkeyPatch):
    upload(ANN)
    app = choose(open_train(monkeypatch), "Your own pictures")
    assert table(app)["class"] == ["a", "b"]
    theirs = choose(open_train(monkeypatch, BEN), "Your own pictures")
    assert not theirs.dataframe
    assert theirs.button(key="start_training").disabled


def test_of_several_uploads_one_is_chosen(monkeypatch: pytest.MonkeyPatch):
    upload(ANN, "first")
    newest = upload(ANN, "second")
    app = choose(open_train(monkeypatch), "Your own pictures")
    box = app.selectbox(key="own_zip")
    assert set(box.options) == {"first", "second"}
    run(box.select("first"))
    uploads.archive_path(newest).unlink()
    app = run(app)
    assert app.dataframe


def test_how_pictures_are_prepared_reaches_the_run(monkeypatch: pytest.MonkeyPatch):
    ref = upload(ANN)
    app = choose(open_train(monkeypatch), "Your own pictures")
    assert "listed here after the first run" in captions(app)
    run(app.selectbox(key="zip_fit_crop").select("pad with black"))
    # only the names form groups to choose among; a single picture lies in a folder
    box = next(box for box in app.selectbox if box.label == "Keep together")
    run(box.select("the same name but the number"))
    app = run(app.checkbox(key="zip_stratify").uncheck())
    assert "8 groups; the largest, “u”, has 4." in captions(app)
    app = run(app.button(key="start_training").click())
    value = app.query_params["run"]
    run_id = value if isinstance(value, str) else value[0]
    stored = open_store().run(run_id)
    assert stored is not None
    made = stored.job.dataset
    assert (made.archive, made.fit, made.group, made.stratify) == (
        ref.archive,
        "pad",
        "name",
        False,
    )


def test_files_that_cannot_be_read_are_listed_once_that_is_known(monkeypatch: pytest.MonkeyPatch):
    ref = upload(ANN)
    prepare(ref, InputShape(channels=1, height=28, width=28))
    app = choose(open_train(monkeypatch), "Your own pictures")
    assert [box.label for box in app.expander if "left out" in box.label] == ["1 file left out"]
    assert list(app.dataframe[-1].value["file"]) == ["b/broken.jpg"]


def test_a_data_set_that_is_no_longer_prepared_gives_way(
    monkeypatch: pytest.MonkeyPatch, prepared_pets: None
):
    app = choose(open_train(monkeypatch), "Pets")
    assert main(["remove", "Pets"]) == 0
    app = run(app)
    assert app.selectbox(key="data_source").value == "digits"


@pytest.mark.parametrize(("clips", "told"), [(12, True), (3, False)])
def test_clips_that_are_in_training_and_test_are_told(
    monkeypatch: pytest.MonkeyPatch, clips: int, told: bool
):
    files = {
        f"{part}/{kind}/clip{chr(97 + clip)}_{frame}.jpg": zips.jpeg(frame)
        for part, frames in (("train", range(4)), ("test", range(4, 6)))
        for kind in ("cat", "dog")
        for clip in range(clips)
        for frame in frames
    }
    uploads.save_upload(zips.zipped(files), "clips", owner=ANN)
    said = captions(choose(open_train(monkeypatch), "Your own pictures"))
    sentence = f"{clips} series of names (walk_01, walk_02, …) have pictures in more than one"
    assert (sentence in said) == told


@pytest.mark.parametrize(
    ("option", "source", "classes"),
    [("KMNIST", "kmnist", 10), ("Pets", "prepared", 2), ("Your own", None, None)],
)
def test_other_pages_know_what_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
    prepared_pets: None,
    option: str,
    source: str | None,
    classes: int | None,
):
    app = open_train(monkeypatch)
    if source is None:  # after another zip was chosen
        app = choose(app, "Pets")
    app = choose(app, option)
    keys = [key for key in ("data_source", "uploaded_data") if key in app.session_state]
    kept = {key: app.session_state[key] for key in keys}
    monkeypatch.setattr(data_choice.st, "session_state", kept)
    ref = data_choice.chosen_data()
    assert (ref.source if ref else None) == source
    assert data_choice.chosen_classes() == classes
    monkeypatch.setattr(data_choice.st, "session_state", {})
    assert data_choice.chosen_data() is data_choice.chosen_classes() is None


def test_pictures_of_several_labels_are_told_and_named(monkeypatch: pytest.MonkeyPatch):
    files = {f"{n}.jpg": zips.jpeg(n) for n in range(20)}
    rows = "".join(f"{n}.jpg,{'cat|dog' if n % 2 else 'cat'}\n" for n in range(20))
    table_of_labels = {"labels.csv": f"file,labels\n{rows}lost.jpg,dog\n".encode()}
    ref = uploads.save_upload(zips.zipped({**files, **table_of_labels}), "pets", owner=ANN)
    app = choose(open_train(monkeypatch), "Your own pictures")
    assert not app.exception
    assert any("20 pictures in 2 classes, by labels" in each.value for each in app.markdown)
    assert "Several labels: a picture may show several" in captions(app).replace("*", "")
    assert "lost.jpg (line 22 of labels.csv, but not in the zip)" in captions(app)
    assert table(app) == {"number": [0, 1], "class": ["cat", "dog"], "train": [20, 10]}
    app = run(app.selectbox(key="training_rivals").select("random"))
    assert any("the same with random weights" in each.value for each in app.markdown)
    assert "nothing to compare" in captions(app)
    app = run(app.button(key="start_training").click())
    value = app.query_params["run"]
    stored = open_store().run(value if isinstance(value, str) else value[0])
    assert stored is not None and stored.job.dataset.archive == ref.archive
    names = [contender.name for contender in stored.job.contenders]
    assert names == ["VGG-16 features, pretrained", "VGG-16 features, random"]
    assert stored.job.contenders[0].network.input.shape == (3, 32, 32)


def test_voc_is_shown_with_its_labels(monkeypatch: pytest.MonkeyPatch):
    app = choose(open_train(monkeypatch), "PASCAL VOC 2012 (a download of 2000 MB)")
    assert any("not on this computer yet" in each.value for each in app.info)
    voc_files.make(settings().data_dir / "datasets")
    app = choose(open_train(monkeypatch), "PASCAL VOC 2012")
    assert not app.exception and not app.error
    counts = table(app)
    assert counts["class"][14] == "person" and counts["train"][14] == 6 and counts["test"][14] == 3
    assert "a picture may show several of these classes" in captions(app)
    assert app.selectbox(key="zip_size").options[0] == "28×28"
