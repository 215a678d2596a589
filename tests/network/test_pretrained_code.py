"""Pretrained blocks as PyTorch code, run and read back in; what tutorials write is read too."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.network import InputShape, NetworkSpec, pretrained
from explorer.network.blocks import Pretrained
from explorer.network.build import build
from explorer.network.codegen import source
from explorer.network.codegen_forms import sequential_source, training_script
from explorer.network.importing import import_source
from explorer.network.importing.errors import SourceError
from explorer.network.layers import (
    Flatten,
    Linear,
)
from explorer.network.shapes import trace
from tests.network.extractor_files import HEAD, MODELS, network, put_file


@lru_cache(maxsize=1)
def specs() -> tuple[NetworkSpec, ...]:
    """Every model, pretrained or not, frozen or not, with a name or without."""
    found = []
    for number, model in enumerate(MODELS):
        for weights in ("pretrained", "random"):
            for frozen in (True, False):
                name = "stem" if number % 2 else None
                fields = {"model": model, "weights": weights, "frozen": frozen, "name": name}
                found.append(network(Pretrained.model_validate(fields), *HEAD))
    return tuple(found)


@pytest.mark.parametrize("write", [source, sequential_source, training_script])
def test_code_comes_back_as_it_went(write: Any) -> None:
    for spec in specs():
        assert import_source(write(spec), spec.input).spec == spec


def test_a_fresh_interpreter_runs_the_code_with_torchvisions_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = put_file("resnet18", _with_head)
    hub = tmp_path / "hub" / "checkpoints"
    hub.mkdir(parents=True)
    file.rename(hub / file.name)
    torch.manual_seed(0)
    spec = network(Pretrained(model="resnet18"), *HEAD, side=48)
    built = build(spec).eval()
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    assert pretrained.load(built, spec, download=False) == []  # where torchvision keeps it
    pixels = torch.rand(2, 3, 48, 48)
    with torch.no_grad():
        given = {"x": pixels, "y": built(pixels), "fc": built.get_submodule("fc1").state_dict()}
    torch.save(given, tmp_path / "given.pt")
    forms = {"class.py": source(spec), "row.py": sequential_source(spec)}
    forms["train.py"] = training_script(spec)
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "check.py").write_text(_CHECK, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "check.py", *forms],
        cwd=tmp_path,
        env={"TORCH_HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "same\n"


def _with_head(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return state | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


_CHECK = """
import runpy, sys, torch
given = torch.load("given.pt")
for name in sys.argv[1:]:
    made = runpy.run_path(name, run_name="generated")
    network = (made["model"] if "model" in made else made["Network"]()).train()
    head = next(each for each in network.modules() if isinstance(each, torch.nn.Linear))
    head.load_state_dict(given["fc"])
    with torch.no_grad():  # in training mode: what is frozen is as when it is used
        torch.testing.assert_close(network(given["x"]), given["y"], rtol=1e-4, atol=1e-5)
print("same")
"""

INPUT = InputShape(channels=3, height=64, width=64)
CLASS = """
import torchvision.models as models
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        vgg = models.vgg16(weights=models.VGG16_Weights.DEFAULT)
        self.features = vgg.features
        for p in self.features.parameters():
            p.requires_grad = False
        self.fc = nn.Linear(512 * 2 * 2, 10)
    def forward(self, x):
        x = self.features(x)
        return self.fc(torch.flatten(x, 1))
"""
TUTORIAL = """
from torchvision import models
model = models.resnet18(pretrained=True)
for param in model.parameters():
    param.requires_grad = False
model.fc = nn.Linear(model.fc.in_features, 2)
model = model.to(device)
"""
CHILDREN = """
from torchvision.models import resnet50, ResNet50_Weights
backbone = resnet50(weights=ResNet50_Weights.DEFAULT)
model = nn.Sequential(*list(backbone.children())[:-1], nn.Flatten(), nn.Linear(2048, 5))
"""
INSIDE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torchvision.models.googlenet(weights=None).requires_grad_(False)
        self.body.fc = nn.Identity()
        self.head = nn.Linear(1024, 3)
    def forward(self, x):
        return self.head(self.body(x))
"""


def test_what_tutorials_write_is_imported() -> None:
    head = HEAD[:2]
    imported, fc = import_source(CLASS, INPUT), Linear(out_features=10, name="fc")
    assert imported.spec.layers == (Pretrained(model="vgg16", name="features"), Flatten(), fc)
    assert any("BatchNorm" in note.text for note in imported.notes)
    expected = (Pretrained(model="resnet18"), *head, Linear(out_features=2))
    assert import_source(TUTORIAL, INPUT).spec.layers == expected
    imported = import_source(CHILDREN, INPUT)
    free = Pretrained(model="resnet50", frozen=False)
    assert imported.spec.layers == (free, *head, Linear(out_features=5))
    assert [note.text for note in imported.notes] == [
        "The weights of ResNet-50 are IMAGENET1K_V1 here."
    ]
    inside = import_source(INSIDE, INPUT).spec
    assert trace(inside).output_shape == (3,)
    assert trace(inside).frozen_parameters == 5_599_904


@pytest.mark.parametrize(
    ("line", "says", "text"),
    [
        (
            2,
            "Only all layers of ResNet-18",
            "\nnn.Sequential(*list(models.resnet18().children())[:5])",
        ),
        (2, "torchvision's densenet121 are not known", "\nmodel = models.densenet121()\nmodel(x)"),
        (2, "classifier of torchvision's vgg16", "\nmodel = models.vgg16()"),
        (
            3,
            "`.classifier` of torchvision's vgg16",
            "\nm = models.vgg16()\nmodel = nn.Sequential(m.classifier)",
        ),
        (
            3,
            "`.conv1` of torchvision's resnet18 cannot be replaced",
            "\nm = models.resnet18()\nm.conv1 = nn.Conv2d(1, 64, 7)\n",
        ),
    ],
)
def test_what_cannot_be_taken_of_a_model_is_named(line: int, says: str, text: str) -> None:
    with pytest.raises(SourceError) as caught:
        import_source(text, INPUT)
    assert says in str(caught.value)
    assert caught.value.line == line
