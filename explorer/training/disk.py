"""Files that are there as a whole or not at all, whatever happens to the process or the power."""

import errno
import json
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

logger = logging.getLogger(__name__)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file; whoever opens `path` sees all of it or what was there before.

    Raises:
        OSError: If the disk is full or may not be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        try:
            save_file(dict(tensors), temporary, dict(metadata))
        except SafetensorError as error:  # its own name for what the system refused
            full = "os error 28" in str(error)
            number = errno.ENOSPC if full else errno.EIO
            raise OSError(number, os.strerror(number), str(path)) from error
        to_disk(temporary)
        temporary.replace(path)
        to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remember(path: Path, record: Any) -> None:
    """Keep a dataclass of plain values as JSON for another time, if that is possible.

    Whoever measured it can do without: where the disk refuses, that is logged.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(record)))
        temporary.replace(path)
    except OSError:
        logger.exception("Could not keep %s for another time", path.parent.name)


def to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power failure."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open folders, and keeps names by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
