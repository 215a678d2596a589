"""Zips of pictures that are refused, and what of others is left out: broken, hostile, too large."""

import io
import zipfile

import pytest

from explorer.datasets import uploads
from explorer.datasets.catalog import prepare
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.media import archives
from explorer.media.archives import open_archive
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch):
    """Sets EXPLORER_* settings."""

    def limit(**values: int) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"EXPLORER_{name.upper()}", str(value))
        settings.cache_clear()

    return limit


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
        uploads.save_upload(file)
    assert not list((settings().data_dir / "uploads").iterdir())


def test_entries_are_counted_before_they_become_objects(limited):
    with pytest.raises(ExplorerError, match="1,000,000 files; at most 100,000"):
        uploads.save_upload(zips.many_entries(1_000_000))
    limited(max_archive_entries=9)
    with pytest.raises(ExplorerError, match="10 files; at most 9"):
        uploads.save_upload(zips.zipped(zips.folders("ab")))


def test_an_upload_has_a_largest_size(limited):
    limited(max_upload_mb=1)
    big = zips.zipped(zips.folders("ab") | {"a/big.jpg": bytes(1_100_000)})
    with pytest.raises(ExplorerError, match="more than the 1 MB"):
        uploads.save_upload(big)
    assert not list((settings().data_dir / "uploads").iterdir())


def test_what_a_zip_unpacks_to_is_counted_not_believed(limited):
    limited(max_archive_bytes=3_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(4):
            opened.writestr(f"{number % 2}/{number}.jpg", bytes(1_000_000))
    assert len(bomb.getvalue()) < 10_000
    ref = uploads.save_upload(bomb)
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
    dataset = prepare(uploads.save_upload(zips.zipped(files)), SMALL)
    assert any("huge.png (it has more than" in note for note in dataset.notes)


def test_unreadable_pictures_are_left_out_and_named():
    files = zips.folders(("a", "b"), 6)
    files |= {
        "a/text.jpg": b"not a picture",
        "a/cut.jpg": zips.jpeg(9, (300, 300))[:400],
        "b/vector.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    dataset = prepare(uploads.save_upload(zips.zipped(files), "pets"), SMALL)
    assert dataset.name == "pets"
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 12
    assert [name for name, _ in dataset.skipped] == ["a/cut.jpg", "a/text.jpg", "b/vector.png"]
    assert dataset.skipped[2][1].startswith("This file is an SVG drawing")
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
    dataset = prepare(uploads.save_upload(io.BytesIO(bytes(data))), SMALL)
    (note,) = dataset.notes
    assert "lzma.jpg (it is compressed in an unusual way)" in note
    assert "secret.jpg (it is encrypted)" in note


def test_nothing_readable_is_refused():
    files = {f"{name}/{n}.jpg": b"nothing" for name in "ab" for n in range(3)}
    with pytest.raises(ExplorerError, match="no two classes left"):
        prepare(uploads.save_upload(zips.zipped(files)), SMALL)


def test_too_few_pictures_to_divide_are_refused():
    ref = uploads.save_upload(zips.zipped(zips.folders(("a", "b"), 1)))
    with pytest.raises(ExplorerError, match="2 pictures in 2 classes"):
        prepare(ref, SMALL)


def test_the_tensor_is_bounded_before_it_is_made(limited):
    ref = uploads.save_upload(zips.zipped(zips.folders(("a", "b"), 5)))
    limited(max_dataset_bytes=10 * 3 * 8 * 8 - 1)
    with pytest.raises(ExplorerError, match=r"1,920 bytes; at most 1,919.*3×7×7 would fit"):
        prepare(ref, SMALL)


def test_archives_are_kept_under_unguessable_names():
    file = zips.zipped(zips.folders("ab"))
    first, second = uploads.save_upload(file), uploads.save_upload(file)
    assert first.archive != second.archive
    assert first.archive and len(first.archive) >= 36
    (settings().data_dir / "uploads" / first.archive).unlink()
    with pytest.raises(ExplorerError, match="no longer on this server"):
        prepare(first, SMALL)


@pytest.mark.parametrize("archive_name", ["../secret.zip", "a/b.zip", "x.zip", "..", "a" * 30])
def test_references_cannot_point_elsewhere(archive_name: str):
    with pytest.raises(ValueError, match="archive"):
        DatasetRef(source="folder", archive=archive_name)
