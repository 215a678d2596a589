"""The carried network fitted to data: what changes, what it is compared with, what cannot work."""

import pytest

from explorer.datasets.reference import DatasetRef
from explorer.errors import ExplorerError
from explorer.network.layers import Linear
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, Normalisation
from explorer.training.recipe import Recipe
from explorer.ui.train.plan import plan, pretrained_plan

COLOUR = InputShape(channels=3, height=32, width=32)


def test_a_network_that_fits_stays_as_it_is() -> None:
    found = plan(TUTORIAL_CNN, input=TUTORIAL_CNN.input, classes=10)
    assert found.network == TUTORIAL_CNN
    assert found.changes == ()
    assert found.parameters == 13_686
    # Flatten · Linear(784 → h) · ReLU · Linear(h → 10): 784h + h + 10h + 10, closest with h = 17
    assert found.baseline_parameters == 784 * 17 + 17 + 10 * 17 + 10


def test_what_was_adapted_is_said() -> None:
    found = plan(TUTORIAL_CNN, input=COLOUR, classes=3)
    last = found.network.layers[-1]
    assert isinstance(last, Linear)
    assert last.out_features == 3
    shape, classes = found.changes
    assert "3×32×32 instead of 1×28×28" in shape
    assert "3 values instead of 10" in classes


def test_a_normalisation_for_other_channels_is_dropped_and_said() -> None:
    grey = Normalisation(mean=(0.5,), std=(0.5,))
    network = TUTORIAL_CNN.model_copy(update={"normalisation": grey})
    assert plan(network, input=network.input, classes=10).network.normalisation == grey
    found = plan(network, input=COLOUR, classes=10)
    assert found.network.normalisation is None
    assert any("normalisation" in change for change in found.changes)


def test_a_network_that_cannot_work_says_why() -> None:
    with pytest.raises(ExplorerError, match="8×8"):
        plan(TUTORIAL_CNN, input=InputShape(channels=1, height=8, width=8), classes=10)


def test_contenders_have_different_names_whatever_the_network_is_called() -> None:
    first = plan(TUTORIAL_CNN, input=TUTORIAL_CNN.input, classes=10)
    network = TUTORIAL_CNN.model_copy(update={"name": first.baseline.name})
    job = plan(network, input=network.input, classes=10).job(DatasetRef(), Recipe())
    assert len({contender.name for contender in job.contenders}) == 2


def test_vgg_16_is_compared_with_itself_at_random() -> None:
    found = pretrained_plan(input=InputShape(channels=3, height=32, width=48), classes=7)
    job = found.job(DatasetRef(), Recipe(normalisation="half"))
    one, other = (contender.network for contender in job.contenders)
    assert [network.layers[0].summary() for network in (one, other)] == [
        "vgg16, pretrained, frozen",
        "vgg16, random, frozen",
    ]
    assert one.layers[1:] == other.layers[1:] and one.normalisation == other.normalisation
    assert trace(one).output_shape == trace(other).output_shape == (7,)
    assert found.parameters == found.baseline_parameters == 512 * 256 + 256 + 256 * 7 + 7
    assert job.recipe.normalisation == "network", "as ImageNet's pictures were"
    with pytest.raises(ExplorerError, match="colour pictures"):
        pretrained_plan(input=InputShape(channels=1, height=32, width=32), classes=7)
