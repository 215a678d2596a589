"""Reading a receipt that anybody may have made: every size, name and number is looked at first."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zipfile import ZipFile

import torch
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.media.archives import UnreadableEntryError, copy_entry, open_archive
from explorer.network.build import build
from explorer.network.spec import MAX_JSON_BYTES, NetworkSpec
from explorer.training.export.receipt import JOB, RECEIPT, Receipt, weights_name
from explorer.training.recipe import Job

_MAX_RECEIPT_BYTES = 20_000_000
_MAX_JOB_BYTES = 5 * MAX_JSON_BYTES
# What a file of weights takes besides the numbers: names, shapes and the network as JSON.
_HEADER_BYTES = 2 * MAX_JSON_BYTES + 1_000_000
_REMEDY = "Take the zip as it was downloaded, unchanged."

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class OpenReceipt:
    """A receipt that can be trusted to be one, and its files of weights, one per contender."""

    receipt: Receipt
    job: Job
    weights: tuple[Path, ...]


@contextmanager
def open_receipt(path: Path) -> Iterator[OpenReceipt]:
    """Read a receipt; its weights are on disk for as long as it is open.

    Raises:
        ExplorerError: It is no receipt, is damaged, or was changed so that it makes no sense.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror}.") from error
    with file, open_archive(file, _REMEDY) as archive, tempfile.TemporaryDirectory() as folder:
        receipt = _json(archive, RECEIPT, Receipt, _MAX_RECEIPT_BYTES)
        job = _json(archive, JOB, Job, _MAX_JOB_BYTES)
        _check(receipt, job)
        weights = []
        for number, contender in enumerate(job.contenders):
            name = weights_name(number)
            weights.append(Path(folder, name))
            _unpack_weights(archive, name, contender.network, weights[-1])
        yield OpenReceipt(receipt, job, tuple(weights))


def _json(archive: ZipFile, name: str, model: type[Model], most: int) -> Model:
    file = io.BytesIO()
    _copy(archive, name, file, most)
    try:
        return model.model_validate_json(file.getvalue())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ExplorerError(
            f"The receipt's {name} makes no sense: {where or 'it'}: {first['msg']}.",
            "It may be of another release. " + _REMEDY,
        ) from error


def _copy(archive: ZipFile, name: str, target: io.BufferedIOBase, most: int) -> None:
    try:
        copy_entry(archive, archive.getinfo(name), target, most)  # pyright: ignore[reportArgumentType]
    except KeyError:
        raise ExplorerError(f"The zip is no receipt: it has no {name}.", _REMEDY) from None
    except UnreadableEntryError as error:
        raise ExplorerError(f"The receipt's {name} cannot be read: {error}.", _REMEDY) from error


def _check(receipt: Receipt, job: Job) -> None:
    """Refuse what does not belong together."""
    count = len(job.contenders)
    told = [
        len(receipt.started.contenders),
        len(receipt.finished.trained),
        *(len(epoch.train) for epoch in receipt.epochs),
        *(len(epoch.validation) for epoch in receipt.epochs if epoch.validation is not None),
    ]
    if any(number != count for number in told):
        raise ExplorerError(
            f"The receipt tells of other networks than its {count} in {JOB}.", _REMEDY
        )
    names = [contender.name for contender in job.contenders]
    if not all(name.isprintable() for name in [*names, job.dataset.name, receipt.name]):
        raise ExplorerError("A name in the receipt cannot be shown.", _REMEDY)


def _unpack_weights(archive: ZipFile, name: str, network: NetworkSpec, target: Path) -> None:
    """Write a file of weights if its names, shapes and number formats are those of the network."""
    with torch.device("meta"):  # only shapes: nothing is allocated
        expected = build(network).state_dict()
    size = sum(tensor.numel() * tensor.element_size() for tensor in expected.values())
    with target.open("wb") as file:
        _copy(archive, name, file, size + _HEADER_BYTES)
    try:
        with safe_open(target, framework="pt") as stored:
            found = {
                key: _form(stored.get_tensor(key))
                for key in stored.keys()  # noqa: SIM118 - it is no dict
            }
    except SafetensorError as error:
        raise ExplorerError(f"The receipt's {name} is cut off or damaged.", _REMEDY) from error
    forms = {key: _form(tensor) for key, tensor in expected.items()}
    for buffer in ("normalise.mean", "normalise.std"):  # the recipe may say another normalisation
        found.pop(buffer, None)
        forms.pop(buffer, None)
    if found != forms:
        raise ExplorerError(f"The receipt's {name} holds other weights than its network.", _REMEDY)


def _form(tensor: Tensor) -> tuple[tuple[int, ...], torch.dtype]:
    return tuple(tensor.shape), tensor.dtype


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of weights, by name."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
