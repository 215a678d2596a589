"""The input that an imported network was written for."""

import pytest

from explorer.errors import ExplorerError
from explorer.network import InputShape
from explorer.network.codegen import source
from explorer.network.importing import import_fitting
from explorer.network.importing.errors import SourceError
from explorer.network.presets import PRESETS
from explorer.network.shapes import trace
from tests.network.sources import (
    BLOCKS,
    CIFAR_TUTORIAL,
    LAYERS_IN_A_LIST,
    PRESET_SOURCES,
    REFUSED,
)

DIGIT = InputShape(channels=1, height=28, width=28)
LARGE = InputShape(channels=3, height=90, width=60)
SIGNAL = InputShape(channels=2, height=None, width=100)
RPS = """nn.Sequential(
    nn.Conv2d(3, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
    nn.MaxPool2d(2), nn.Flatten(), nn.Linear(6400, 3))"""
LAZY = "nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))"
VIEW = "x.view(-1, x.shape[1] * x.shape[2] * x.shape[3])"
RESNET18 = "model = torchvision.models.resnet18(weights=None)\nmodel.fc = nn.Linear(512, 3)"


@pytest.mark.parametrize(
    ("text", "present", "shape"),
    [
        (CIFAR_TUTORIAL, DIGIT, (3, 32, 32)),
        (CIFAR_TUTORIAL, SIGNAL, (3, 32, 32)),
        (CIFAR_TUTORIAL.replace("torch.flatten(x, 1)", VIEW), DIGIT, (3, 32, 32)),
        (LAYERS_IN_A_LIST, DIGIT, (3, 32, 32)),
        (RPS, DIGIT, (3, 90, 90)),
        (LAZY, DIGIT, (3, 28, 28)),
        (LAZY, LARGE, (3, 90, 60)),
        (BLOCKS[1][1], DIGIT, (3, 28, 28)),
        (f"import torchvision\n{RESNET18}\n", DIGIT, (3, 28, 28)),
        ("nn.Sequential(nn.Flatten(), nn.Linear(64, 10))", LARGE, (1, 8, 8)),
        ("nn.Sequential(nn.Flatten(), nn.Linear(200, 10))", SIGNAL, (2, 100)),
        ("nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 8, 3))", DIGIT, (3, 28, 28)),
        ("nn.Sequential(nn.Conv1d(2, 8, 3), nn.ReLU())", SIGNAL, (2, 100)),
        ("nn.Sequential(nn.Conv3d(1, 4, 3), nn.ReLU())", DIGIT, (1, 28, 28, 28)),
    ],
)
def test_the_first_layer_tells_the_channels_and_what_fits_the_side(
    text: str, present: InputShape, shape: tuple[int, ...]
) -> None:
    imported = import_fitting(text, present)
    assert imported.spec.input.shape == shape
    assert trace(imported.spec).failure is None
    changed = imported.spec.input != present
    assert imported.about_input.startswith("The input is now ") == changed
    assert imported.notes == () or text == BLOCKS[1][1]


@pytest.mark.parametrize(("name", "text"), PRESET_SOURCES)
def test_tutorials_bring_their_input_whatever_it_was(name: str, text: str) -> None:
    for present in (DIGIT, LARGE, SIGNAL):
        assert import_fitting(text, present).spec.input == PRESETS[name].input


def test_what_is_said_about_it() -> None:
    assert import_fitting(CIFAR_TUTORIAL, DIGIT).about_input == (
        "The input is now 3×32×32, not 1×28×28: the first layer takes 3 channels (line 7) and "
        "everything works with 32×32."
    )
    assert import_fitting(CIFAR_TUTORIAL, SIGNAL).about_input == (
        "The input is now 3×32×32, not 2×100: the layers work on pictures, the first layer takes "
        "3 channels (line 7) and everything works with 32×32."
    )
    stated = import_fitting(source(PRESETS["Bottleneck block"]), DIGIT)
    assert stated.spec == PRESETS["Bottleneck block"]
    assert stated.about_input.endswith("the source states it.")


def test_a_mistake_further_on_hides_neither_channels_nor_side() -> None:
    text = CIFAR_TUTORIAL.replace("Linear(120, 84)", "Linear(121, 84)")
    imported = import_fitting(text, DIGIT)
    assert imported.spec.input.shape == (3, 32, 32)
    assert "the first Linear layer works with 32×32" in imported.about_input
    failure = trace(imported.spec).failure
    assert failure and failure.name == "fc2"


def test_what_nothing_decides_stays() -> None:
    text = CIFAR_TUTORIAL.replace("16 * 5 * 5", "401")
    assert import_fitting(text, DIGIT).spec.input.shape == (3, 28, 28)
    text = "nn.Sequential(nn.ReLU(), nn.Flatten(), nn.LazyLinear(3), nn.Linear(9, 2))"
    assert import_fitting(text, SIGNAL).spec.input == SIGNAL


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_as_without_it(text: str) -> None:
    with pytest.raises(ExplorerError):
        import_fitting(text, DIGIT)


def test_a_shape_that_no_input_gives_is_said_with_its_line() -> None:
    text = CIFAR_TUTORIAL.replace("torch.flatten(x, 1)", VIEW).replace("(6, 16", "(7, 16")
    with pytest.raises(SourceError, match="shape here cannot be known") as error:
        import_fitting(text, DIGIT)
    assert error.value.line == 17
