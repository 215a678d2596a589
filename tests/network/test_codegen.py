"""The generated source is executed: same weights in, same outputs out."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, Normalisation
from explorer.network.blocks import Pretrained
from explorer.network.build import build
from explorer.network.codegen import source
from explorer.network.layers import Linear
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from tests.network.networks import at_random, working_networks


def _network(text: str) -> nn.Module:
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, "generated.py", "exec"), namespace)  # what is tested
    return namespace["Network"]()


def _check(spec: NetworkSpec) -> None:
    built, generated = build(spec).eval(), _network(source(spec)).eval()
    weights, theirs = built.state_dict(), generated.state_dict()
    assert [value.shape for value in theirs.values()] == [value.shape for value in weights.values()]
    if any(isinstance(node, Pretrained) for node in spec.layers):
        weights = dict(zip(theirs, weights.values(), strict=True))  # there by torchvision's names
    assert list(theirs) == list(weights)
    generated.load_state_dict(weights)
    pixels = torch.rand(2, *spec.input.shape)
    # Equal to the last bit; NaN where dilated max pooling looks at nothing but padding.
    torch.testing.assert_close(generated(pixels), built(pixels), rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("normalised", [False, True])
def test_presets(name: str, normalised: bool) -> None:
    spec = at_random(PRESETS[name])
    channels = spec.input.channels
    normalisation = Normalisation(mean=(0.4914,) * channels, std=(0.2023,) * channels)
    _check(spec.model_copy(update={"normalisation": normalisation if normalised else None}))


@given(working_networks().filter(lambda spec: len(spec.layers) > 0))
@hypothesis_settings(max_examples=150)
def test_random_networks(spec: NetworkSpec) -> None:
    _check(spec)


def test_the_normalisations_numbers_are_in_the_source() -> None:
    spec = TUTORIAL_CNN.model_copy(
        update={"normalisation": Normalisation(mean=(0.1307,), std=(0.3081,))}
    )
    generated = _network(source(spec))
    assert generated.state_dict()["normalise.mean"].item() == pytest.approx(0.1307)
    assert generated.state_dict()["normalise.std"].item() == pytest.approx(0.3081)


def test_fresh_interpreter_prints_every_shape(tmp_path: Path) -> None:
    spec = PRESETS["LeNet-5"].model_copy(
        update={"normalisation": Normalisation(mean=(0.5,), std=(0.5,))}
    )
    file = tmp_path / "network.py"
    file.write_text(source(spec), encoding="utf-8")
    printed = subprocess.run(
        [sys.executable, "-I", str(file)], capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    traced = trace(spec)
    assert printed == [
        "input (1, 1, 28, 28)",
        "normalise (1, 1, 28, 28)",
        *(f"{row.name} {(1, *row.output_shape)}" for row in traced.rows if row.depth == 0),
        f"parameters {traced.parameters}",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "'''\"\"\"",
        "\\",
        "{x}",
        "'; raise SystemExit #",
        "#",
        "日本語",
        "  # nn.Conv2d(raise SystemExit, 'a very long name of a network', 1, 2)",
        "Network\\nraise SystemExit",
    ],
)
def test_the_networks_name_is_only_text(name: str) -> None:
    _check(NetworkSpec(name=name, input=TUTORIAL_CNN.input, layers=TUTORIAL_CNN.layers))


def test_even_a_name_that_validation_would_refuse_stays_in_its_comment() -> None:
    hostile = TUTORIAL_CNN.model_copy(update={"name": "x\nraise SystemExit\r\x0craise SystemExit"})
    _network(source(hostile))


def test_a_network_that_fails_has_no_source() -> None:
    with pytest.raises(ExplorerError, match="fc1"):
        source(TUTORIAL_CNN.with_layers([Linear()]))
