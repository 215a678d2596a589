"""The weights of Pretrained blocks: torchvision's own, from the disk or downloaded by it."""

import os
import pickle
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.network.blocks import Pretrained, walk
from explorer.network.extractors import EXTRACTORS, WEIGHTS
from explorer.network.shapes import trace
from explorer.network.spec import NetworkSpec
from explorer.settings import settings

INSTEAD = ", so it starts with random weights"
"""What a note says of a network that learns all the same."""
_MOST_SECONDS = 30
"""Without a sign of the server."""


def load(module: nn.Module, spec: NetworkSpec, *, download: bool) -> list[str]:
    """Give the Pretrained blocks of a network the weights that torchvision has for them.

    A block whose weights cannot be had keeps those it has.

    Args:
        module: What `build(spec)` made; on the CPU.
        spec: The network.
        download: Whether what is not on the disk yet may be downloaded, into the data folder.

    Returns:
        For each model whose weights are missing, why, in a sentence or two for people.
    """
    notices: dict[str, str] = {}
    found: dict[str, list[Tensor]] = {}
    for block, name in _blocks(spec):
        if block.model not in found and block.model not in notices:
            try:
                found[block.model] = _tensors(block.model, download)
            except _MissingError as missing:
                notices[block.model] = str(missing)
        if block.model in found:
            target = module.get_submodule(name).state_dict()
            for here, there in zip(target.values(), found[block.model], strict=True):
                here.copy_(there)
    return list(notices.values())


def to_download(specs: Iterable[NetworkSpec]) -> list[str]:
    """What has to be downloaded before they can be trained: "VGG-16 (528 MB)"."""
    models = dict.fromkeys(block.model for spec in specs for block, _ in _blocks(spec))
    return [_title(model) for model in models if _file(model) is None]


def about(block: Pretrained) -> str:
    """Where the weights of a block stand, in a sentence for people; "" if it starts at random."""
    if block.weights == "random":
        return ""
    if _file(block.model):
        return f"The weights of {_title(block.model)} are on this machine."
    return (
        f"The weights of {_title(block.model)} are not on this machine yet: they are downloaded "
        "when the network is trained; until then it has random ones."
    )


def folder() -> Path:
    """Where weights are kept that were downloaded."""
    return settings().data_dir / "weights"


def _blocks(spec: NetworkSpec) -> list[tuple[Pretrained, str]]:
    """Every block that wants weights, with its name; repeated ones each time."""
    nodes = {
        path: node
        for path, _, node in walk(spec.layers)
        if isinstance(node, Pretrained) and node.weights == "pretrained"
    }
    if not nodes:
        return []
    return [(nodes[row.path], row.name) for row in trace(spec).rows if row.path in nodes]


class _MissingError(Exception):
    """Why the weights of a model cannot be had, in a sentence or two."""


def _tensors(model: str, download: bool) -> list[Tensor]:
    """The weights and buffers of a model's feature maps, in the order of its layers."""
    file, title = _file(model), EXTRACTORS[model].title
    if file is None and not download:
        raise _MissingError(
            f"The weights of {_title(model)} are not on this machine yet, so it has random ones "
            "here; they are downloaded when the network is trained."
        )
    try:
        with _patience():
            state = _weights(model).get_state_dict(
                progress=False,
                check_hash=True,
                model_dir=str((file.parent if file else folder()).absolute()),
                map_location="cpu",
                weights_only=True,
            )
        wanted = _names_and_shapes(model)
        tensors = [state[name] for name, _ in wanted]
    except (EOFError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
        if file is None:
            raise _MissingError(
                f"What was downloaded as the weights of {title} is not what torchvision offers, so "
                "it was refused, and it starts with random weights."
            ) from error
        raise _damaged(title, file) from error
    except OSError as error:  # urllib's errors are among them
        reason = getattr(error, "reason", error)
        raise _MissingError(
            f"The weights of {_title(model)} could not be downloaded ({reason}){INSTEAD}. "
            "Connect to the internet, or put torchvision's file "
            f"{_name(model)} into the folder {folder()}."
        ) from error
    if any(tensor.shape != shape for tensor, (_, shape) in zip(tensors, wanted, strict=True)):
        raise _damaged(title, file or folder() / _name(model))
    return tensors


@contextmanager
def _patience() -> Iterator[None]:
    """Inside, a server that says nothing is given up after a while; torch.hub would wait."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_MOST_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _damaged(title: str, file: Path) -> _MissingError:
    return _MissingError(
        f"The file with the weights of {title}, {file}, is damaged or of another "
        f"model{INSTEAD}. Delete the file; it is downloaded again then."
    )


def _names_and_shapes(model: str) -> list[tuple[str, torch.Size]]:
    """The names torchvision gives to what is in the feature maps, in the order of its layers."""
    import torchvision

    arguments: dict[str, Any] = {"weights": None}
    if model == "googlenet":
        arguments |= {"aux_logits": False, "init_weights": False}
    with torch.device("meta"):
        whole: nn.Module = getattr(torchvision.models, model)(**arguments)
    head = EXTRACTORS[model].head
    parts = list(whole.named_children())[:-head] if head else [("features", whole.features)]
    kept = {name for name, _ in parts}
    return [
        (name, value.shape)  # pyright: ignore[reportAttributeAccessIssue]
        for name, value in whole.state_dict().items()
        if name.partition(".")[0] in kept
    ]


def _weights(model: str) -> Any:
    """The member of torchvision's WeightsEnum."""
    from torchvision.models import get_model_weights

    return get_model_weights(model)[WEIGHTS]


def _name(model: str) -> str:
    return _weights(model).url.rpartition("/")[2]


def _title(model: str) -> str:
    return f"{EXTRACTORS[model].title} ({_weights(model).meta['_file_size']:.0f} MB)"


def _file(model: str) -> Path | None:
    """Where the weights lie: in the data folder, or where torchvision itself keeps them."""
    hub = Path(torch.hub.get_dir()) / "checkpoints"
    places = (place / _name(model) for place in (folder(), hub))
    return next((place for place in places if place.is_file() and os.access(place, os.R_OK)), None)
