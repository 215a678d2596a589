"""A packed scene holds what it was made of, exactly, and nothing that changes by itself."""

import json
import struct
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.windows import Window
from explorer.windows.scene import Scene, convolution_scene, pack, pooling_scene


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


def photograph(channels: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    codes = torch.randint(0, 256, (channels, height, width), generator=generator(seed))
    return codes.to(torch.uint8) / 255


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(
    channels=st.sampled_from([1, 3]),
    height=st.integers(3, 9),
    width=st.integers(3, 9),
    out=st.integers(1, 3),
    seed=st.integers(0, 10_000),
    real=st.booleans(),
)
def test_a_convolution_comes_back_as_it_was(
    channels: int, height: int, width: int, out: int, seed: int, real: bool
) -> None:
    make = generator(seed)
    picture = photograph(channels, height, width, seed)
    if real:
        picture = torch.randn(picture.shape, generator=make)
    weight = torch.randn((out, channels, 2, 3), generator=make)
    bias = torch.randn((out,), generator=make)
    window = Window.of((2, 3), stride=(1, 2), padding=(1, 0))
    header, arrays = read(pack(convolution_scene("a", picture, weight, bias, window)))
    expected = functional.conv2d(picture, weight, bias, stride=(1, 2), padding=(1, 0))
    assert np.array_equal(arrays["input"], picture.numpy())
    assert np.array_equal(arrays["weight"], weight.numpy())
    assert np.array_equal(arrays["bias"], bias.numpy())
    assert np.array_equal(arrays["output"], expected.numpy())
    assert header["arrays"]["input"]["type"] == ("float32" if real else "uint8")
    assert header["window"] == {
        "kernel_size": [2, 3],
        "stride": [1, 2],
        "padding": [[1, 1], [0, 0]],
        "dilation": [1, 1],
    }


def test_a_picture_and_its_maximum_take_one_byte_a_cell() -> None:
    scene = pooling_scene("a", photograph(3, 224, 224), Window.of(2, stride=2), "max")
    header, arrays = read(pack(scene))
    assert header["operation"] == "max"
    assert header["channels"] == ["red", "green", "blue"]
    assert "weight" not in arrays
    assert np.array_equal(arrays["output"], scene.output.numpy())
    assert len(pack(scene)) < 3 * (224 * 224 + 112 * 112) + 1000


def test_a_maximum_over_padding_alone_keeps_its_infinity() -> None:
    window = Window.of(2, padding=1, dilation=3)
    scene = pooling_scene("a", photograph(1, 2, 2), window, "max")
    _, arrays = read(pack(scene))
    assert np.array_equal(arrays["output"], np.full((1, 1, 1), -np.inf, np.float32))


def test_the_same_scene_gives_the_same_bytes() -> None:
    def blob(title: str) -> bytes:
        weight = torch.ones(1, 1, 3, 3)
        return pack(convolution_scene(title, photograph(1, 8, 8), weight, None, Window.of(3)))

    assert blob("täst </script>") == blob("täst </script>")
    assert read(blob("täst </script>"))[0]["title"] == "täst </script>"


def test_volumes_pack_too() -> None:
    weight = torch.randn((2, 1, 2, 2, 2), generator=generator(3))
    picture = torch.rand((1, 3, 4, 5), generator=generator(4))
    scene = convolution_scene("a", picture, weight, None, Window.of(2, dimensions=3))
    assert isinstance(scene, Scene)
    header, arrays = read(pack(scene))
    assert header["arrays"]["output"]["shape"] == [2, 2, 3, 4]
    assert np.array_equal(arrays["output"], functional.conv3d(picture, weight).numpy())


def test_an_impossible_window_is_refused_in_numbers() -> None:
    with pytest.raises(ExplorerError, match="9"):
        pooling_scene("a", photograph(1, 4, 4), Window.of(9), "max")
