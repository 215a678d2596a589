"""Random networks of every kind: trace, module, code, file and link say the same."""

from random import Random

import pytest
import torch
from torch import nn

from explorer.network import NetworkSpec
from explorer.network.blocks import BLOCKS, walk
from explorer.network.layers import KINDS
from explorer.network.onnx_export import WRITERS
from explorer.network.presets import PRESETS
from tests.network import agreement
from tests.network.long_checks import check_working
from tests.network.networks import at_random
from tests.network.random_networks import random_networks

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")

COUNT = 2 * len(KINDS)


@pytest.fixture(scope="module")
def networks() -> list[NetworkSpec]:
    return list(random_networks(Random(7), COUNT))


def test_every_kind_is_among_them(networks: list[NetworkSpec]) -> None:
    kinds = {node.kind for spec in networks for _, _, node in walk(spec.layers)}
    assert kinds >= set(KINDS) | (set(BLOCKS) - {"Pretrained"})


def test_random_networks_agree_with_their_modules(networks: list[NetworkSpec]) -> None:
    torch.manual_seed(0)
    for spec in networks:
        check_working(spec)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_agree_with_their_modules(name: str) -> None:
    agreement.assert_trace_is_forward(at_random(PRESETS[name]))


def test_a_difference_would_be_noticed(
    networks: list[NetworkSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, nn.ReLU, WRITERS[nn.Tanh])
    with_it = [spec for spec in networks if any(n.kind == "ReLU" for _, _, n in walk(spec.layers))]
    torch.manual_seed(0)
    with pytest.raises(AssertionError, match="not close"):
        for spec in with_it:
            check_working(spec)
