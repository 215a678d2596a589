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
        ("", "This is not JSON: line 1, column 0: it ends where a value should be."),
        ("null", "A network must be an object: { ... }, not null."),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"a":' * 20_000, "it is nested too deeply"),
        ("x" * 200_001, "200,001 bytes; a network takes at most 200,000"),
        (b"\xff\xfe{}", "This is not JSON"),
        (
            _document(layers=[{"kind": "Conv2D"}]),
            "Layer 1: there is no kind of layer called 'Conv2D' (near to it: Conv2d)",
        ),
        (
            _document(layers=[{"kind": "__import__('os').system('true')"}]),
            "Layer 1: there is no kind",
        ),
        (_document(layers=[{}]), "Layer 1: it does not say its kind"),
        (
            _document(layers=[{"kind": "ReLU"}] * 501),
            "layers may have at most 500 entries, not 501.",
        ),
        (
            _document(layers=[{"kind": "Conv2d", "out_channels": 10**30}]),
            "Layer 1 (Conv2d): out_channels must be at most 1,000,000.",
        ),
        (_document(layers=[{"kind": "Conv2d", "out_channels": 1.5}]), "a whole number, not 1.5."),
        (
            _document(layers=[{"kind": "Conv2d", "kernel_size": [3, [3]]}]),
            "kernel_size must be a whole number.",
        ),
        (
            _document(layers=[{"kind": "Dropout", "p": float("nan")}]),
            "Layer 1 (Dropout): p must be a finite number, not NaN.",
        ),
        (
            _document(layers=[{"kind": "ReLU", "name": "a=1\nimport os"}]),
            "Layer 1 (ReLU): name must be letters",
        ),
        (_document(name="two\nlines"), "cannot be shown"),
        (_document(name="\u202eright to left"), "cannot be shown"),
        (_document(name=""), "name"),
        (_document(input={"channels": 1, "height": 28}), "input.width is missing."),
        (
            _document(
                layers=[
                    {"kind": "ReLU"},
                    {
                        "kind": "Residual",
                        "body": [
                            {
                                "kind": "Branches",
                                "branches": [[{"kind": "Conv2d", "stride": [1, 0]}]],
                            }
                        ],
                    },
                ]
            ),
            "Layer 2 (Residual), body layer 1 (Branches), branch 1, layer 1 (Conv2d): stride must "
            "be at least 1, not 0.",
        ),
        (_document(layers=[{"kind": "Conv2d", "padding": "x"}]), "a number or a list of numbers"),
        (
            _document(layers=[{"kind": "Residual", "body": 3}]),
            "body must be a list: [ ... ], not 3",
        ),
        ('{"a": "\n"}', "a text contains a line break"),
        (_document(**{"\n<script>": 1}), "\\n<script> is not a field here."),
    ],
    ids=range(24),
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
