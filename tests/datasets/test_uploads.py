"""Uploaded zips: found again by who uploaded them, and deleted when nobody needs them."""

import os
import time
from pathlib import Path

import pytest

from explorer.datasets import uploads
from explorer.datasets.reference import DatasetRef
from explorer.settings import settings
from tests.datasets import zips

ANN, BEN = "a" * 64, "b" * 64
DAY = 24 * 3600


def upload(name: str, owner: str = "", days_ago: float = 0) -> DatasetRef:
    ref = uploads.save_upload(zips.zipped(zips.folders("ab")), name, owner=owner)
    for file in files(ref):
        then = time.time() - days_ago * DAY
        os.utime(file, (then, then))
    return ref


def files(ref: DatasetRef) -> list[Path]:
    assert ref.archive
    return sorted(folder().glob(f"{Path(ref.archive).stem}.*"))


def folder() -> Path:
    return settings().data_dir / "uploads"


def test_everybody_finds_their_own_and_the_newest_first():
    old = upload("old", ANN, days_ago=2)
    new = upload("new", ANN, days_ago=1)
    theirs = upload("theirs", BEN)
    upload("nobody's")
    assert uploads.uploads_of(ANN) == (new, old)
    assert uploads.uploads_of(BEN) == (theirs,)
    assert uploads.uploads_of("") == uploads.uploads_of("c") == ()


def test_old_ones_that_no_run_needs_are_deleted_with_their_notes():
    old, needed = upload("old", ANN, days_ago=8), upload("needed", ANN, days_ago=80)
    without_note, new = upload("x", days_ago=8), upload("new", BEN, days_ago=6.9)
    assert needed.archive
    gone = uploads.expire_uploads({needed.archive})
    assert set(gone) == {old.archive, without_note.archive}
    assert set(folder().iterdir()) == {*files(needed), *files(new)}
    assert uploads.uploads_of(ANN) == (needed,)


def test_how_long_they_are_kept_is_a_setting(monkeypatch: pytest.MonkeyPatch):
    ref = upload("one", ANN, days_ago=2)
    assert uploads.expire_uploads(()) == ()
    monkeypatch.setenv("EXPLORER_KEEP_UPLOADS_DAYS", "1.5")
    settings.cache_clear()
    assert uploads.expire_uploads(()) == (ref.archive,)


def test_what_broken_off_uploads_left_goes_after_a_day():
    ref = upload("one", ANN)
    broken, recent = folder() / ".abc.zip.tmp", folder() / ".def.zip.tmp"
    orphan = folder() / "gone.json"
    for left in (broken, recent, orphan):
        left.write_text("x")
    for left in (broken, orphan):
        os.utime(left, (0, time.time() - 2 * DAY))
    uploads.expire_uploads(())
    assert set(folder().iterdir()) == {*files(ref), recent}


def test_without_any_upload_there_is_nothing_to_do():
    assert uploads.expire_uploads(()) == ()
    assert uploads.uploads_of(ANN) == ()


def test_a_note_that_cannot_be_read_hides_its_zip_but_does_not_keep_it():
    ref = upload("one", ANN, days_ago=8)
    note = files(ref)[0]
    assert note.suffix == ".json"
    note.write_text('{"owner": 3}')
    assert uploads.uploads_of(ANN) == ()
    assert uploads.expire_uploads(()) == (ref.archive,)
