"""A network as data: JSON in and out, names, and what is refused at the door."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, Normalisation, read_network
from explorer.network.layers import AvgPool2d, Conv2d, MaxPool2d, ReLU
from explorer.network.presets import ABOUT, PRESETS, TUTORIAL_CNN
from tests.network.networks import networks


@given(networks())
def test_json_and_back(spec: NetworkSpec) -> None:
    assert read_network(spec.model_dump_json()) == spec
    assert hash(read_network(spec.model_dump_json())) == hash(spec)


@given(networks())
def test_layer_names_are_unique_and_given_ones_are_kept(spec: NetworkSpec) -> None:
    names = spec.layer_names
    assert len(set(names)) == len(names) == len(spec.layers)
    named = spec.with_layers(
        layer.model_copy(update={"name": name})
        for layer, name in zip(spec.layers, names, strict=True)
    )
    assert named.layer_names == names


def test_names_are_numbered_by_kind_around_those_given() -> None:
    layers = (Conv2d(), MaxPool2d(), Conv2d(name="conv2"), Conv2d(), AvgPool2d())
    spec = TUTORIAL_CNN.with_layers(layers)
    assert spec.layer_names == ("conv1", "pool1", "conv2", "conv3", "pool2")


def test_two_layers_of_the_same_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="more than one layer is called same"):
        TUTORIAL_CNN.with_layers([ReLU(name="same"), ReLU(name="same")])


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json_and_say_what_they_are(name: str) -> None:
    assert read_network(PRESETS[name].model_dump_json()) == PRESETS[name]
    assert ABOUT[name].description.endswith(".")
    assert ABOUT[name].source
    assert PRESETS.keys() == ABOUT.keys()


def test_normalisation_is_per_channel() -> None:
    colour = Normalisation(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    with pytest.raises(ValidationError, match="for 3 channels, the input has 1"):
        NetworkSpec(name="grey", input=TUTORIAL_CNN.input, normalisation=colour)


@pytest.mark.parametrize(
    ("mean", "std"),
    [((), ()), ((0.5,), (0.5, 0.5)), ((0.5,), (0.0,)), ((float("nan"),), (1.0,)), ((1e9,), (1.0,))],
)
def test_normalisation_that_cannot_work_is_refused(
    mean: tuple[float, ...], std: tuple[float, ...]
) -> None:
    with pytest.raises(ValidationError):
        Normalisation(mean=mean, std=std)


def test_a_picture_has_a_largest_size() -> None:
    with pytest.raises(ValidationError, match="4096·4096·3 = 50,331,648 values"):
        InputShape(channels=4096, height=4096, width=3)


def _document(**changes: Any) -> str:
    document = json.loads(TUTORIAL_CNN.model_dump_json()) | changes
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid JSON"),
        ("null", "object"),
        ("[" * 100_000, "Invalid JSON"),
        ('{"a":' * 20_000, "Invalid JSON"),
        ("x" * 200_001, "200,001 bytes; a network takes at most 200,000"),
        (b"\xff\xfe{}", "Invalid JSON"),
        (_document(layers=[{"kind": "Conv9d"}]), "layers.0"),
        (_document(layers=[{"kind": "__import__('os').system('true')"}]), "layers.0"),
        (_document(layers=[{}]), "layers.0"),
        (_document(layers=[{"kind": "ReLU"}] * 501), "at most 500"),
        (_document(layers=[{"kind": "Conv2d", "out_channels": 10**30}]), "out_channels"),
        (_document(layers=[{"kind": "Conv2d", "out_channels": 1.5}]), "out_channels"),
        (_document(layers=[{"kind": "Conv2d", "kernel_size": [3, [3]]}]), "kernel_size"),
        (_document(layers=[{"kind": "Dropout", "p": float("nan")}]), "layers.0.Dropout.p"),
        (_document(layers=[{"kind": "ReLU", "name": "a=1\nimport os"}]), "layers.0.ReLU.name"),
        (_document(name="two\nlines"), "cannot be shown"),
        (_document(name="\u202eright to left"), "cannot be shown"),
        (_document(name=""), "name"),
        (_document(input={"channels": 1, "height": 28}), "input.width"),
        (_document(**{"\n<script>": 1}), "Extra inputs"),
    ],
    ids=range(20),
)
def test_hostile_json_is_refused_in_a_sentence(text: str | bytes, message: str) -> None:
    with pytest.raises(ExplorerError) as caught:
        read_network(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_arbitrary_bytes_never_crash_the_reader(data: bytes | str) -> None:
    with pytest.raises(ExplorerError):
        read_network(data)


def test_a_picture_is_written_as_before_there_were_signals_and_volumes() -> None:
    picture = InputShape(channels=1, height=28, width=27)
    assert picture.model_dump_json() == '{"channels":1,"height":28,"width":27}'
    assert (picture.shape, picture.height_and_width) == ((1, 28, 27), (28, 27))
    for sizes, shape in (
        ({"channels": 2, "height": None, "width": 5}, (2, 5)),
        ({"channels": 2, "depth": 3, "height": 4, "width": 5}, (2, 3, 4, 5)),
    ):
        input = InputShape.model_validate(sizes)
        assert input.shape == shape
        assert InputShape.model_validate_json(input.model_dump_json()) == input
        with pytest.raises(ExplorerError, match="not pictures"):
            _ = input.height_and_width
    with pytest.raises(ValidationError, match="a volume has a height too"):
        InputShape(channels=1, depth=3, height=None, width=5)
