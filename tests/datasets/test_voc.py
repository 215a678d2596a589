"""PASCAL VOC 2012 in its genuine layout: labels of every object, parts, mistakes in words."""

from argparse import Namespace
from pathlib import Path

import pytest
import torch

from explorer.datasets import catalog, voc
from explorer.datasets.__main__ import main
from explorer.datasets.catalog import CATALOG, is_multi_label, is_present, prepare
from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.network.shapes import trace
from explorer.network.spec import InputShape
from explorer.settings import settings
from explorer.training import __main__ as training
from tests.datasets.voc_files import SHOWN, make

INPUT = InputShape(channels=3, height=32, width=32)
VOC = DatasetRef(source="voc2012", name="VOC")
CLASSES = CATALOG["voc2012"].classes


@pytest.fixture
def root() -> Path:
    """Where the app keeps what it downloaded."""
    root = settings().data_dir / "datasets"
    make(root)
    return root


def test_objects_become_labels_and_val_is_the_test(root: Path) -> None:
    assert is_present("voc2012") and is_multi_label(VOC)
    found = prepare(VOC, INPUT, validation_fraction=0.2)
    assert found.multi_label and found.classes == CLASSES
    assert (len(found.train), len(found.validation), len(found.test)) == (8, 2, 5)
    assert found.train.images.shape[1:] == (3, 32, 32)
    expected = torch.zeros(5, 20, dtype=torch.uint8)
    for row, names in enumerate(SHOWN):
        expected[row, [CLASSES.index(name) for name in names]] = 1
    assert torch.equal(found.test.labels, expected)
    assert found.test.images.float().std() > 30, "real photographs"
    totals = found.train.labels.sum(dim=0) + found.validation.labels.sum(dim=0)
    assert voc.counts()["train"] == tuple(totals.tolist())
    assert voc.counts()["test"][CLASSES.index("person")] == 3
    assert prepare(VOC, INPUT, validation_fraction=0.2).hash == found.hash
    shown = [labels for _, labels in voc.samples(10)]
    assert shown[3] == (CLASSES.index("dog"), CLASSES.index("sofa"))


def test_it_is_prepared_from_the_command_line(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "voc2012", "--input", "3x32x32"]) == 0
    assert "10 to train on, 5 for the test" in capsys.readouterr().out
    job = training._preset_job(
        Namespace(data="voc2012", network="VGG-like CIFAR CNN", preset="fast")
    )
    assert job.contenders[1].network.input.shape == (3, 32, 32)
    assert trace(job.contenders[0].network).output_shape == (20,)
    picture = root / "VOCdevkit" / "VOC2012" / "JPEGImages" / "2008_000003.jpg"
    picture.unlink()
    decoded = prepare(VOC, INPUT)
    assert decoded.skipped == (("2008_000003.jpg", "it is not there"),)


def test_absent_or_damaged_it_is_refused_in_words(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotation = root / "VOCdevkit" / "VOC2012" / "Annotations" / "2008_000002.xml"
    annotation.write_text(annotation.read_text()[:200])
    with pytest.raises(ExplorerError, match="2008_000002"):
        prepare(VOC, INPUT)
    (root / "VOCdevkit" / "VOC2012" / "ImageSets" / "Main" / "val.txt").unlink()

    def offline(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", offline)
    assert not catalog.is_present("voc2012")
    with pytest.raises(ExplorerError, match="PASCAL VOC 2012 is not on this computer") as refused:
        prepare(VOC, INPUT)
    assert "VOCdevkit/VOC2012" in refused.value.remedy
