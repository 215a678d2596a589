"""Networks with Pretrained blocks, torchvision's layers for them, and files of weights."""

from pathlib import Path
from typing import Any, get_args

import torch
import torchvision
from torch import nn

from explorer.network import InputShape, NetworkSpec, pretrained
from explorer.network.base import LayerSpec
from explorer.network.block_pretrained import Model
from explorer.network.extractors import EXTRACTORS
from explorer.network.layers import (
    AdaptiveAvgPool2d,
    Flatten,
    Linear,
)

MODELS = get_args(Model)
HEAD = (AdaptiveAvgPool2d(output_size=1), Flatten(), Linear(out_features=10))


def network(*layers: LayerSpec, channels: int = 3, side: int = 64, **more: Any) -> NetworkSpec:
    input = InputShape(channels=channels, height=side, width=side)
    return NetworkSpec(name="own", input=input, layers=layers, **more)


def of_torchvision(model: str) -> nn.Sequential:
    """torchvision's own layers before the classifier, random, and nothing else of it."""
    whole = meta_model(model)
    head = EXTRACTORS[model].head
    parts = nn.Sequential(*list(whole.children())[:-head]) if head else whole.features
    assert isinstance(parts, nn.Sequential)
    made = parts.to_empty(device="cpu")
    for module in made.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            module.reset_parameters()
    for name, buffer in made.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            nn.init.uniform_(buffer, 0.5, 1.5)  # as after some training
    return made.eval()


def meta_model(model: str) -> nn.Module:
    """The whole model on the device that takes no memory."""
    more = {"aux_logits": False, "init_weights": False} if model == "googlenet" else {}
    with torch.device("meta"):
        return getattr(torchvision.models, model)(weights=None, **more)


def put_file(model: str, change: Any = None) -> tuple[Path, nn.Sequential]:
    """A file as torchvision offers it, with random numbers, where it would be downloaded to."""
    layers = of_torchvision(model)
    head = EXTRACTORS[model].head
    names = [name for name in meta_model(model).state_dict() if _is_kept(model, name, head)]
    state = dict(zip(names, layers.state_dict().values(), strict=True))
    if change:
        state = change(state)
    url = torchvision.models.get_model_weights(model)["IMAGENET1K_V1"].url
    file = pretrained.folder() / url.rpartition("/")[2]
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, file)
    return file, layers


def _is_kept(model: str, name: str, head: int) -> bool:
    parts = [part for part, _ in meta_model(model).named_children()]
    return name.partition(".")[0] in (parts[:-head] if head else ["features"])
