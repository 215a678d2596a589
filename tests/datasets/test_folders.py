"""Zips of pictures: how their folders are understood, and what of them is refused."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
import torch

from explorer.datasets import folders
from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Part
from explorer.datasets.photographs import samples
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.media import archives
from explorer.media.archives import open_archive
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


def listed(file: io.BytesIO) -> folders.Listing:
    with open_archive(file) as opened:
        return folders.list_pictures(opened)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch):
    """Sets EXPLORER_* settings."""

    def limit(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"EXPLORER_{name.upper()}", str(value))
        settings.cache_clear()

    return limit


@pytest.mark.parametrize("above", ["", "pictures/", "a/b c/"])
def test_classes_are_the_folders_however_deep(above: str):
    summary = listed(zips.zipped(zips.folders(("cat", "dog"), 4, above))).summary
    assert summary.classes == ("cat", "dog")
    assert summary.counts == {Part.TRAIN: (4, 4)}
    assert summary.problems == ()


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "val", "test"), ("Training", "VALID", "Testing"), ("TRAIN", "Validation", "TEST")],
)
@pytest.mark.parametrize("above", ["", "set/"])
def test_parts_are_respected_in_any_case(train: str, validation: str, test: str, above: str):
    files = zips.folders(("x", "y"), 5, f"{above}{train}/")
    files |= zips.folders(("x", "y"), 3, f"{above}{validation}/")
    files |= zips.folders(("y",), 2, f"{above}{test}/")
    summary = listed(zips.zipped(files)).summary
    assert summary.counts == {Part.TRAIN: (5, 5), Part.VALIDATION: (3, 3), Part.TEST: (0, 2)}


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
    ref = folders.save_upload(zips.zipped(good | bad))
    assert folders.summarise(ref).pictures == 6
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
        ref = folders.save_upload(zips.zipped_pairs(pairs))
    dataset = prepare(ref, SMALL)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 9


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (io.BytesIO(b""), "not a zip"),
        (io.BytesIO(b"GIF89a" + b"\0" * 500), "not a zip"),
        (io.BytesIO(zips.zipped(zips.folders("ab")).getvalue()[:-30]), "not a zip"),
        (zips.zipped({}), "no folders of pictures"),
        (zips.zipped({"a/readme.txt": b"x", "b/x.exe": b"x"}), "no folders of pictures"),
        (zips.zipped({"1.jpg": zips.jpeg(1)}), "no folders of pictures"),
        (zips.zipped(zips.folders(("only",))), "only one class, “only”"),
        (zips.zipped(zips.folders(("only",), 5, "train/")), "only one class"),
        (zips.zipped(zips.folders((f"{n}" for n in range(1001)), 1)), "1,001 classes"),
    ],
)
def test_zips_without_classes_are_refused_in_words(file: io.BytesIO, words: str):
    with pytest.raises(ExplorerError, match=words):
        folders.save_upload(file)
    assert not list((settings().data_dir / "uploads").iterdir())


def test_entries_are_counted_before_they_become_objects(limited):
    with pytest.raises(ExplorerError, match="1,000,000 files; at most 100,000"):
        folders.save_upload(zips.many_entries(1_000_000))
    limited(max_archive_entries=9)
    with pytest.raises(ExplorerError, match="10 files; at most 9"):
        folders.save_upload(zips.zipped(zips.folders("ab")))


def test_an_upload_has_a_largest_size(limited):
    limited(max_upload_mb=1)
    big = zips.zipped(zips.folders("ab") | {"a/big.jpg": bytes(1_100_000)})
    with pytest.raises(ExplorerError, match="more than the 1 MB"):
        folders.save_upload(big)
    assert not list((settings().data_dir / "uploads").iterdir())


def test_what_a_zip_unpacks_to_is_counted_not_believed(limited):
    limited(max_archive_bytes=3_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(4):
            opened.writestr(f"{number % 2}/{number}.jpg", bytes(1_000_000))
    assert len(bomb.getvalue()) < 10_000
    ref = folders.save_upload(bomb)
    with pytest.raises(ExplorerError, match="unpacks to more than the 3,000,000 bytes"):
        prepare(ref, SMALL)


def test_a_file_that_is_larger_than_it_says_is_never_read_to_its_end():
    reader_input = zips.lying_about_size("a/1.jpg", bytes(5_000_000), 100)
    with open_archive(reader_input) as opened:
        reader = archives.EntryReader(opened)
        with pytest.raises(archives.UnreadableEntryError, match="damaged"):
            reader.read(opened.infolist()[0])


def test_a_single_huge_picture_is_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archives, "MAX_PICTURE_BYTES", 10_000)
    files = zips.folders(("a", "b"), 4) | {"a/huge.png": zips.noise(0, (80, 80))}
    dataset = prepare(folders.save_upload(zips.zipped(files)), SMALL)
    assert any("huge.png (it has more than" in note for note in dataset.notes)


def test_unreadable_pictures_are_left_out_and_named():
    files = zips.folders(("a", "b"), 6)
    files |= {
        "a/text.jpg": b"not a picture",
        "a/cut.jpg": zips.jpeg(9, (300, 300))[:400],
        "b/vector.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    dataset = prepare(folders.save_upload(zips.zipped(files), "pets"), SMALL)
    assert dataset.name == "pets"
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 12
    (note,) = dataset.notes
    assert note.startswith("3 of 15 pictures cannot be read and are left out: cut.jpg (")
    assert "vector.png (This file is an SVG" in note


def test_encrypted_and_strangely_compressed_pictures_are_left_out():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in zips.folders(("a", "b"), 4).items():
            opened.writestr(name, content)
        opened.writestr("a/lzma.jpg", zips.jpeg(1), zipfile.ZIP_LZMA)
        opened.writestr("b/secret.jpg", zips.jpeg(1))
    data = bytearray(buffer.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(signature) + flags] |= 1
    dataset = prepare(folders.save_upload(io.BytesIO(bytes(data))), SMALL)
    (note,) = dataset.notes
    assert "lzma.jpg (it is compressed in an unusual way)" in note
    assert "secret.jpg (it is encrypted)" in note


def test_nothing_readable_is_refused():
    files = {f"{name}/{n}.jpg": b"nothing" for name in "ab" for n in range(3)}
    with pytest.raises(ExplorerError, match="no two classes left"):
        prepare(folders.save_upload(zips.zipped(files)), SMALL)


def test_too_few_pictures_to_divide_are_refused():
    ref = folders.save_upload(zips.zipped(zips.folders(("a", "b"), 1)))
    with pytest.raises(ExplorerError, match="2 pictures in 2 classes"):
        prepare(ref, SMALL)


def test_the_tensor_is_bounded_before_it_is_made(limited):
    ref = folders.save_upload(zips.zipped(zips.folders(("a", "b"), 5)))
    limited(max_dataset_bytes=10 * 3 * 8 * 8 - 1)
    with pytest.raises(ExplorerError, match=r"1,920 bytes; at most 1,919.*3×7×7 would fit"):
        prepare(ref, SMALL)


def test_archives_are_kept_under_unguessable_names():
    file = zips.zipped(zips.folders("ab"))
    first, second = folders.save_upload(file), folders.save_upload(file)
    assert first.archive != second.archive
    assert first.archive and len(first.archive) >= 36
    (settings().data_dir / "uploads" / first.archive).unlink()
    with pytest.raises(ExplorerError, match="no longer on this server"):
        prepare(first, SMALL)


@pytest.mark.parametrize("archive_name", ["../secret.zip", "a/b.zip", "x.zip", "..", "a" * 30])
def test_references_cannot_point_elsewhere(archive_name: str):
    with pytest.raises(ValueError, match="archive"):
        DatasetRef(source="folder", archive=archive_name)


def test_pictures_are_scaled_to_cover_and_their_middle_is_kept():
    """Red on the left and right, blue in the middle: a square of the middle is blue."""
    from PIL import Image

    picture = Image.new("RGB", (300, 100), (255, 0, 0))
    picture.paste((0, 0, 255), (100, 0, 200, 100))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    files = {f"{name}/{n}.png": buffer.getvalue() for name in "ab" for n in range(3)}
    ref = folders.save_upload(zips.zipped(files))
    images, names = samples(ref, InputShape(channels=3, height=20, width=20), 10)
    assert names == ("a", "b")
    assert images.shape == (2, 3, 20, 20)
    middle = images[:, :, :, 2:18].float()
    assert torch.allclose(middle[:, 2], torch.tensor(255.0), atol=2)
    assert torch.allclose(middle[:, 0], torch.tensor(0.0), atol=2)
