"""The cache of decoded pictures: used when it is right, made anew when it is not."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.datasets import cache, folders
from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Dataset
from explorer.datasets.reference import DatasetRef
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


@pytest.fixture
def ref() -> DatasetRef:
    files = zips.folders(("a", "b"), 6) | {"b/broken.jpg": b"x"}
    return folders.save_upload(zips.zipped(files), "pets")


def decoding(ref: DatasetRef, input: InputShape = SMALL) -> tuple[Dataset, bool]:
    """The data set, and whether its pictures were decoded for it."""
    messages: list[str] = []
    dataset = prepare(ref, input, progress=lambda message, *_: messages.append(message))
    return dataset, "Decoding the pictures" in messages


def cache_file() -> Path:
    (file,) = (settings().data_dir / "cache").glob("*.safetensors")
    return file


def same(one: Dataset, two: Dataset) -> bool:
    return (
        torch.equal(one.train.images, two.train.images)
        and torch.equal(one.test.labels, two.test.labels)
        and (one.conversion, one.notes, one.classes) == (two.conversion, two.notes, two.classes)
    )


def test_the_second_time_nothing_is_decoded(ref: DatasetRef):
    first, decoded = decoding(ref)
    assert decoded
    second, decoded = decoding(ref)
    assert not decoded
    assert same(first, second)
    _, decoded = decoding(ref, InputShape(channels=1, height=8, width=8))
    assert decoded


def test_the_same_pictures_uploaded_twice_are_decoded_once(ref: DatasetRef):
    decoding(ref)
    assert ref.archive
    with (settings().data_dir / "uploads" / ref.archive).open("rb") as file:
        again = folders.save_upload(file)
    assert not decoding(again)[1]


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-20] ^= 255
    file.write_bytes(bytes(data))


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _foreign(file: Path) -> None:
    save_file({"images": torch.zeros(2)}, file, {"format": "another program"})


def _lacking(file: Path) -> None:
    save_file({"images": torch.zeros(2)}, file, {"format": cache.FORMAT, "key": file.stem})


@pytest.mark.parametrize("harm", [_cut, _flip, _empty, _foreign, _lacking])
def test_a_damaged_or_foreign_cache_is_made_anew(ref: DatasetRef, harm):
    first, _ = decoding(ref)
    harm(cache_file())
    second, decoded = decoding(ref)
    assert decoded
    assert same(first, second)
    assert not decoding(ref)[1]


def test_a_full_disk_does_not_keep_from_training(ref: DatasetRef, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "save_file", full)
    assert len(decoding(ref)[0].train) > 0
    assert list((settings().data_dir / "cache").iterdir()) == []


def test_the_oldest_are_forgotten(ref: DatasetRef, monkeypatch: pytest.MonkeyPatch):
    decoding(ref)
    first = cache_file()
    monkeypatch.setattr(cache, "KEPT_DATASETS", 0)
    decoding(ref, InputShape(channels=1, height=8, width=8))
    assert cache_file() != first
