"""Zips of pictures: how their folders are understood, and what of them is refused."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
import torch

from explorer.datasets import folders, uploads
from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Part
from explorer.datasets.photographs import samples, spread
from explorer.media.archives import open_archive
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


def listed(file: io.BytesIO) -> folders.Listing:
    with open_archive(file) as opened:
        return folders.list_pictures(opened)


@pytest.mark.parametrize("above", ["", "pictures/", "a/b c/"])
def test_classes_are_the_folders_however_deep(above: str):
    summary = listed(zips.zipped(zips.folders(("cat", "dog"), 4, above))).summary
    assert summary.classes == ("cat", "dog")
    assert summary.counts == {Part.TRAIN: (4, 4)}
    assert summary.problems == ()


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "val", "test"),
        ("Training", "VALID", "Testing"),
        ("TRAIN", "Validation", "TEST"),
        ("Train_Set", "val-images", "test data"),
        ("trainset", "dev", "testset"),
    ],
)
@pytest.mark.parametrize("above", ["", "set/"])
def test_parts_are_respected_in_any_case(train: str, validation: str, test: str, above: str):
    files = zips.folders(("x", "y"), 5, f"{above}{train}/")
    files |= zips.folders(("x", "y"), 3, f"{above}{validation}/")
    files |= zips.folders(("y",), 2, f"{above}{test}/")
    summary = listed(zips.zipped(files)).summary
    assert summary.counts == {Part.TRAIN: (5, 5), Part.VALIDATION: (3, 3), Part.TEST: (0, 2)}


def test_parts_may_lie_inside_the_classes():
    files = zips.folders(("cat/train", "dog/train"), 4) | zips.folders(("cat/test", "dog/test"), 2)
    summary = listed(zips.zipped(files)).summary
    assert summary.classes == ("cat", "dog")
    assert summary.counts == {Part.TRAIN: (4, 4), Part.TEST: (2, 2)}
    assert summary.problems == ()


@pytest.mark.parametrize("more", [(), ("vehicles/test",)])
def test_a_train_may_be_a_vehicle(more: tuple[str, ...]):
    vehicles = listed(zips.zipped(zips.folders(("train", "car", "ship"), 3))).summary
    assert vehicles.classes == ("car", "ship", "train")
    assert vehicles.counts == {Part.TRAIN: (3, 3, 3)}
    # inside a class only if everything lies in parts
    files = zips.folders(("vehicles/train", "vehicles/car", "animals/cat", *more), 3)
    assert listed(zips.zipped(files)).summary.counts == {Part.TRAIN: (3, 6 + 3 * len(more))}


def test_how_pictures_are_kept_together_is_found_from_their_names():
    files = {}
    for name in ("cat", "dog"):
        files |= {f"train/{name}/home/tom_{number}.jpg": zips.jpeg(number) for number in range(3)}
        files |= {f"train/{name}/{number}.jpg": zips.jpeg(number) for number in range(2)}
        files |= {f"test/{name}/garden/tom_{number}.jpg": zips.jpeg(number) for number in (7, 8)}
    listing = listed(zips.zipped(files))
    by_folder, by_name = listing.summary.groups["folder"], listing.summary.groups["name"]
    assert (by_folder.count, by_folder.largest, by_folder.shared) == (6, ("home", 6), 0)
    assert (by_name.count, by_name.largest, by_name.shared) == (5, ("tom", 10), 1)


def test_a_folder_stays_in_one_set():
    """Ten walks of six frames each: no walk is in two sets, of whichever class its pictures are."""
    walks = [f"walk {number}" for number in range(10)]
    files = {
        f"{name}/{walk}/{frame}.png": zips.noise(100 * index + 10 * frame + (name == "dog"), (8, 8))
        for name in ("cat", "dog")
        for index, walk in enumerate(walks)
        for frame in range(3)
    }
    ref = uploads.save_upload(zips.zipped(files)).model_copy(update={"group": "folder"})
    dataset = prepare(ref, SMALL, validation_fraction=0.2)
    with uploads.open_upload(ref) as file, open_archive(file) as archive:
        of_row = [member.groups["folder"] for member in folders.list_pictures(archive).members]
    sets = []
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.rows is not None
        sets.append({of_row[row] for row in split.rows.tolist()})
        assert split.labels.bincount().tolist() == [len(split) // 2] * 2
    assert sum(map(len, sets)) == len(set.union(*sets)) == 10


def test_a_class_may_be_called_test_where_nothing_is_called_train():
    summary = listed(zips.zipped(zips.folders(("test", "other")))).summary
    assert summary.classes == ("other", "test")


def test_folders_below_a_class_belong_to_it():
    files = zips.folders(("cat/indoors", "cat/outdoors", "dog"), 2)
    summary = listed(zips.zipped(files)).summary
    assert dict(zip(summary.classes, summary.counts[Part.TRAIN], strict=True)) == {
        "cat": 4,
        "dog": 2,
    }


def test_what_systems_add_is_ignored_and_other_files_are_told():
    files = zips.folders(("cat", "dog"), 3)
    files |= {
        "__MACOSX/cat/._0.jpg": b"x",
        "cat/.DS_Store": b"x",
        ".hidden/1.jpg": b"x",
        "readme.txt": b"hello",
        "inner.zip": zips.zipped(zips.folders(("a", "b"))).getvalue(),
        "alone.jpg": zips.jpeg(1),
    }
    summary = listed(zips.zipped(files)).summary
    assert summary.counts == {Part.TRAIN: (3, 3)}
    assert summary.problems == (
        "Left out: 1 picture lies in no folder of a class.",
        "Left out: 2 files are no pictures.",
    )


def test_names_are_kept_as_text_composed_and_bounded():
    decomposed, script, long = "cafe\u0301", "<script>alert(1)</script>", "n" * 300
    # a "/" inside the tag makes it two folders; the class is the first
    files = zips.folders((decomposed, "café", script, long, "line\nbreak"), 2)
    classes = listed(zips.zipped(files)).summary.classes
    assert classes == ("<script>alert(1)<", "café", "line�break", "n" * 100)


def test_harmful_names_are_left_alone(tmp_path: Path):
    good = zips.folders(("cat", "dog"), 3)
    bad = {"../../cat/evil.jpg": zips.jpeg(1), "/cat/absolute.jpg": zips.jpeg(2)}
    ref = uploads.save_upload(zips.zipped(good | bad))
    assert uploads.summarise(ref).pictures == 6
    dataset = prepare(ref, SMALL)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 6
    written = {path.suffix for path in settings().data_dir.rglob("*") if path.is_file()}
    assert written == {".zip", ".safetensors"}
    assert not list(tmp_path.parent.rglob("evil.jpg"))


def test_links_are_no_pictures():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in zips.folders(("cat", "dog"), 2).items():
            opened.writestr(name, content)
        link = zipfile.ZipInfo("cat/link.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(link, "/etc/passwd")
    assert listed(buffer).summary.counts == {Part.TRAIN: (2, 2)}


def test_a_name_that_comes_twice_is_two_pictures():
    with pytest.warns(UserWarning, match="Duplicate"):
        pairs = [*zips.folders(("a", "b"), 4).items(), ("a/0.jpg", zips.jpeg(200))]
        ref = uploads.save_upload(zips.zipped_pairs(pairs))
    dataset = prepare(ref, SMALL)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 9


@pytest.mark.parametrize(
    ("labels", "count", "expected"),
    [
        ([0, 0, 0, 0, 1, 1, 1, 1], 4, [0, 2, 4, 6]),
        ([1, 0, 1, 0], 3, [1, 3, 0]),
        ([0, 0, 2, 2], 2, [0, 2]),
        (list(range(10)), 5, [0, 2, 4, 6, 8]),
        ([0], 12, [0]),
    ],
)
def test_samples_are_spread_over_classes_and_pictures(
    labels: list[int], count: int, expected: list[int]
):
    assert spread(torch.tensor(labels), count) == expected


def test_pictures_are_scaled_to_cover_and_their_middle_is_kept():
    """Red on the left and right, blue in the middle: a square of the middle is blue."""
    from PIL import Image

    picture = Image.new("RGB", (300, 100), (255, 0, 0))
    picture.paste((0, 0, 255), (100, 0, 200, 100))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    files = {f"{name}/{n}.png": buffer.getvalue() for name in "ab" for n in range(3)}
    ref = uploads.save_upload(zips.zipped(files))
    images, names = samples(ref, InputShape(channels=3, height=20, width=20), 4)
    assert names == ("a", "a", "b", "b")
    assert images.shape == (4, 3, 20, 20)
    middle = images[:, :, :, 2:18].float()
    assert torch.allclose(middle[:, 2], torch.tensor(255.0), atol=2)
    assert torch.allclose(middle[:, 0], torch.tensor(0.0), atol=2)
