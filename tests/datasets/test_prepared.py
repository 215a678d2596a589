"""What whoever runs the server prepares for everybody, by command."""

import os
import zipfile
from pathlib import Path

import pytest

from explorer.datasets import downloads, prepared
from explorer.datasets.__main__ import main
from explorer.datasets.catalog import prepare
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.settings import settings
from tests.datasets import zips

SMALL = InputShape(channels=3, height=8, width=8)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of pictures, with a file that cannot be read and a link out of it."""
    files = zips.folders(("cat", "dog"), 5, "pets/") | {"pets/cat/broken.jpg": b"x"}
    folder = write(tmp_path, files) / "pets"
    outside = tmp_path / "secret.jpg"
    outside.write_bytes(zips.jpeg(1))
    (folder / "dog" / "link.jpg").symlink_to(outside)
    return folder


@pytest.fixture
def pets_zip(tmp_path: Path) -> Path:
    file = tmp_path / "My pets.zip"
    file.write_bytes(zips.zipped(zips.folders(("cat", "dog"), 4)).getvalue())
    return file


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_a_folder_is_offered_decoded_and_what_is_left_out_is_listed(
    pets: Path, capsys: pytest.CaptureFixture[str]
):
    assert run("prepare", pets, "--name", "Pets at home", "--input", "3x8x8") == 0
    said = capsys.readouterr().out
    assert "Pets at home: 11 pictures of 0 cat, 1 dog" in said
    assert "Pets at home at 3×8×8: 10 to train on" in said
    assert "decoded in" in said
    assert "Left out: cat/broken.jpg (This file is none of the kinds of picture" in said
    (one,) = prepared.all_prepared()
    assert (one.ref.name, one.classes, one.inputs) == ("Pets at home", ("cat", "dog"), (SMALL,))
    assert one.counts == {"train": (6, 5)}
    messages: list[str] = []
    dataset = prepare(one.ref, SMALL, progress=lambda message, *_: messages.append(message))
    assert messages == ["Looking into the zip"]
    assert dataset.skipped[0][0] == "cat/broken.jpg"


def test_a_zip_is_offered_under_its_own_name_and_twice_is_not_decoded_twice(
    pets_zip: Path, capsys: pytest.CaptureFixture[str]
):
    assert run("prepare", pets_zip) == 0
    assert "My pets at 3×64×64" in capsys.readouterr().out
    assert run("prepare", pets_zip, "--input", "3×64×64", "--input", "1x8x8") == 0
    said = capsys.readouterr().out
    assert "My pets at 3×64×64: 8 to train on; 0.1 MB, was there already" in said
    (one,) = prepared.all_prepared()
    assert [input.shape for input in one.inputs] == [(3, 64, 64), (1, 8, 8)]
    pets_zip.unlink()
    assert len(prepare(one.ref, SMALL).train) == 4  # of 8, 2 test and 2 validate


def test_the_same_folder_makes_the_same_zip(pets: Path):
    archives = []
    for name, moment in (("one", 1_500_000_000), ("two", 1_600_000_000)):
        for file in pets.rglob("*.jpg"):
            os.utime(file, (moment, moment))
        steps = prepared.add(pets, name)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                archives.append(settings().data_dir / "prepared" / end.value.ref.archive)
                break
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with zipfile.ZipFile(archives[0]) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert "dog/link.jpg" not in archive.namelist()


def test_preparing_a_name_again_replaces_it(pets: Path, pets_zip: Path):
    assert run("prepare", pets_zip, "--name", "pets", "--input", "1x8x8") == 0
    assert run("prepare", pets, "--name", "pets", "--input", "1x8x8", "--fit", "pad") == 0
    (one,) = prepared.all_prepared()
    assert one.pictures == 11
    assert one.ref.fit == "pad"


def test_what_goes_wrong_is_said_and_the_rest_is_done(
    pets_zip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "empty").mkdir()
    assert run("prepare", "cifra10", tmp_path / "none.zip", tmp_path / "empty", pets_zip) == 1
    said = capsys.readouterr()
    assert "cifra10: There is no data set, folder or zip of this name." in said.err
    assert "kmnist, cifar10" in said.err
    assert "There is no file or folder" in said.err
    assert "no folders of pictures" in said.err
    assert "My pets at 3×64×64" in said.out
    assert len(list((settings().data_dir / "prepared").iterdir())) == 2


def test_what_cannot_be_decoded_is_not_offered(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = {f"{name}/{number}.jpg": b"nothing" for name in "ab" for number in range(3)}
    assert run("prepare", write(tmp_path / "broken", files)) == 1
    assert "no two classes left" in capsys.readouterr().err
    assert prepared.all_prepared() == ()


def test_a_name_is_for_a_single_folder(pets: Path, capsys: pytest.CaptureFixture[str]):
    for sources in (["digits"], [pets, pets]):
        with pytest.raises(SystemExit) as caught:
            run("prepare", *sources, "--name", "x")
        assert caught.value.code == 2
        assert "--name is for a single folder or zip" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["3x8", "2x8x8", "3x0x8", "3x8x9999", "axbxc"])
def test_impossible_sizes_are_refused(text: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        run("prepare", "digits", "--input", text)
    assert caught.value.code == 2
    assert text in capsys.readouterr().err


def test_the_list_says_what_is_here_and_what_would_be_downloaded(
    pets_zip: Path, capsys: pytest.CaptureFixture[str]
):
    assert run("list") == 0
    said = capsys.readouterr().out
    assert "digits          1,797 pictures,  10 classes, 1×8×8, here" in said
    assert "cifar100       60,000 pictures, 100 classes, 3×32×32, not here: a download of" in said
    assert "No folder or zip is prepared here." in said
    run("prepare", pets_zip, "--input", "3x8x8")
    capsys.readouterr()
    run("list")
    said = capsys.readouterr().out
    assert "  My pets: 8 pictures, 2 classes, decoded at 3×8×8" in said
    assert "  My pets at 3×8×8: 8 pictures, 0.0 MB" in said


def test_what_is_removed_is_no_longer_offered(pets_zip: Path, capsys: pytest.CaptureFixture[str]):
    run("prepare", pets_zip, "--input", "3x8x8")
    (one,) = prepared.all_prepared()
    assert run("remove", "My pet") == 1
    assert "There are: “My pets”." in capsys.readouterr().err
    assert run("remove", "My pets") == 0
    assert prepared.all_prepared() == ()
    with pytest.raises(ExplorerError) as caught:
        prepare(one.ref, SMALL)
    assert "ask whoever runs the server" in caught.value.remedy


def test_a_note_that_cannot_be_read_or_is_of_another_kind_is_passed_over(pets_zip: Path):
    run("prepare", pets_zip, "--input", "3x8x8")
    (note,) = (settings().data_dir / "prepared").glob("*.json")
    good = note.read_text()
    for bad in ("", "{}", good.replace('"prepared"', '"folder"'), good[:-20]):
        note.write_text(bad)
        assert prepared.all_prepared() == ()
    note.write_text(good)
    assert len(prepared.all_prepared()) == 1


def test_prepared_and_uploaded_zips_are_in_different_places():
    archive = "prepared-" + "a" * 32 + ".zip"
    folder = settings().data_dir / "uploads"
    folder.mkdir(parents=True)
    (folder / archive).write_bytes(zips.zipped(zips.folders("ab")).getvalue())
    with pytest.raises(ExplorerError, match="no longer on this server"):
        prepare(DatasetRef(source="prepared", archive=archive, name="x"), SMALL)


def test_a_data_set_of_the_catalog_is_prepared_at_any_size(
    real_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("EXPLORER_DATASETS", str(real_data))
    settings.cache_clear()
    assert run("prepare", "digits", "mnist", "--input", "1x10x10") == 0
    assert run("prepare", "mnist", "--input", "1x10x10") == 0
    said = capsys.readouterr().out
    assert "Digits (bundled) at 1×10×10: 1,797 to train on" in said
    assert "MNIST at 1×10×10: 60,000 to train on, 10,000 for the test; 7.0 MB, decoded in" in said
    assert said.endswith("was there already\n")


def test_offline_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def no_network(*_args: object, **_options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(downloads.urllib.request, "urlopen", no_network)
    assert run("prepare", "kmnist") == 1
    assert "KMNIST is not on this computer and could not be downloaded" in capsys.readouterr().err
