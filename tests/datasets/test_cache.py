"""The cache of decoded pictures: used when it is right, made anew when it is not."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from explorer.datasets import cache, photographs, turns, uploads
from explorer.datasets.catalog import prepare, preparing
from explorer.datasets.dataset import Dataset, Decoded, content_checksum
from explorer.datasets.reference import DatasetRef
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


@pytest.fixture
def ref() -> DatasetRef:
    files = zips.folders(("a", "b"), 6) | {"b/broken.jpg": b"x"}
    return uploads.save_upload(zips.zipped(files), "pets")


def decoding(ref: DatasetRef, input: InputShape = SMALL) -> tuple[Dataset, bool]:
    """The data set, and whether its pictures were decoded for it."""
    messages: list[str] = []
    dataset = prepare(ref, input, progress=lambda message, *_: messages.append(message))
    return dataset, cache.DECODING in messages


def cache_file() -> Path:
    (file,) = (settings().data_dir / "cache").glob("*.safetensors")
    return file


def content(dataset: Dataset) -> tuple[object, ...]:
    """All of a data set, out of reach of what is done to the file it is mapped from."""
    splits = [
        (split.images.tolist(), split.labels.tolist())
        for split in (dataset.train, dataset.validation, dataset.test)
    ]
    about = (dataset.conversion, dataset.notes, dataset.skipped, dataset.classes, dataset.hash)
    return (*splits, about, dataset.mean, dataset.std)


def test_the_second_time_nothing_is_decoded(ref: DatasetRef):
    first, decoded = decoding(ref)
    assert decoded
    second, decoded = decoding(ref)
    assert not decoded
    assert content(first) == content(second)
    _, decoded = decoding(ref, InputShape(channels=1, height=8, width=8))
    assert decoded


def test_the_same_pictures_uploaded_twice_are_decoded_once(ref: DatasetRef):
    decoding(ref)
    assert ref.archive
    with (settings().data_dir / "uploads" / ref.archive).open("rb") as file:
        again = uploads.save_upload(file)
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


def _moved(file: Path) -> None:
    """A file of ours, but for other pictures."""
    other = uploads.save_upload(zips.zipped(zips.folders(("a", "b"), 7)))
    prepare(other, SMALL)
    (theirs,) = set(file.parent.glob("*.safetensors")) - {file}
    theirs.replace(file)


def _renamed_class(file: Path) -> None:
    """Only the description is changed, not a tensor."""
    file.write_bytes(file.read_bytes().replace(b'classes\\": [\\"a', b'classes\\": [\\"x'))


@pytest.mark.parametrize("harm", [_cut, _flip, _empty, _foreign, _lacking, _moved, _renamed_class])
def test_a_damaged_or_foreign_cache_is_made_anew(ref: DatasetRef, harm):
    first = content(decoding(ref)[0])
    harm(cache_file())
    second, decoded = decoding(ref)
    assert decoded
    assert content(second) == first
    assert not decoding(ref)[1]


def test_a_full_disk_does_not_keep_from_training(ref: DatasetRef, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object) -> None:  # as the library says it
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(cache, "save_file", full)
    assert len(decoding(ref)[0].train) > 0
    assert list((settings().data_dir / "cache").iterdir()) == []


def test_the_oldest_are_forgotten(ref: DatasetRef, monkeypatch: pytest.MonkeyPatch):
    decoding(ref)
    first = cache_file()
    monkeypatch.setattr(cache, "KEPT_DATASETS", 0)
    decoding(ref, InputShape(channels=1, height=8, width=8))
    assert cache_file() != first


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells what is mapped")
def test_pictures_are_mapped_from_the_file_not_read(ref: DatasetRef):
    for _ in range(2):  # when they were just decoded, and later
        dataset, _ = decoding(ref)
        for split in (dataset.train, dataset.validation, dataset.test):
            assert split.pool.data_ptr() == dataset.train.pool.data_ptr()
        address = dataset.train.pool.data_ptr()
        lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
        of_file = [line[0] for line in lines if line[-1] == str(cache_file())]
        spans = [[int(end, 16) for end in span.split("-")] for span in of_file]
        assert any(start <= address < end for start, end in spans)


def test_a_file_that_rests_is_checked_in_full_once(
    ref: DatasetRef, monkeypatch: pytest.MonkeyPatch
):
    checked: list[int] = []

    def counting(decoded: Decoded) -> str:
        checked.append(len(decoded.labels))
        return content_checksum(decoded)

    decoding(ref)
    monkeypatch.setattr(cache, "content_checksum", counting)
    decoding(ref)
    decoding(ref)
    assert checked == [12, 12]  # it was written a moment ago
    checked.clear()
    status = cache_file().stat()
    os.utime(cache_file(), (status.st_atime, status.st_mtime - 60))
    for _ in range(3):
        assert not decoding(ref)[1]
    assert checked == [12]
    _flip(cache_file())
    assert decoding(ref)[1]


def test_what_is_skipped_is_known_once_the_pictures_are_decoded(ref: DatasetRef):
    assert photographs.skipped(ref, SMALL) is None
    dataset, _ = decoding(ref)
    assert photographs.skipped(ref, SMALL) == dataset.skipped
    assert [name for name, _ in dataset.skipped] == ["b/broken.jpg"]
    assert photographs.skipped(ref, InputShape(channels=1, height=8, width=8)) is None


def test_another_way_to_fit_is_another_file(ref: DatasetRef):
    decoding(ref)
    assert decoding(ref.model_copy(update={"fit": "pad"}))[1]
    # which pictures stay together is no matter of decoding
    assert not decoding(ref.model_copy(update={"group": "name", "stratify": False}))[1]
    assert [(one.title, one.input, one.pictures, one.skipped) for one in cache.entries()] == [
        ("pets", (3, 8, 8), 12, 1)
    ] * 2


def steps_of(ref: DatasetRef) -> Generator[tuple[str, int, int], None, Dataset]:
    return preparing(ref, SMALL)


def to_the_end(steps: Generator[object, None, Dataset]) -> Dataset:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def until(steps: Generator[tuple[str, int, int], None, Dataset], message: str) -> None:
    for _ in range(100):  # a step of waiting takes a tenth of a second
        if next(steps)[0] == message:
            return
    pytest.fail(f"Never said: {message}")


def test_two_runs_decode_once_the_second_waits(ref: DatasetRef):
    first, second = steps_of(ref), steps_of(ref)
    until(first, cache.DECODING)
    until(second, turns.WAITING)
    assert next(second)[0] == turns.WAITING
    one = to_the_end(first)
    messages = [message for message, *_ in second]
    assert cache.DECODING not in messages
    assert content(decoding(ref)[0]) == content(one)
    assert not list((settings().data_dir / "cache").glob("*.lock"))


def test_whoever_goes_on_decoding_is_not_overtaken(ref: DatasetRef):
    first, second = steps_of(ref), steps_of(ref)
    until(first, cache.DECODING)
    (lock,) = (settings().data_dir / "cache").glob("*.lock")
    os.utime(lock, (0, 0))  # as if the first step had taken very long
    until(first, "Decoding the pictures")
    until(second, turns.WAITING)
    assert [next(second)[0] for _ in range(3)] == [turns.WAITING] * 3
    assert content(to_the_end(first)) == content(to_the_end(second))


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "killed"])
def test_whoever_waits_takes_over(ref: DatasetRef, monkeypatch: pytest.MonkeyPatch, stopped: bool):
    first, second = steps_of(ref), steps_of(ref)
    until(first, cache.DECODING)
    until(second, turns.WAITING)
    if stopped:
        first.close()
    else:  # nobody touches the lock any more
        monkeypatch.setattr(turns, "STALE_SECONDS", 0.2)
    until(second, cache.DECODING)
    assert len(to_the_end(second).train) > 0


def test_a_cache_that_cannot_be_written_does_not_keep_from_training(ref: DatasetRef):
    (settings().data_dir / "cache").write_text("a file where the folder should be")
    assert len(to_the_end(steps_of(ref)).train) > 0
