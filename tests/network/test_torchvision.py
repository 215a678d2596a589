"""torchvision's whole networks at the size of ImageNet, layer by layer as torchinfo lists them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Pretrained
from explorer.network.layers import AdaptiveAvgPool2d, Dropout, Flatten, Linear, ReLU
from explorer.network.shapes import trace
from explorer.settings import settings

CLASSES = Linear(out_features=1000)
MEAN = (AdaptiveAvgPool2d(output_size=1), Flatten())
VGG_CLASSIFIER = (Linear(out_features=4096), ReLU(), Dropout())

WHOLE: dict[str, tuple[LayerSpec, ...]] = {
    "vgg16": (AdaptiveAvgPool2d(output_size=7), Flatten(), *VGG_CLASSIFIER * 2, CLASSES),
    "resnet18": (*MEAN, CLASSES),
    "googlenet": (*MEAN, Dropout(p=0.2), CLASSES),
}
PARAMETERS = {"vgg16": 138_357_544, "resnet18": 11_689_512, "googlenet": 6_624_904}


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch, own_data_dir: Any) -> Iterator[None]:
    """Networks of this size are more than is allowed by default."""
    monkeypatch.setenv("EXPLORER_MAX_PARAMETERS", "200000000")
    monkeypatch.setenv("EXPLORER_MAX_ACTIVATIONS", "100000000")
    settings.cache_clear()
    yield
    settings.cache_clear()


def theirs(model: str) -> nn.Module:
    """The network on the device that takes no memory."""
    more = {"aux_logits": False, "init_weights": False} if model == "googlenet" else {}
    make: Callable[..., nn.Module] = getattr(models, model)
    with torch.device("meta"):
        return make(weights=None, **more).eval()


@pytest.mark.parametrize("model", WHOLE)
def test_shapes_parameters_and_mult_adds_of_the_whole_network(model: str) -> None:
    spec = NetworkSpec(
        name=model,
        input=InputShape(channels=3, height=224, width=224),
        layers=(Pretrained.model_validate({"model": model}), *WHOLE[model]),
    )
    traced, network = trace(spec), theirs(model)
    assert traced.failure is None
    pixels = torch.empty(1, 3, 224, 224, device="meta")
    summary = torchinfo.summary(network, input_data=pixels, verbose=0, depth=20, device="meta")
    learning = [info for info in summary.summary_list if info.is_leaf_layer and info.num_params]
    ours = [row for row in traced.leaves if row.parameters]
    assert [(row.output_shape, row.parameters) for row in ours] == [
        (tuple(info.output_size[1:]), info.num_params) for info in learning
    ]
    assert traced.parameters == summary.total_params == PARAMETERS[model]
    assert traced.forward_backward_megabytes == summary.to_megabytes(summary.total_output_bytes)
    assert traced.parameter_megabytes == summary.to_megabytes(summary.total_param_bytes)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(pixels)
    assert traced.mult_adds == counter.get_total_flops() / 2


@pytest.mark.parametrize("model", WHOLE)
def test_the_shapes_of_pooling_are_those_of_a_real_forward(model: str) -> None:
    """In torchvision's order, on a picture of odd sizes."""
    network, found = theirs(model), []
    kinds = (nn.MaxPool2d, nn.AdaptiveAvgPool2d)
    for module in network.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(lambda *given: found.append(tuple(given[-1].shape[1:])))
    with torch.no_grad():
        network(torch.empty(1, 3, 193, 131, device="meta"))
    spec = NetworkSpec(
        name=model,
        input=InputShape(channels=3, height=193, width=131),
        layers=(Pretrained.model_validate({"model": model}), *WHOLE[model]),
    )
    pools = [row for row in trace(spec).leaves if row.kind in ("MaxPool2d", "AdaptiveAvgPool2d")]
    assert [row.output_shape for row in pools] == found
