"""Where the weights of Pretrained blocks come from, and what is said if they cannot be had."""

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.network import pretrained
from explorer.network.blocks import Pretrained, Residual, Sequential
from explorer.network.build import build
from explorer.network.layers import (
    Conv2d,
    Upsample,
)
from explorer.network.shapes import trace
from tests.network.extractor_files import (
    HEAD,
    network,
    put_file,
)


def test_the_weights_come_from_the_file_that_torchvision_would_download() -> None:
    _, theirs = put_file("resnet18")
    narrow = Conv2d(out_channels=3, kernel_size=1)
    spec = network(
        Residual(body=(Pretrained(model="resnet18"), narrow), shortcut="projection"),
        Pretrained(model="resnet18", frozen=False, name="again"),
        narrow,
        Pretrained(model="resnet18", weights="random", name="random"),
    )
    built = build(spec).eval()
    before = [value.clone() for value in built.get_submodule("random").state_dict().values()]
    assert pretrained.load(built, spec, download=False) == []
    pixels = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        actual = built.get_submodule("block1.body.features1")(pixels)
        torch.testing.assert_close(actual, theirs(pixels), rtol=1e-4, atol=1e-4)
    weights = built.get_submodule("again").state_dict().values()
    assert all(map(torch.equal, weights, theirs.state_dict().values()))
    assert all(map(torch.equal, before, built.get_submodule("random").state_dict().values()))


def test_repeated_blocks_get_them_each_time() -> None:
    _, theirs = put_file("alexnet")
    layers = (
        Pretrained(model="alexnet"),
        Conv2d(out_channels=3, kernel_size=1),
        Upsample(size=64, scale_factor=None),
    )
    spec = network(Sequential(layers=layers, repeat=2))
    built = build(spec)
    assert pretrained.load(built, spec, download=False) == []
    names = [row.name for row in trace(spec).rows if row.kind == "Pretrained"]
    assert names == ["block1.0.features1", "block1.1.features1"]
    for name in names:
        weights = built.get_submodule(name).state_dict().values()
        assert all(map(torch.equal, weights, theirs.state_dict().values()))


def test_without_the_file_they_stay_random_and_that_is_said() -> None:
    narrow = Conv2d(out_channels=3, kernel_size=1)
    spec = network(Pretrained(), narrow, Pretrained(), *HEAD)
    built = build(spec)
    before = [value.clone() for value in built.state_dict().values()]
    (notice,) = pretrained.load(built, spec, download=False)
    assert "ResNet-18 (45 MB) are not on this machine yet" in notice and "random" in notice
    assert all(map(torch.equal, before, built.state_dict().values()))
    assert pretrained.to_download([spec, spec]) == ["ResNet-18 (45 MB)"]
    assert "not on this machine yet" in pretrained.about(Pretrained())
    put_file("resnet18")
    assert pretrained.to_download([spec]) == []
    assert pretrained.about(Pretrained()) == "The weights of ResNet-18 (45 MB) are on this machine."
    assert pretrained.about(Pretrained(weights="random")) == ""


def test_a_download_that_is_not_possible_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise OSError("[Errno -2] Name or service not known")

    monkeypatch.setattr("torch.hub.urlopen", offline)
    spec = network(Pretrained(model="googlenet"), *HEAD)
    (notice,) = pretrained.load(build(spec), spec, download=True)
    assert "GoogLeNet (50 MB) could not be downloaded" in notice
    assert "googlenet-1378be20.pth" in notice and str(pretrained.folder()) in notice


class Hostile:
    """A pickle of it makes a file as soon as it is read."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (self.path, "w"))


def test_a_damaged_or_foreign_file_is_refused() -> None:
    spec = network(Pretrained(model="resnet18"), *HEAD)
    built = build(spec)
    file, _ = put_file("resnet18")
    whole = file.read_bytes()
    before = [value.clone() for value in built.state_dict().values()]
    file.write_bytes(whole[:-1000])
    (cut,) = pretrained.load(built, spec, download=True)
    put_file("resnet18", lambda state: dict(list(state.items())[5:]))
    (missing,) = pretrained.load(built, spec, download=True)
    put_file(
        "resnet18",
        lambda state: (
            {name: value[:1] for name, value in state.items() if value.dim()}
            | {name: value for name, value in state.items() if not value.dim()}
        ),
    )
    (other,) = pretrained.load(built, spec, download=True)
    made = file.with_name("made")
    file.write_bytes(pickle.dumps(Hostile(made)))
    (hostile,) = pretrained.load(built, spec, download=True)
    assert not made.exists()
    for notice in (cut, missing, other, hostile):
        assert f"{file}, is damaged or of another model" in notice
    assert all(map(torch.equal, before, built.state_dict().values()))
