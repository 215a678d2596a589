"""What goes into and comes out of layers is what PyTorch computes step by step."""

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import activations
from explorer.network.activations import layer_input, layer_outputs
from explorer.network.build import build
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace


@pytest.fixture
def tutorial() -> nn.Sequential:
    torch.manual_seed(0)
    return build(TUTORIAL_CNN).eval()


def picture(*shape: int) -> torch.Tensor:
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(1))


def test_outputs_are_those_of_the_layers_one_after_another(tutorial: nn.Sequential) -> None:
    values = sample = picture(1, 28, 28)
    found = layer_outputs(tutorial, values, TUTORIAL_CNN.layer_names)
    with torch.no_grad():
        for name, layer in tutorial.named_children():
            if name != "normalise":
                assert torch.equal(layer_input(tutorial, sample, name), values)
            values = layer(values)
            if name != "normalise":
                assert torch.equal(found[name], values)


@pytest.mark.parametrize(
    "name", ["ResNet-18 for small pictures", "Small Inception", "3-D CNN for clips"]
)
def test_every_row_of_a_trace_has_an_output_of_its_shape(name: str) -> None:
    spec = PRESETS[name]
    traced = trace(spec)
    names = [row.name for row in traced.rows]
    found = layer_outputs(build(spec).eval(), picture(*spec.input.shape), names)
    assert {name: tuple(values.shape[1:]) for name, values in found.items()} == {
        row.name: row.output_shape for row in traced.rows
    }


def test_layers_after_the_last_one_asked_for_are_not_computed(tutorial: nn.Sequential) -> None:
    computed: list[str] = []
    for name, layer in tutorial.named_children():
        layer.register_forward_pre_hook(lambda *_, name=name: computed.append(name))
    layer_outputs(tutorial, picture(1, 28, 28), ["conv2", "pool1"])
    assert computed[-1] == "conv2"
    assert not tutorial.get_submodule("conv2")._forward_hooks, "hooks of one call are gone after it"


def test_a_layer_that_works_in_place_changes_nothing_that_was_kept() -> None:
    module = nn.Sequential(nn.Identity(), nn.ReLU(inplace=True))
    values = torch.tensor([[-1.0, 2.0]])
    found = layer_outputs(module, values, ["0", "1"])
    assert found["0"].tolist() == [[-1, 2]] and found["1"].tolist() == [[0, 2]]


def test_unknown_layers_are_refused(tutorial: nn.Sequential) -> None:
    with pytest.raises(ExplorerError, match="no layer conv9"):
        layer_outputs(tutorial, picture(1, 28, 28), ["conv9"])


def test_what_is_too_large_to_keep_is_refused(
    tutorial: nn.Sequential, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activations, "MOST_VALUES", 16 * 28 * 28)
    assert layer_outputs(tutorial, picture(1, 28, 28), ["conv1"])
    with pytest.raises(ExplorerError, match="15,680 values; at most 12,544"):
        layer_outputs(tutorial, picture(1, 28, 28), ["conv1", "pool1"])
