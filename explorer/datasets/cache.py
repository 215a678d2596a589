"""Decoded pictures on disk, so that a data set is decoded once; shared by all workers.

A file is named after all it was made from and carries a checksum. What is not exactly what this
module wrote is made anew.
"""

import hashlib
import json
import logging
import secrets
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from explorer.datasets.convert import Report
from explorer.datasets.dataset import Decoded
from explorer.network.spec import InputShape, Normalisation
from explorer.settings import settings

FORMAT = "cnn-visual-explorer dataset 1"
KEPT_DATASETS = 5  # times the largest data set allowed

logger = logging.getLogger(__name__)


def key(source: str, files: list[Path], input: InputShape) -> str:
    """A name that changes with the content of the files and with the input shape."""
    digest = hashlib.sha256(f"{FORMAT} {source} {input.shape}".encode())
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def cached(key: str, make: Generator[Report, None, Decoded]) -> Generator[Report, None, Decoded]:
    """What `make` returns, from the cache if it was made before."""
    path = settings().data_dir / "cache" / f"{key}.safetensors"
    decoded = _load(path, key)
    if decoded is None:
        decoded = yield from make
        try:
            _store(path, key, decoded)
        except OSError:
            # A full disk is no reason not to train: next time it is decoded again.
            logger.exception("Could not keep the decoded pictures")
    return decoded


def _checksum(images: torch.Tensor, labels: torch.Tensor, parts: torch.Tensor) -> str:
    digest = hashlib.sha256()
    for tensor in (images, labels, parts):
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def _load(path: Path, key: str) -> Decoded | None:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT or metadata.get("key") != key:
                return None
            tensors = [file.get_tensor(name) for name in ("images", "labels", "parts")]
        images, labels, parts = tensors
        if metadata.get("checksum") != _checksum(images, labels, parts):
            return None
        about = json.loads(metadata["about"])
        published = about["published"]
        path.touch()  # used just now
        return Decoded(
            images,
            labels,
            parts,
            tuple(about["classes"]),
            about["conversion"],
            tuple(about["notes"]),
            Normalisation.model_validate(published) if published else None,
        )
    except FileNotFoundError:
        return None
    except (SafetensorError, OSError, KeyError, ValueError):
        logger.warning("The cache file %s is damaged and is made anew", path.name)
        return None


def _store(path: Path, key: str, decoded: Decoded) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "classes": decoded.classes,
        "conversion": decoded.conversion,
        "notes": decoded.notes,
        "published": decoded.published.model_dump() if decoded.published else None,
    }
    tensors = {"images": decoded.images, "labels": decoded.labels, "parts": decoded.parts}
    metadata = {
        "format": FORMAT,
        "key": key,
        "checksum": _checksum(decoded.images, decoded.labels, decoded.parts),
        "about": json.dumps(about),
    }
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        save_file(tensors, temporary, metadata)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _forget_oldest(path)


def _forget_oldest(newest: Path) -> None:
    """Delete what was not used for longest until the cache is of bounded size again."""
    room = KEPT_DATASETS * settings().max_dataset_bytes
    files = []
    for path in newest.parent.glob("*.safetensors"):
        with suppress(FileNotFoundError):  # another worker may delete at the same time
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0 and path != newest:
            path.unlink(missing_ok=True)
