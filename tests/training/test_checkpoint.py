"""Weights on disk: all of them or nothing, and nothing that was not written here."""

import errno
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from explorer.errors import ExplorerError
from explorer.network.build import build
from explorer.network.presets import CLASSIFIERS, TUTORIAL_CNN, VGG_CIFAR_CNN
from explorer.network.spec import NetworkSpec
from explorer.training import checkpoint, disk

# Not the two of 20 million parameters, which would take as long as all others.
SPECS = {name: spec for name, spec in CLASSIFIERS.items() if name not in ("ResNet-34", "ResNet-50")}


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_what_was_saved_is_loaded(spec: NetworkSpec, tmp_path: Path):
    network = build(spec).to(memory_format=torch.channels_last)
    network(torch.rand(4, *spec.input.shape))  # moves the statistics of batch normalisation
    checkpoint.save(tmp_path / "new" / "w.safetensors", network, spec)
    loaded_spec, loaded = checkpoint.load(tmp_path / "new" / "w.safetensors")
    assert loaded_spec == spec
    picture = torch.rand(3, *spec.input.shape)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(picture), network.eval()(picture))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["w.safetensors"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "w.safetensors"
    checkpoint.save(path, build(TUTORIAL_CNN), TUTORIAL_CNN)
    return path


def rewritten(file: Path, tensors: dict[str, torch.Tensor], **metadata: str) -> None:
    known = {"format": checkpoint.FORMAT, "network": TUTORIAL_CNN.model_dump_json()}
    save_file(tensors, file, known | metadata)


def test_missing_cut_and_foreign_files_are_refused(file: Path, tmp_path: Path):
    with pytest.raises(ExplorerError, match="does not exist"):
        checkpoint.load(tmp_path / "none.safetensors")
    tensors = load_file(file)
    for content in (b"", b"\x80\x04pickle", file.read_bytes()[:-10]):
        file.write_bytes(content)
        with pytest.raises(ExplorerError, match="cut off or damaged"):
            checkpoint.load(file)
    save_file(tensors, file)
    with pytest.raises(ExplorerError, match="not written by this program"):
        checkpoint.load(file)
    rewritten(file, tensors, network="{}")
    with pytest.raises(ExplorerError, match="name is missing"):
        checkpoint.load(file)


def test_weights_that_do_not_fit_the_network_are_refused(file: Path):
    tensors = load_file(file)
    rewritten(file, tensors, network=VGG_CIFAR_CNN.model_dump_json())
    with pytest.raises(ExplorerError, match="other weights"):
        checkpoint.load(file)
    rewritten(file, {name: tensor for name, tensor in tensors.items() if name != "conv1.bias"})
    with pytest.raises(ExplorerError, match="other weights"):
        checkpoint.load(file)
    rewritten(file, tensors | {"conv1.bias": torch.zeros(1)})
    with pytest.raises(ExplorerError, match=r"`conv1\.bias` in another shape"):
        checkpoint.load(file)
    rewritten(file, tensors | {"conv1.bias": torch.zeros(16, dtype=torch.float64)})
    with pytest.raises(ExplorerError, match="another shape or number format"):
        checkpoint.load(file)


def test_a_failing_save_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch):
    before = file.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "to_disk", full)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(file, build(TUTORIAL_CNN), TUTORIAL_CNN)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_is_said_as_the_system_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:  # as the library says it
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(disk, "save_file", full)
    with pytest.raises(OSError, match="No space left") as error:
        disk.write_tensors(tmp_path / "weights", {"w": torch.zeros(1)}, {})
    assert error.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []
