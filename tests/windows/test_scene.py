"""A packed scene holds what it was made of, exactly, and nothing that changes by itself."""

import json
import struct
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import ExplorerError
from explorer.windows import (
    NAMED_KERNELS,
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
)
from explorer.windows.scene import LIMITS, Scene, make, pack
from tests.windows.cases import FAMILIES, case
from tests.windows.judge import pytorch


def read(blob: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays, read by the description in the module's docstring."""
    magic, length = struct.unpack_from("<4sI", blob)
    assert magic == b"CNNS"
    start = 8 + length
    assert start % 8 == 0
    header = json.loads(blob[8:start])
    arrays = {}
    for name, entry in header["arrays"].items():
        assert entry["offset"] % 8 == 0
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(blob, entry["type"], count, start + entry["offset"])
        if entry["type"] == "uint8":
            values = values.astype(np.float32) / np.float32(255)
        arrays[name] = values.reshape(entry["shape"])
    return header, arrays


def photograph(channels: int, *size: int) -> torch.Tensor:
    dice = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (channels, *size), generator=dice).to(torch.uint8) / 255


def header_of(operation: Operation, picture: torch.Tensor, **more: Any) -> dict[str, Any]:
    return read(pack(make(operation, "a", picture, **more)))[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_goes_in_comes_back_and_the_output_is_pytorchs(family: str) -> None:
    for turn in range(30):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        scene = make(each.operation, "a", each.picture, each.weight, each.bias, each.indices)
        header, arrays = read(pack(scene))
        output = pytorch(each.operation, each.picture, each.weight, each.bias, each.indices)
        given = {
            "input": each.picture,
            "weight": each.weight,
            "bias": each.bias,
            "indices": each.indices,
        }
        assert set(arrays) == {name for name, values in given.items() if values is not None} | {
            "output"
        }
        for name, values in given.items():
            assert values is None or np.array_equal(arrays[name], values.numpy())
        np.testing.assert_allclose(arrays["output"], output.numpy(), rtol=1e-5, atol=1e-5)
        assert header["dimensions"] == each.operation.dimensions
        assert header["operation"]["kind"] == each.operation.kind
        assert len(header["channels"]) == len(each.picture)
        assert len(header["maps"]) == len(output)
        codes = torch.equal((each.picture * 255).round().clamp(0, 255) / 255, each.picture)
        assert header["arrays"]["input"]["type"] == ("uint8" if codes else "float32")


WINDOW = {
    "kernel_size": [2, 3],
    "stride": [1, 2],
    "padding": [[1, 1], [0, 0]],
    "dilation": [1, 1],
}


@pytest.mark.parametrize(
    ("operation", "more", "expected"),
    [
        (
            Convolution(Window.of((2, 3), (1, 2), (1, 0)), "reflect"),
            {"weight": torch.ones(1, 2, 2, 3)},
            {"kind": "convolution", **WINDOW, "padding_mode": "reflect", "groups": 1},
        ),
        (
            TransposedConvolution(Window.of((2, 3), (1, 2), (1, 0)), (0, 1), 2),
            {"weight": torch.ones(2, 1, 2, 3)},
            {"kind": "transposed", **WINDOW, "groups": 2, "output_padding": [0, 1]},
        ),
        (
            Pooling("max", Window.of((2, 3), (1, 2), (1, 0)), norm_type=5),
            {},
            {"kind": "max", **WINDOW, "ceil_mode": False},
        ),
        (
            Pooling("average", Window.of((2, 3), (1, 2), (1, 0)), divisor_override=3),
            {},
            {
                "kind": "average",
                **WINDOW,
                "ceil_mode": False,
                "count_include_pad": True,
                "divisor_override": 3,
            },
        ),
        (
            Pooling("lp", Window.of((2, 3), (1, 2)), ceil_mode=True),
            {},
            {
                "kind": "lp",
                **WINDOW,
                "padding": [[0, 0], [0, 0]],
                "ceil_mode": True,
                "norm_type": 2.0,
            },
        ),
        (
            AdaptivePooling("adaptive_max", (2, 1)),
            {},
            {"kind": "adaptive_max", "output_size": [2, 1]},
        ),
        (
            MaxUnpooling(Window.of(2, 2), (14, 16)),
            {"indices": torch.zeros(2, 7, 8, dtype=torch.int64)},
            {
                "kind": "unpool",
                "kernel_size": [2, 2],
                "stride": [2, 2],
                "padding": [[0, 0], [0, 0]],
                "output_size": [14, 16],
            },
        ),
    ],
)
def test_the_header_has_the_settings_that_apply(
    operation: Operation, more: dict[str, Any], expected: dict[str, Any]
) -> None:
    header = header_of(operation, photograph(2, 7, 8), **more)
    assert header["operation"] == expected
    assert header["limits"] == LIMITS
    assert (header["opening"], header["kernel_lines"], header["colour"]) == (None, None, False)


def test_names_of_channels_and_maps() -> None:
    convolution, weight = Convolution(Window.of(1)), torch.ones(2, 3, 1, 1)
    header = header_of(convolution, photograph(3, 4, 4), weight=weight)
    assert header["channels"] == ["red", "green", "blue"]
    assert header["maps"] == ["map 1", "map 2"]
    assert header["colour"] is True
    pooled = header_of(Pooling("max", Window.of(2)), photograph(1, 4, 4))
    assert (pooled["channels"], pooled["maps"]) == (["brightness"], ["brightness"])
    named = header_of(
        convolution,
        photograph(3, 4, 4),
        weight=weight,
        map_names=["edges", "blur"],
        channel_names=("a", "b", "c"),
    )
    assert (named["channels"], named["maps"]) == (["a", "b", "c"], ["edges", "blur"])
    assert named["colour"] is False
    with pytest.raises(ExplorerError, match="1 map names for 2 maps"):
        make(convolution, "a", photograph(3, 4, 4), weight, map_names=["edges"])
    with pytest.raises(ExplorerError, match="2 channel names for 3 channels"):
        make(convolution, "a", photograph(3, 4, 4), weight, channel_names=["a", "b"])


def test_lines_limits_and_opening_are_passed_on() -> None:
    header = header_of(
        Convolution(Window.of(2)),
        photograph(1, 4, 4),
        weight=torch.ones(1, 1, 2, 2),
        kernel_lines=NAMED_KERNELS["Box blur"].lines(2),
        limits={"stride": 3},
        opening={"step": 4, "map": 0, "playing": False, "views": ["matrix"]},
    )
    assert header["kernel_lines"] == {"1": [1.0], "2": [0.5, 0.5]}
    assert header["limits"] == {**LIMITS, "stride": 3}
    assert header["opening"] == {"step": 4, "map": 0, "playing": False, "views": ["matrix"]}


def test_a_picture_and_its_maximum_take_one_byte_a_cell() -> None:
    scene = make(Pooling("max", Window.of(2, stride=2)), "a", photograph(3, 224, 224))
    _, arrays = read(pack(scene))
    assert np.array_equal(arrays["output"], scene.output.numpy())
    assert len(pack(scene)) < 3 * (224 * 224 + 112 * 112) + 1000


def test_infinities_and_nan_stay_what_they_are() -> None:
    far = Pooling("max", Window.of(2, padding=1, dilation=3))
    _, arrays = read(pack(make(far, "a", photograph(1, 2, 2))))
    assert np.array_equal(arrays["output"], np.full((1, 1, 1), -np.inf, np.float32))
    root = Pooling("lp", Window.of(1, dimensions=1), norm_type=0.5)
    _, arrays = read(pack(make(root, "a", torch.tensor([[-1.0, 4]]))))
    assert np.array_equal(arrays["output"], np.array([[np.nan, 4]]), equal_nan=True)


def test_the_same_scene_gives_the_same_bytes() -> None:
    def blob(title: str) -> bytes:
        weight = torch.ones(1, 1, 3, 3)
        return pack(make(Convolution(Window.of(3)), title, photograph(1, 8, 8), weight))

    assert blob("täst </script>") == blob("täst </script>")
    assert read(blob("täst </script>"))[0]["title"] == "täst </script>"


def test_an_impossible_window_is_refused_in_numbers() -> None:
    with pytest.raises(ExplorerError, match="9"):
        make(Pooling("max", Window.of(9)), "a", photograph(1, 4, 4))


def test_a_scene_is_made_by_make() -> None:
    scene = make(Pooling("max", Window.of(2)), "a", photograph(1, 4, 4))
    assert isinstance(scene, Scene)
    assert scene.operation == Pooling("max", Window.of(2))
