"""Weights on disk: safetensors with the network's spec in the file's metadata."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import nn

from explorer.errors import ExplorerError
from explorer.network.build import build
from explorer.network.spec import NetworkSpec, read_network
from explorer.training.disk import write_tensors

FORMAT = "cnn-visual-explorer weights 1"


def save(path: Path, network: nn.Module, spec: NetworkSpec) -> None:
    """Write weights and buffers of a network; whoever opens `path` sees all of it or nothing.

    Raises:
        OSError: If the disk is full or may not be written to.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
    }
    metadata = {"format": FORMAT, "network": spec.model_dump_json()}
    write_tensors(path, tensors, metadata)


def load(path: Path) -> tuple[NetworkSpec, nn.Module]:
    """The network `save` wrote, ready to be used: on the CPU, in evaluation mode.

    Raises:
        ExplorerError: If the file is missing, damaged or not one of `save`'s.
    """
    spec = load_spec(path)
    network = build(spec)
    expected = network.state_dict()
    try:
        with safe_open(path, framework="pt") as file:
            if set(file.keys()) != set(expected):
                raise _refusal(path, "holds other weights than the network it names")
            tensors = {name: file.get_tensor(name) for name in expected}
    except (SafetensorError, OSError) as error:
        raise _refusal(path, "is cut off or damaged") from error
    for name, tensor in tensors.items():
        if (tensor.shape, tensor.dtype) != (expected[name].shape, expected[name].dtype):
            raise _refusal(path, f"holds `{name}` in another shape or number format")
    network.load_state_dict(tensors)
    return spec, network.eval()


def load_spec(path: Path) -> NetworkSpec:
    """The network that `save` wrote, without reading its weights.

    Raises:
        ExplorerError: If the file is missing, damaged or not one of `save`'s.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except FileNotFoundError:
        raise _refusal(path, "does not exist") from None
    except (SafetensorError, OSError) as error:
        raise _refusal(path, "is cut off or damaged") from error
    if metadata.get("format") != FORMAT:
        raise _refusal(path, "was not written by this program")
    return read_network(metadata.get("network", ""))


def _refusal(path: Path, what: str) -> ExplorerError:
    return ExplorerError(f"The file of weights {path.name} {what}.", "Train the network again.")
