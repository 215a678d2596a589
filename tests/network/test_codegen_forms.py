"""The three forms of source, each run in a fresh interpreter, and read back in."""

import os
import random
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network.base import LayerSpec
from explorer.network.blocks import Block, Branches, Residual, Sequential
from explorer.network.build import build
from explorer.network.codegen import source
from explorer.network.codegen_explained import explain_class
from explorer.network.codegen_forms import sequential_source, training_script
from explorer.network.importing import read_source, stated_input
from explorer.network.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    ReLU,
)
from explorer.network.presets import CLASSIFIERS, PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.network.summary_text import summary_text

FORMS = (source, sequential_source, training_script)
_CHECK = """
import runpy, sys, torch
for number in range(int(sys.argv[1])):
    made = runpy.run_path(f"{number}.py", run_name="generated")
    network = (made["model"] if "model" in made else made["Network"]()).eval()
    given = torch.load(f"{number}.pt")
    keys = list(network.state_dict())
    assert len(keys) == len(given["weights"])
    network.load_state_dict(dict(zip(keys, given["weights"])))
    with torch.no_grad():
        torch.testing.assert_close(network(given["x"]), given["y"], rtol=0, atol=1e-6)
print("same")
"""
BUILT = ("LeNet-5", "Bottleneck block", "Small DenseNet")


def _run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # no spinning beside other tests
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _normalised(spec: NetworkSpec) -> NetworkSpec:
    channels = spec.input.channels
    normalisation = Normalisation(mean=(0.4,) * channels, std=(0.2,) * channels)
    return spec.model_copy(update={"normalisation": normalisation})


def test_a_fresh_interpreter_gives_the_same_outputs(tmp_path: Path) -> None:
    torch.manual_seed(0)
    chosen = [PRESETS[name] for name in BUILT]
    chosen += [_normalised(chosen[0]), PRESETS["3-D CNN for clips"]]
    chosen = [(write, spec) for write in FORMS[:2] for spec in chosen]
    chosen += [(training_script, _normalised(PRESETS[BUILT[0]]))]
    for number, (write, spec) in enumerate(chosen):
        built = build(spec).eval()
        x = torch.rand(2, *spec.input.shape)
        given = {"weights": list(built.state_dict().values()), "x": x, "y": built(x).detach()}
        torch.save(given, tmp_path / f"{number}.pt")
        (tmp_path / f"{number}.py").write_text(write(spec), encoding="utf-8")
    (tmp_path / "check.py").write_text(_CHECK, encoding="utf-8")
    assert _run(tmp_path, "check.py", str(len(chosen))) == "same\n"


def test_the_script_trains_on_the_bundled_digits(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(training_script(TUTORIAL_CNN), encoding="utf-8")
    (line,) = _run(tmp_path, "train.py", "1").splitlines()
    assert line.startswith("epoch 1: training loss ") and "validation loss" in line
    assert float(line.rpartition(" ")[2].rstrip("%")) > 30  # of ten classes


def test_what_cannot_be_trained_has_no_script() -> None:
    for name in ("Two layers for CT slices", "3-D CNN for clips"):
        with pytest.raises(ExplorerError):
            training_script(PRESETS[name])


@pytest.mark.parametrize("write", FORMS)
@pytest.mark.parametrize("name", PRESETS)
def test_presets_come_back_as_they_went(write, name: str) -> None:
    spec = _normalised(PRESETS[name])
    if write is not training_script or name in CLASSIFIERS:
        text = write(spec)
        assert read_source(text, spec.input) == spec
        assert stated_input(text) == spec.input


def test_random_networks_come_back_as_they_went() -> None:
    pick = random.Random(5)
    for _ in range(100):
        spec = _random_network(pick)
        for write in (source, sequential_source):
            again = read_source(write(spec), spec.input)
            assert _named(again.layers) == _named(spec.layers)
            assert again.name == spec.name and again.normalisation == spec.normalisation


def _named(nodes: Iterable[LayerSpec]) -> tuple[LayerSpec, ...]:
    """With every name written out: whether one is given or comes by itself is all the same."""
    from explorer.network.blocks import names_of

    nodes = tuple(nodes)
    made = []
    for name, node in zip(names_of(nodes), nodes, strict=True):
        if isinstance(node, Block):
            for number, inner in enumerate(node.lists):
                node = node.with_list(number, _named(inner))
        made.append(node.model_copy(update={"name": name}))
    return tuple(made)


def _random_network(pick: random.Random) -> NetworkSpec:
    channels = pick.choice([1, 3])
    layers = _random_nodes(pick, 3)
    if pick.random() < 0.5:
        layers = (*layers, Flatten(), Linear(out_features=pick.choice([2, 10])))
    normalisation = Normalisation(mean=(0.5,) * channels, std=(0.3,) * channels)
    return NetworkSpec(
        name=pick.choice(["net", "a 'b' \"c\"", "日本", "x # y"]),
        input=InputShape(channels=channels, height=12, width=pick.choice([12, 9])),
        normalisation=normalisation if pick.random() < 0.3 else None,
        layers=layers,
    )


def _random_nodes(pick: random.Random, depth: int) -> tuple[LayerSpec, ...]:
    """Layers that keep the size, so that all ways can meet."""
    nodes: list[LayerSpec] = []
    for index in range(pick.randint(0 if depth < 3 else 1, 3)):
        name = pick.choice([None, None, None, f"part{index}", f"conv{index + 2}"])
        kind = pick.randint(0, 9 if depth else 5)
        if kind < 3:
            size = pick.choice([1, 3])
            node: LayerSpec = Conv2d(
                out_channels=pick.choice([2, 4]), kernel_size=size, padding=size // 2
            )
        elif kind < 6:
            node = pick.choice(
                [
                    ReLU(),
                    LeakyReLU(negative_slope=0.2),
                    BatchNorm2d(),
                    Dropout(p=0.25),
                    MaxPool2d(kernel_size=3, stride=1, padding=1),
                ]
            )
        elif kind == 6:
            node = Residual(body=_random_nodes(pick, depth - 1), shortcut="projection")
        elif kind == 7:
            ways = tuple(_random_nodes(pick, depth - 1) for _ in range(pick.randint(2, 3)))
            node = Branches(branches=ways)
        elif kind == 8:
            same = Conv2d(out_channels=2, kernel_size=1)
            node = Branches(branches=((same,), (*_random_nodes(pick, 0), same)), join="add")
        else:
            node = Sequential(layers=_random_nodes(pick, depth - 1), repeat=pick.randint(1, 3))
        nodes.append(node.model_copy(update={"name": name}))
    return tuple(nodes)


def test_every_part_of_the_class_is_explained_in_order() -> None:
    text = source(_normalised(PRESETS["Bottleneck block"]))
    parts, lines = explain_class(text), text.splitlines()
    assert all(before.last < after.first for before, after in pairwise(parts))
    by_title = {part.title: lines[part.first - 1 : part.last] for part in parts}
    assert by_title["Class and inheritance"] == ["class Network(nn.Module):"]
    assert by_title["`super().__init__()`"] == ["        super().__init__()"]
    assert by_title["`forward`"] == ["    def forward(self, x):"]
    assert by_title["`return`"] == ["        return x"]
    assert all(
        line.startswith("        x = ") or "#" in line for line in by_title["Calling the layers"]
    )
    # Everything that is written, but for empty lines and comments, is in one of the parts.
    explained = {line for part in parts for line in range(part.first, part.last + 1)}
    left = {line for number, line in enumerate(lines, 1) if number not in explained}
    assert all(not line.strip() or line.strip().startswith("#") for line in left)


@pytest.mark.parametrize("name", ["LeNet-5", "Bottleneck block", "ResNet-34"])
def test_the_summary_adds_up(name: str) -> None:
    traced = trace(PRESETS[name])
    text = summary_text(traced, name, batch_size=4)
    table, totals = text.split("Total parameters: ")
    rows = [line.split() for line in table.splitlines()[4:-1]]
    parameters = [int(row[-2].replace(",", "")) for row in rows if row[-2] != "—"]
    mult_adds = [int(row[-1].replace(",", "")) for row in rows if row[-1] != "—"]
    assert sum(parameters) == traced.parameters and sum(mult_adds) == traced.mult_adds
    assert totals.startswith(f"{traced.parameters:,}\n")
    assert f"[4, {', '.join(map(str, traced.output_shape))}]" in text
    assert len({len(line) for line in table.splitlines()}) == 1


def test_the_summary_of_a_broken_network_goes_up_to_the_error() -> None:
    traced = trace(TUTORIAL_CNN.with_layers([*TUTORIAL_CNN.layers[:2], Linear()]))
    text = summary_text(traced, "broken")
    assert "pool1" in text and "fc1 cannot work: Linear works on a plain row" in text


def test_layers_are_those_of_pytorch() -> None:
    """What the sequential form makes is an nn.Sequential of torch.nn's own layers."""
    namespace: dict[str, object] = {"__name__": "generated"}
    exec(compile(sequential_source(TUTORIAL_CNN), "generated.py", "exec"), namespace)
    assert isinstance(namespace["model"], nn.Sequential)
