"""A layer's maps as they are sent to the browser, and read back by its JavaScript under Node."""

import json
import os
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.network.receptive_field import AxisField
from explorer.ui.network import maps_blob
from explorer.ui.network.maps_blob import Maps, pack

TESTS = Path(__file__).parent / "components" / "feature_maps" / "maps.test.js"


def maps(values: Tensor, **changes: Any) -> Maps:
    made = Maps(
        name="conv1",
        kind="Conv2d",
        values=values,
        picture=torch.rand(1, 12, 12),
        picture_title="<b>a picture</b>",
        field=(AxisField(3, 1, -1),) * 2,
        shown=64,
        page="Convolution",
    )
    return replace(made, **changes)


def header(blob: bytes) -> dict[str, Any]:
    assert blob[:4] == maps_blob.MAGIC
    (length,) = struct.unpack("<I", blob[4:8])
    return json.loads(blob[8 : 8 + length])


def under_node(blob: bytes, values: Tensor, units: list[list[int]], folder: Path) -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    file = folder / "maps"
    file.write_bytes(blob)
    expected = {"units": units, "values": [float(values[tuple(unit)]) for unit in units]}
    result = subprocess.run(
        [node, "--test", str(TESTS)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "MAPS_BLOB": str(file), "MAPS_EXPECTED": json.dumps(expected)},
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("side", [7, 112])
def test_values_come_back_as_close_as_their_codes(side: int, tmp_path: Path) -> None:
    values = torch.randn(5, side, side) * torch.tensor([1, 10, 1e-3, 0, 1])[:, None, None]
    units = [[channel, row, side - 1] for channel in range(5) for row in (0, side // 2)]
    lifted = values.reshape(5, 1, side, side)
    places = [[channel, 0, row, column] for channel, row, column in units]
    under_node(pack(maps(values)), lifted, places, tmp_path)


def test_rows_signals_and_volumes_are_lifted_to_three_axes(tmp_path: Path) -> None:
    for shape, cells in (
        ((20,), [1, 1, 1]),
        ((4, 9), [1, 1, 9]),
        ((4, 3, 8, 9), [3, 8, 9]),
    ):
        values = torch.randn(shape)
        picture = torch.rand(1, *[12] * max(1, len(shape) - 1))
        field = (AxisField(3, 1, -1),) * (len(shape) - 1) or None
        blob = pack(maps(values, picture=picture, field=field))
        sent = header(blob)
        assert sent["cells"] == cells and sent["shape"] == list(shape)
        assert sent["field"] is None or len(sent["field"]) == 3
        lifted = values.reshape(shape[0], *cells)
        under_node(blob, lifted, [[3, 0, 0, 0], [3, *(size - 1 for size in cells)]], tmp_path)


def test_the_same_maps_give_the_same_bytes() -> None:
    values, picture = torch.randn(4, 9, 9), torch.rand(1, 12, 12)
    assert pack(maps(values, picture=picture)) == pack(maps(values.clone(), picture=picture))


def test_at_most_so_many_maps_are_sent_until_more_are_asked_for() -> None:
    values = torch.randn(100, 4, 4)
    sent = header(pack(maps(values)))
    assert sent["arrays"]["codes"]["shape"] == [64, 1, 4, 4] and sent["more"]
    sent = header(pack(maps(values, shown=128)))
    assert sent["arrays"]["codes"]["shape"] == [100, 1, 4, 4] and not sent["more"]


def test_the_payload_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(maps_blob, "MOST_CODES", 1000)
    monkeypatch.setattr(maps_blob, "MOST_PIXELS", 100)
    blob = pack(maps(torch.randn(64, 20, 20), picture=torch.rand(3, 40, 40)))
    sent = header(blob)
    assert sent["arrays"]["codes"]["shape"] == [2, 1, 20, 20] and not sent["more"]
    assert sent["picture_step"] == 4 and sent["arrays"]["picture"]["shape"] == [1, 10, 10, 3]
    assert len(blob) < 6000
    values = torch.randn(64, 64, 64)
    blob = pack(maps(values))
    sent = header(blob)
    assert sent["step"] == 3 and sent["arrays"]["codes"]["shape"][2:] == [22, 22]
    under_node(blob, values.reshape(64, 1, 64, 64), [[0, 0, 30, 33], [1, 0, 63, 0]], tmp_path)


def test_values_that_are_no_numbers_are_counted_and_drawn_as_nothing() -> None:
    values = torch.ones(2, 3, 3)
    values[0, 0, 0], values[1, 0, 0] = float("nan"), float("inf")
    sent = header(pack(maps(values)))
    assert sent["not_finite"] == 2 and (sent["low"], sent["high"]) == (0, 1)
