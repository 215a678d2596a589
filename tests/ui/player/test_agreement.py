"""What the player computes in the browser is what PyTorch computes, cell by cell."""

import json
import random
import subprocess
from pathlib import Path

import numpy as np
import torch

from explorer.windows import Operation, Window, fitted
from explorer.windows.scene import Scene, convolution_scene, pack, pooling_scene

CASES = 400
SCRIPT = Path(__file__).with_name("agreement.mjs")


def random_scene(seed: int) -> Scene:
    """A small operation of any kind, in 1, 2 or 3 dimensions, with a PyTorch result."""
    dice = random.Random(seed)
    make = torch.Generator().manual_seed(seed)
    dimensions = dice.choice([1, 2, 2, 2, 3])

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(dice.randint(low, high) for _ in range(dimensions))

    size, channels = each(1, 11), dice.choice([1, 3])
    operations: list[Operation] = ["convolution", "max", "average"]
    operation = dice.choice(operations)
    padding = tuple(zip(each(0, 2), each(0, 2), strict=True))
    window = Window.of(each(1, 4), each(1, 3), padding, each(1, 3), dimensions=dimensions)
    window = fitted(window, size, operation)
    if dice.random() < 0.5:
        picture = torch.randint(0, 256, (channels, *size), generator=make).to(torch.uint8) / 255
    else:
        picture = torch.randn((channels, *size), generator=make)
    if operation != "convolution":
        return pooling_scene("a", picture, window, operation)
    out = dice.randint(1, 2)
    weight = torch.randn((out, channels, *window.kernel_size), generator=make)
    bias = torch.randn((out,), generator=make) if dice.random() < 0.5 else None
    return convolution_scene("a", picture, weight, bias, window)


def test_every_cell_agrees_with_pytorch(tmp_path: Path) -> None:
    scenes = [random_scene(seed) for seed in range(CASES)]
    for index, scene in enumerate(scenes):
        (tmp_path / f"{index:04}").write_bytes(pack(scene))
    answer = subprocess.run(
        ["node", str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=True
    )
    lines = answer.stdout.splitlines()
    assert len(lines) == CASES
    cells = 0
    for seed, (scene, line) in enumerate(zip(scenes, lines, strict=True)):
        computed = np.array(json.loads(line)).astype(np.float64)
        if scene.operation != "convolution":
            computed = computed[0].T  # one list of channels per step
        expected = scene.output.flatten(1).numpy()
        assert computed.shape == expected.shape, seed
        tolerance = 0 if scene.operation == "max" else 2e-5
        np.testing.assert_allclose(
            computed, expected, rtol=tolerance, atol=tolerance, err_msg=f"seed {seed}"
        )
        cells += expected.size
    assert cells > 10_000
