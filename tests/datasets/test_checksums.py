"""A file's checksum is remembered as long as the file is as it was, and not a moment longer."""

import os
from pathlib import Path

import pytest

from explorer.datasets import checksums
from explorer.datasets.checksums import file_checksum, forget_vanished, remembered
from explorer.settings import settings

LONG_AGO = 1_600_000_000 * 10**9  # nanoseconds


class Reader:
    """Reads a file and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.path.read_text()

    def ask(self) -> str:
        return remembered(self.path, "text", self)


def age(path: Path, nanoseconds: int = LONG_AGO) -> None:
    os.utime(path, ns=(nanoseconds, nanoseconds))


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    path = tmp_path / "file"
    path.write_text("first")
    age(path)
    return Reader(path)


def test_a_file_that_rests_is_read_once(reader: Reader):
    assert [reader.ask() for _ in range(3)] == ["first"] * 3
    assert reader.times == 1


def test_a_file_written_a_moment_ago_is_read_again(reader: Reader):
    reader.path.write_text("new")
    reader.ask()
    reader.ask()
    assert reader.times == 2


def _another_size(path: Path) -> None:
    path.write_text("longer than before")
    age(path)


def _another_time(path: Path) -> None:
    path.write_text("FIRST")
    age(path, LONG_AGO + 1)


def _another_file(path: Path) -> None:
    other = path.with_name("other")
    other.write_text("FIRST")
    age(other)
    other.replace(path)


@pytest.mark.parametrize("change", [_another_size, _another_time, _another_file])
def test_a_changed_file_is_read_again(reader: Reader, change):
    reader.ask()
    change(reader.path)
    assert reader.ask() == reader.path.read_text() != "first"


def test_reading_does_not_count_as_a_change(reader: Reader):
    reader.ask()
    os.utime(reader.path, ns=(LONG_AGO + 10**12, LONG_AGO))  # time of access
    reader.ask()
    assert reader.times == 1


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"signature": 3}', "\x00"])
def test_a_damaged_note_is_no_note(reader: Reader, content: str):
    reader.ask()
    (note,) = (settings().data_dir / "cache" / "checked").iterdir()
    note.write_text(content)
    assert reader.ask() == "first"
    assert reader.times == 2


def test_a_full_disk_does_not_matter(reader: Reader, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checksums, "write_whole", full)
    assert reader.ask() == reader.ask() == "first"


def test_several_facts_about_one_file_are_kept_apart(reader: Reader):
    assert remembered(reader.path, "one", lambda: "1") == "1"
    assert remembered(reader.path, "two", lambda: "2") == "2"
    assert len(file_checksum(reader.path)) == 64


def test_notes_on_files_that_are_gone_are_removed(reader: Reader):
    reader.ask()
    forget_vanished()
    reader.ask()
    assert reader.times == 1
    reader.path.unlink()
    forget_vanished()
    assert not list((settings().data_dir / "cache" / "checked").iterdir())
