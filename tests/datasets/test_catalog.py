"""Every data set of the catalog as tensors, against its own source."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torchvision import datasets as originals

from explorer.datasets import downloadable, downloads, uploads
from explorer.datasets.catalog import CATALOG, is_present, prepare
from explorer.datasets.convert import LUMA, convert
from explorer.datasets.dataset import Dataset, Split
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from explorer.settings import settings

DIGITS = DatasetRef(source="digits")
MNIST_INPUT = InputShape(channels=1, height=28, width=28)
CIFAR_INPUT = InputShape(channels=3, height=32, width=32)


def splits(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


@pytest.fixture
def mnist_here(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_DATASETS", str(real_data))
    settings.cache_clear()
    return real_data


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.urllib.request, "urlopen", _no_network)


def _no_network(*_args: object, **_options: object) -> None:
    raise OSError("no network")


def test_digits_are_scikit_learns_scaled_to_bytes():
    dataset = prepare(DIGITS, InputShape(channels=1, height=8, width=8))
    bunch = load_digits(return_X_y=True)
    expected = {
        (label, tuple(np.round(row * 255 / 16).astype(int)))
        for row, label in zip(*bunch, strict=True)
    }
    found = {
        (int(label), tuple(image.flatten().tolist()))
        for split in splits(dataset)
        for image, label in zip(split.images, split.labels, strict=True)
    }
    assert found == expected
    assert sum(map(len, splits(dataset))) == len(bunch[1]) == CATALOG["digits"].pictures
    assert dataset.conversion == "8×8 digits at their own size"


def test_digits_are_enlarged_and_coloured_as_said():
    dataset = prepare(DIGITS, InputShape(channels=3, height=28, width=28))
    assert dataset.train.images.shape[1:] == (3, 28, 28)
    assert dataset.train.images.dtype == torch.uint8
    assert torch.equal(dataset.test.images[:, 0], dataset.test.images[:, 2])
    assert dataset.conversion == (
        "8×8 digits enlarged to 28×28 (bilinear), colour from grey by repeating the channel"
    )


def test_parts_are_disjoint_stratified_and_tests_do_not_depend_on_the_seed():
    one, two = (prepare(DIGITS, MNIST_INPUT, seed=seed) for seed in (1, 2))
    again = prepare(DIGITS, MNIST_INPUT, seed=1)
    assert torch.equal(one.validation.images, again.validation.images)
    assert not torch.equal(one.validation.images, two.validation.images)
    assert torch.equal(one.test.images, two.test.images)
    for dataset in (one, two):
        for split, share in zip(splits(dataset), (0.72, 0.08, 0.2), strict=True):
            counts = split.labels.bincount(minlength=10)
            everything = sum(part.labels.bincount(minlength=10) for part in splits(dataset))
            assert torch.allclose(counts / everything, torch.tensor(share), atol=0.01)
        pictures = torch.cat([split.images.flatten(1) for split in splits(dataset)])
        assert len(pictures) == 1797
    other = prepare(DIGITS, MNIST_INPUT, validation_fraction=0.5)
    assert len(other.validation) == pytest.approx(len(other.train), abs=10)


def test_mean_and_deviation_are_those_of_the_training_pixels():
    dataset = prepare(DIGITS, InputShape(channels=1, height=20, width=12))
    pixels = dataset.train.images.double() / 255
    assert dataset.mean == pytest.approx([float(pixels.mean())], abs=1e-12)
    assert dataset.std == pytest.approx([float(pixels.std(correction=0))], abs=1e-12)
    own = dataset.normalisation("dataset")
    assert own is not None and own.mean == dataset.mean
    half = dataset.normalisation("half")
    assert half is not None and (half.mean, half.std) == ((0.5,), (0.5,))
    assert dataset.normalisation("none") is None


def test_mnist_is_torchvisions(mnist_here: Path):
    reports: list[tuple[str, int, int]] = []
    ref = DatasetRef(source="mnist")
    dataset = prepare(ref, MNIST_INPUT, progress=lambda *report: reports.append(report))
    test = originals.MNIST(mnist_here, train=False)
    train = originals.MNIST(mnist_here, train=True)
    assert torch.equal(dataset.test.images[:, 0], test.data)
    assert torch.equal(dataset.test.labels, test.targets)
    assert len(dataset.train) + len(dataset.validation) == 60_000
    both = torch.cat([dataset.train.images, dataset.validation.images])
    assert int(both.long().sum()) == int(train.data.long().sum())
    assert dataset.normalisation("dataset") == downloadable.MNIST.published
    assert reports[0] == ("Reading MNIST", 0, 0)
    assert is_present("mnist") and is_present("digits")


def test_other_sizes_have_their_own_mean(mnist_here: Path):
    dataset = prepare(DatasetRef(source="mnist"), InputShape(channels=3, height=14, width=14))
    assert dataset.conversion == (
        "28×28 digits made smaller to 14×14 (bilinear), colour from grey by repeating the channel"
    )
    pixels = dataset.train.images[:, 0].double() / 255
    assert dataset.mean == pytest.approx([float(pixels.mean())] * 3, abs=1e-9)


def test_absent_and_offline_says_what_to_do(offline: None):
    with pytest.raises(ExplorerError) as caught:
        prepare(DatasetRef(source="cifar10"), CIFAR_INPUT)
    assert "CIFAR-10 is not on this computer" in caught.value.problem
    assert str(settings().data_dir / "datasets" / "cifar-10-batches-py") in caught.value.remedy
    assert "bundled digits always work" in caught.value.remedy
    assert not is_present("cifar10")


def test_damaged_files_are_refused_in_words(offline: None):
    folder = settings().data_dir / "datasets" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for file in downloadable.CIFAR10.files:
        (folder / file).write_bytes(b"cos\nsystem\n(S'touch /tmp/pwned'\ntR.")
    with pytest.raises(ExplorerError, match=r"CIFAR-10 in .* are damaged"):
        prepare(DatasetRef(source="cifar10"), CIFAR_INPUT)


def test_colour_becomes_grey_as_pillow_does_it():
    pixels = torch.randint(0, 256, (4, 3, 9, 9), generator=torch.Generator().manual_seed(0))
    steps = convert(pixels.byte(), InputShape(channels=1, height=9, width=9), "")
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    for image, grey in zip(pixels.byte(), end.value.value, strict=True):
        pillow = Image.fromarray(image.permute(1, 2, 0).numpy()).convert("L")
        assert np.abs(np.asarray(pillow).astype(int) - grey[0].numpy()).max() <= 1
    assert sum(LUMA) == pytest.approx(1)


@pytest.mark.parametrize("channels", [2, 4])
def test_channels_that_pictures_do_not_have_are_refused(channels: int):
    with pytest.raises(ExplorerError, match=f"{channels} channels"):
        prepare(DIGITS, InputShape(channels=channels, height=8, width=8))


def test_a_data_set_too_large_for_the_settings_is_refused_before_it_is_made():
    with pytest.raises(ExplorerError, match="at most 2,000,000,000"):
        prepare(DIGITS, InputShape(channels=3, height=4000, width=1000))


def test_rock_paper_scissors_as_its_authors_divided_it(real_data: Path):
    with (real_data / "rock-paper-scissors.zip").open("rb") as file:
        ref = uploads.save_upload(file, "Rock, paper, scissors")
    dataset = prepare(ref, InputShape(channels=3, height=90, width=90))
    assert dataset.classes == ("paper", "rock", "scissors")
    assert len(dataset.train) + len(dataset.validation) == 1877
    assert len(dataset.test) == 470
    assert dataset.train.images.shape[1:] == (3, 90, 90)
    assert dataset.conversion.startswith("pictures of different sizes scaled until they just cover")
    with zipfile.ZipFile(real_data / "rock-paper-scissors.zip") as archive:
        name = min(name for name in archive.namelist() if name.startswith("testing/paper/p"))
        picture = Image.open(io.BytesIO(archive.read(name))).convert("RGB")
    # the same picture, scaled in one go by other means: close, not equal
    expected = np.asarray(picture.resize((90, 90), Image.Resampling.BOX)).astype(float)
    difference = np.abs(dataset.test.images[0].permute(1, 2, 0).numpy() - expected).mean()
    assert picture.width == picture.height and difference < 6


@pytest.mark.parametrize("each", [100])
def test_cifar_pictures_from_a_zip_are_pillows_pixels(real_data: Path, each: int):
    part = io.BytesIO()
    expected: dict[str, list[np.ndarray]] = {"train": [], "test": []}
    with (
        zipfile.ZipFile(real_data / "cifar10-jpeg.zip") as archive,
        zipfile.ZipFile(part, "w") as smaller,
    ):
        taken: dict[str, int] = {}
        for name in sorted(archive.namelist()):
            folder = name.rpartition("/")[0]
            if name.endswith(".jpg") and taken.get(folder, 0) < each:
                taken[folder] = taken.get(folder, 0) + 1
                smaller.writestr(name, archive.read(name))
                pixels = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
                expected[folder.split("/")[0]].append(pixels)
    dataset = prepare(uploads.save_upload(part), CIFAR_INPUT)
    assert dataset.classes == downloadable.CIFAR10.classes
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (900, 100, 1000)
    assert np.array_equal(dataset.test.images.permute(0, 2, 3, 1), np.stack(expected["test"]))
    both = torch.cat([dataset.train.images, dataset.validation.images])
    assert int(both.long().sum()) == int(np.stack(expected["train"]).astype(np.int64).sum())
    assert dataset.conversion == "32×32 pictures at their own size"
