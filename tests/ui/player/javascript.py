"""What the player's JavaScript computes for many cases, by node, compared with PyTorch."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.windows import MaxUnpooling
from explorer.windows.scene import Scene, make, pack
from tests.windows.agreement import difference
from tests.windows.cases import Case
from tests.windows.judge import pytorch_size

SCRIPT = Path(__file__).with_name("agreement.mjs")
AXES = 3  # the player lifts everything to three


def scene_of(case: Case) -> Scene:
    """The scene that the page would send."""
    return make(case.operation, "a", case.picture, case.weight, case.bias, case.indices)


def computed(cases: Sequence[Case], folder: Path) -> list[tuple[dict[str, Any], list[int] | None]]:
    """For each case what agreement.mjs prints: of the scene, and of the drawn operation."""
    for index, case in enumerate(cases):
        (folder / f"{index:06}").write_bytes(pack(scene_of(case)))
    drawn = [{"header": case.drawn.header(), "size": case.input_size} for case in cases]
    (folder / "drawn.json").write_text(json.dumps(drawn), "utf-8")
    answer = subprocess.run(
        ["node", str(SCRIPT), str(folder)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(lines) == 2 * len(cases)
    return list(zip(lines[: len(cases)], lines[len(cases) :], strict=True))


def compare(case: Case, found: dict[str, Any], drawn: list[int] | None) -> float:
    """The largest difference between the player's values and PyTorch's.

    Raises:
        AssertionError: They disagree, which says in what.
    """
    lifted = (1,) * (AXES - case.operation.dimensions)
    output = scene_of(case).output
    assert found["size"] == [*lifted, *output.shape[1:]], "size"
    expected = pytorch_size(case.drawn, case.input_size)
    assert drawn == (expected and [*lifted, *expected]), "size or refusal"
    if not isinstance(case.operation, MaxUnpooling):
        taps = case.operation.taps(case.input_size)
        pairs = [[[list(pair) for pair in cell] for cell in axis.pairs] for axis in taps]
        assert found["taps"] == [*([[[0, 0]]] for _ in lifted), *pairs], "taps"
    worst = 0.0
    for what in ("output", "cells"):
        values = np.array([float(value) for value in found[what]]).reshape(output.shape)
        worst = max(worst, difference(values, output, f"JavaScript's {what}"))
    return worst
