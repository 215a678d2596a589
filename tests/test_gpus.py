"""Which GPUs there are is read as `torch.cuda` reads it, and the emptiest one comes first."""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch.cuda

from explorer.gpus import environment, gpus, next_gpu, next_gpus, visible
from explorer.settings import Settings

UUIDS = ("GPU-8a1f", "GPU-c2d4", "GPU-77e0")
# In place of NVIDIA's library, of which PyTorch calls the same two functions.
DRIVER = (
    "int nvmlInit(void) {{ return 0; }} int nvmlDeviceGetCount_v2(int *n) {{ *n = {}; return 0; }}"
)


@pytest.mark.parametrize(
    ("variable", "count", "expected"),
    [
        (None, 3, ("0", "1", "2")),
        (None, 0, ()),
        ("", 4, ()),
        ("2,0", 4, ("2", "0")),
        (" 1 , 3 ", 4, ("1", "3")),
        ("0,1", 0, ()),  # left over from another machine
        ("0,7,1", 4, ("0",)),  # what does not exist ends the list
        ("1,-1,2", 4, ("1",)),
        ("1,1", 4, ()),
        (",".join(UUIDS), 3, UUIDS),
        ("GPU-8a1f,1", 3, ("GPU-8a1f",)),
        ("MIG-a,MIG-b,MIG-c", 1, ("MIG-a", "MIG-b", "MIG-c")),  # parts of one GPU
        ("MIG-a,MIG-a", 1, ()),
        ("NoDevFiles", 2, ()),
    ],
)
def test_the_variable_says_which_gpus_may_be_used(
    variable: str | None, count: int, expected: tuple[str, ...]
) -> None:
    assert visible(variable, count) == expected


def test_pytorch_reads_the_variable_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    pieces = ["0", "1", "2", "5", "63", "-1", "", " 3", "2gpu", "x", "GPU-a", "GPU-b", "MIG-a"]
    for _ in range(2000):
        variable = ",".join(draw.choices(pieces, k=draw.randint(1, 4)))
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", variable)
        theirs = torch.cuda._parse_visible_devices()
        assert visible(variable, 64) == tuple(map(str, theirs)), variable


def test_the_gpu_with_the_fewest_runs_comes_first() -> None:
    choices = ("0", "1", "2")
    assert next_gpu(choices, []) == "0"
    assert next_gpu(choices, ["0"]) == "1"
    assert next_gpu(choices, ["0", "1", "2", "2"]) == "0"
    assert next_gpu(choices, ["0"], at_hand=["2"]) == "2", "a worker waits there"
    assert next_gpu(choices, ["0", "2"], at_hand=["2"]) == "1", "but it is not worth sharing"
    assert next_gpu(choices, ["7", "7"]) == "0", "one that a server before had"


def test_runs_spread_evenly_over_the_gpus() -> None:
    busy: list[str] = []
    for _ in range(10):
        busy.append(next_gpu(UUIDS, busy))
        counts = Counter(dict.fromkeys(UUIDS, 0)) + Counter(busy)
        assert max(counts.values()) - min(busy.count(gpu) for gpu in UUIDS) <= 1


def test_spare_workers_wait_where_the_next_runs_go() -> None:
    assert next_gpus(("0", "1"), [], 1) == ["0"]
    assert next_gpus(("0", "1"), ["0"], 3) == ["1", "0", "1"]
    assert next_gpus(("0", "1"), [], 1, at_hand=["1"]) == ["1"], "it stays where it is"
    assert next_gpus(("0", "1"), ["1"], 1, at_hand=["1"]) == ["0"], "its GPU was taken"
    assert next_gpus(("0", "1"), [], 2, at_hand=["1"]) == ["1", "0"]


def test_a_process_is_shown_its_own_gpu_alone() -> None:
    assert environment("GPU-8a1f") == {"CUDA_VISIBLE_DEVICES": "GPU-8a1f"}
    assert environment(None) == {}


def test_without_a_driver_there_is_none_and_workers_are_as_many_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("explorer.gpus._count", lambda: 0)
    assert gpus() == ()
    assert Settings().max_workers == max(1, min(4, (os.cpu_count() or 2) // 2))


def test_each_of_several_gpus_gets_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr("explorer.gpus._count", lambda: 8)
    assert Settings().max_workers == 8
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4,5,6,7")
    assert Settings().max_workers == 5
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "2")
    assert Settings().max_workers == 2


@pytest.mark.skipif(sys.platform != "linux", reason="libraries are found in Linux's way")
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_the_driver_is_asked_as_pytorch_asks_it(tmp_path: Path) -> None:
    (tmp_path / "driver.c").write_text(DRIVER.format(3))
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run(["cc", "-shared", "-o", library, tmp_path / "driver.c"], check=True)
    code = (
        "import torch.cuda; from explorer.gpus import gpus;"
        "print(torch.cuda._raw_device_count_nvml(), *gpus())"
    )
    said = {}
    for variable in ("", "1,2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={
                **{k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"},
                "LD_LIBRARY_PATH": str(tmp_path),
                **({"CUDA_VISIBLE_DEVICES": variable} if variable else {}),
            },
            capture_output=True,
            text=True,
            check=True,
        )
        said[variable] = done.stdout.split()
    assert said == {"": ["3", "0", "1", "2"], "1,2": ["3", "1", "2"]}
