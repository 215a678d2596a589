"""The fully connected baseline, and networks moved to other pictures."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network.baseline import adapt, fully_connected_baseline
from explorer.network.blocks import Sequential
from explorer.network.layers import Conv2d, Flatten, Linear, ReLU
from explorer.network.presets import CLASSIFIERS, TUTORIAL_CNN
from explorer.network.shapes import trace
from tests.network.networks import working_networks


def _hidden(spec: NetworkSpec) -> int:
    linear = spec.layers[1]
    assert isinstance(linear, Linear)
    return linear.out_features


def _with_hidden(spec: NetworkSpec, hidden: int) -> NetworkSpec:
    first, _, relu, last = spec.layers
    return spec.with_layers([first, Linear(out_features=hidden), relu, last])


@given(working_networks())
@hypothesis_settings(max_examples=100)
def test_no_other_hidden_size_comes_closer(spec: NetworkSpec) -> None:
    if len(trace(spec).output_shape) != 1:
        with pytest.raises(ExplorerError, match="not one value per class"):
            fully_connected_baseline(spec)
        return
    target = trace(spec).parameters
    baseline = fully_connected_baseline(spec)
    assert [layer.kind for layer in baseline.layers] == ["Flatten", "Linear", "ReLU", "Linear"]
    assert trace(baseline).output_shape == trace(spec).output_shape
    assert (baseline.input, baseline.normalisation) == (spec.input, spec.normalisation)
    hidden = _hidden(baseline)
    distance = abs(trace(baseline).parameters - target)
    for other in {max(1, hidden - 1), hidden + 1}:
        assert abs(trace(_with_hidden(baseline, other)).parameters - target) >= distance


def test_baseline_of_the_tutorial_network() -> None:
    baseline = fully_connected_baseline(TUTORIAL_CNN)
    assert _hidden(baseline) == 17
    assert trace(baseline).parameters == 13_525


def test_baseline_of_a_network_that_fails_is_refused() -> None:
    with pytest.raises(ExplorerError, match="Layer `fc1` cannot work"):
        fully_connected_baseline(TUTORIAL_CNN.with_layers([Linear()]))


@pytest.mark.parametrize("name", CLASSIFIERS)
@given(channels=st.sampled_from([1, 3]), side=st.integers(28, 64), classes=st.integers(2, 120))
@hypothesis_settings(max_examples=10)
def test_presets_follow_another_input_and_number_of_classes(
    name: str, channels: int, side: int, classes: int
) -> None:
    side = max(side, 32 if name.startswith("VGG-16") else side)  # it halves five times
    channels = 3 if name.endswith(", pretrained") else channels
    input = InputShape(channels=channels, height=side, width=side + 3)
    normalisation = Normalisation(mean=(0.5,) * channels, std=(0.5,) * channels)
    adapted = adapt(CLASSIFIERS[name], input=input, classes=classes, normalisation=normalisation)
    assert trace(adapted).output_shape == (classes,)
    assert (adapted.input, adapted.normalisation) == (input, normalisation)
    assert [layer.kind for layer in adapted.layers] == [
        layer.kind for layer in CLASSIFIERS[name].layers
    ]


def test_adapting_to_what_it_was_made_for_changes_nothing() -> None:
    same = adapt(TUTORIAL_CNN, input=TUTORIAL_CNN.input, classes=10, normalisation=None)
    assert same == TUTORIAL_CNN


def test_an_input_too_small_is_explained() -> None:
    tiny = InputShape(channels=1, height=8, width=8)
    with pytest.raises(ExplorerError) as caught:
        adapt(TUTORIAL_CNN, input=tiny, classes=10, normalisation=None)
    assert "does not work on pictures of 1×8×8 with 10 classes. Layer `conv4`: Height 2 + 2·0" in (
        caught.value.problem
    )


def test_a_last_convolution_gets_a_channel_per_class() -> None:
    spec = TUTORIAL_CNN.with_layers(
        [Sequential(layers=(Conv2d(out_channels=4, kernel_size=28), ReLU())), Flatten()]
    )
    adapted = adapt(spec, input=spec.input, classes=7, normalisation=None)
    assert trace(adapted).output_shape == (7,)
    assert adapt(adapted, input=spec.input, classes=4, normalisation=None) == spec


def test_a_network_without_an_output_per_class_is_explained() -> None:
    flat = TUTORIAL_CNN.with_layers([Conv2d(out_channels=4, kernel_size=27), Flatten()])
    with pytest.raises(ExplorerError, match="puts out 40 values, but there are 10 classes"):
        adapt(flat, input=TUTORIAL_CNN.input, classes=10, normalisation=None)
    picture = TUTORIAL_CNN.with_layers([Conv2d(), ReLU()])
    with pytest.raises(ExplorerError, match="puts out 10×26×26, not one value per class"):
        adapt(picture, input=TUTORIAL_CNN.input, classes=10, normalisation=None)
