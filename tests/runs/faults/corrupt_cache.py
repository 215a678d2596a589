"""Decoded MNIST in the cache is cut off, altered, foreign or half-written: it is made anew."""

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from explorer.datasets.catalog import prepare
from explorer.datasets.reference import DatasetRef
from explorer.network.spec import InputShape
from explorer.settings import settings

ROOT = Path(__file__).resolve().parents[3]
INPUT = InputShape(channels=1, height=28, width=28)


def main() -> None:
    os.environ.setdefault("EXPLORER_DATASETS", str(ROOT / ".." / "shared" / "data"))
    settings.cache_clear()
    # A copy: nothing may be mapped from the file while it is harmed.
    data_hash, pictures = _mnist_in_memory()
    (path,) = _cache_files()
    content = path.read_bytes()
    harms: dict[str, Callable[[], object]] = {
        "cut off in the middle": lambda: os.truncate(path, len(content) // 2),
        "cut off by one byte": lambda: os.truncate(path, len(content) - 1),
        "empty": lambda: path.write_bytes(b""),
        "one bit of a picture turned": lambda: _turn_a_bit(path, content),
        "another program's safetensors": lambda: save_file({"train": torch.zeros(3)}, path),
        "no safetensors at all": lambda: path.write_bytes(os.urandom(100_000)),
        "gone": path.unlink,
    }
    for what, harm in harms.items():
        harm()
        again, same_pictures = _mnist_in_memory()
        assert again == data_hash, what
        assert torch.equal(same_pictures, pictures), what
        made = path.stat().st_mtime_ns
        assert _mnist_in_memory()[0] == data_hash
        assert path.stat().st_mtime_ns == made, "once"
        print(f"{what}: made anew", flush=True)
    path.write_bytes(content[: len(content) // 3])
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(4) as processes:
        assert set(processes.map(_hash_of_mnist, range(4))) == {data_hash}
    assert _cache_files() == [path]
    print("cut off, and four processes at once want it: made anew, the same for all")


def _mnist_in_memory() -> tuple[str, torch.Tensor]:
    """The hash of all of MNIST and a copy of the pictures to train on."""
    dataset = prepare(DatasetRef(source="mnist"), INPUT)
    return dataset.hash, dataset.train.images.clone()


def _hash_of_mnist(_number: int) -> str:
    return _mnist_in_memory()[0]


def _turn_a_bit(path: Path, content: bytes) -> None:
    middle = len(content) // 2
    altered = bytes([content[middle] ^ 1])
    path.write_bytes(content[:middle] + altered + content[middle + 1 :])


def _cache_files() -> list[Path]:
    return list((settings().data_dir / "cache").rglob("*.safetensors"))
