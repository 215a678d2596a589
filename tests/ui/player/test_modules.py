"""The player's modules that need no browser, tested where they run: by node."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.windows import NAMED_KERNELS, kernel
from explorer.windows.kernels import resized

HERE = Path(__file__).parent


def test_node_unit_tests_pass() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert files
    answer = subprocess.run(["node", "--test", *files], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def resized_in_the_browser(cases: list[dict[str, Any]]) -> list[Tensor]:
    script = HERE / "resizing.mjs"
    answer = subprocess.run(
        ["node", str(script)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    return [torch.tensor(values, dtype=torch.float32) for values in json.loads(answer.stdout)]


def packed(weight: Tensor, size: tuple[int, ...], lines: Any = None) -> dict[str, Any]:
    values = {"shape": list(weight.shape), "values": weight.flatten().tolist()}
    return {"weight": values, "lines": lines, "kernel_size": size}


def test_ones_own_kernel_is_resized_as_in_python() -> None:
    dice, generator = random.Random(1), torch.Generator().manual_seed(1)
    cases, expected = [], []
    for _ in range(120):
        axes = dice.choice([1, 2, 3])
        now, wanted = (tuple(dice.randint(1, 6) for _ in range(axes)) for _ in range(2))
        weight = torch.randn((dice.randint(1, 2), dice.randint(1, 2), *now), generator=generator)
        cases.append(packed(weight, wanted))
        expected.append(resized(weight, wanted).flatten())
    for case, found, python in zip(cases, resized_in_the_browser(cases), expected, strict=True):
        torch.testing.assert_close(found, python, rtol=0, atol=0, msg=str(case["kernel_size"]))


def test_a_named_kernel_is_made_at_other_sizes_as_in_python() -> None:
    cases, expected = [], []
    for name, named in NAMED_KERNELS.items():
        lines = named.lines(11)
        if lines is None:
            continue
        for size in ((1, 1), (2, 2), (5, 5), (4, 7), (11, 3)):
            cases.append(packed(kernel(name, 3).expand(2, 3, 3, 3), size, lines))
            expected.append(kernel(name, size).expand(2, 3, *size).flatten())
    assert cases
    for found, python in zip(resized_in_the_browser(cases), expected, strict=True):
        torch.testing.assert_close(found, python)
