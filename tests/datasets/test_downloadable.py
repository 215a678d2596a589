"""What is declared of torchvision's data sets, against torchvision; and files in their formats."""

import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets as originals
from torchvision.datasets.utils import calculate_md5

from explorer.datasets.catalog import CATALOG, is_present, prepare
from explorer.datasets.downloadable import (
    CIFAR100,
    DOWNLOADS,
    FASHION_MNIST,
    KMNIST,
    VOC2012,
    Download,
)
from explorer.datasets.reference import DatasetRef, Source
from explorer.errors import ExplorerError
from explorer.settings import settings

GREY = [FASHION_MNIST, KMNIST]
RANDOM = np.random.default_rng(0)


def test_vocs_address_and_folder_are_torchvisions() -> None:
    known = originals.voc.DATASET_YEAR_DICT["2012"]
    assert (VOC2012.url, VOC2012.folder) == (known["url"], known["base_dir"])


@pytest.mark.parametrize(
    "download", [one for one in DOWNLOADS.values() if one is not VOC2012], ids=lambda one: one.title
)
def test_names_files_and_addresses_are_torchvisions(download: Download):
    original = getattr(originals, download.torchvision_name)
    if hasattr(original, "resources"):
        assert download.url in [
            f"{mirror}{original.resources[0][0]}" for mirror in original.mirrors
        ]
        files = [f"raw/{name.removesuffix('.gz')}" for name, _ in original.resources]
        assert download.folder == download.torchvision_name
    else:
        assert download.url == original.url
        listed = [*original.train_list, *original.test_list]
        files = [*(name for name, _ in listed), original.meta["filename"]]
        assert download.folder == original.base_folder
    assert set(download.files) == set(files)
    if download in GREY:
        assert download.classes == tuple(original.classes)


def test_every_data_set_but_zips_has_its_facts():
    for source, info in CATALOG.items():
        if source not in ("folder", "prepared"):
            assert info.pictures and len(info.classes) >= 10 and info.licence
            assert info.input or source == "voc2012"
    assert len(set(CIFAR100.classes)) == 100


def idx(values: np.ndarray) -> bytes:
    """An array of bytes as MNIST's files have it."""
    head = struct.pack(">HBB", 0, 8, values.ndim)
    return head + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


def raw(source: Source) -> Path:
    return settings().data_dir / "datasets" / DOWNLOADS[source].folder


@pytest.mark.parametrize("source", ["fashion_mnist", "kmnist"])
def test_files_like_mnists_are_read(source: Source):
    assert not is_present(source)
    sizes = {"train": 300, "t10k": 50}
    folder = raw(source) / "raw"
    folder.mkdir(parents=True)
    pixels = {part: RANDOM.integers(0, 256, (n, 28, 28), np.uint8) for part, n in sizes.items()}
    for part, size in sizes.items():
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(pixels[part]))
        labels = (np.arange(size) % 10).astype(np.uint8)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    assert is_present(source)
    info = CATALOG[source]
    assert info.input
    dataset = prepare(DatasetRef(source=source), info.input)
    assert (dataset.name, dataset.classes) == (info.title, info.classes)
    assert np.array_equal(dataset.test.images[:, 0].numpy(), pixels["t10k"])
    assert (len(dataset.train), len(dataset.validation)) == (270, 30)
    train = dataset.train.images.double() / 255
    assert dataset.mean == pytest.approx([float(train.mean())])


def test_files_like_cifar100s_are_read_and_only_if_their_checksums_are_right(
    monkeypatch: pytest.MonkeyPatch,
):
    folder = raw("cifar100")
    folder.mkdir(parents=True)
    pixels = RANDOM.integers(0, 256, (400, 3, 32, 32), np.uint8)
    labels = [number % 100 for number in range(200)]
    for name, half in (("train", pixels[:200]), ("test", pixels[200:])):
        content = {"data": half.reshape(200, -1), "fine_labels": labels}
        (folder / name).write_bytes(pickle.dumps(content))
    (folder / "meta").write_bytes(pickle.dumps({"fine_label_names": list(CIFAR100.classes)}))
    assert CATALOG["cifar100"].input
    with pytest.raises(ExplorerError, match=r"CIFAR-100 in .* are damaged"):
        prepare(DatasetRef(source="cifar100"), CATALOG["cifar100"].input)
    for kind in ("train", "test"):
        monkeypatch.setattr(
            originals.CIFAR100, f"{kind}_list", [[kind, calculate_md5(folder / kind)]]
        )
    meta = originals.CIFAR100.meta | {"md5": calculate_md5(folder / "meta")}
    monkeypatch.setattr(originals.CIFAR100, "meta", meta)
    dataset = prepare(DatasetRef(source="cifar100"), CATALOG["cifar100"].input)
    assert np.array_equal(dataset.test.images.numpy(), pixels[200:])
    assert dataset.test.labels.tolist() == labels
    assert dataset.classes[99] == "worm"
