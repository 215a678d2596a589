"""What Pretrained blocks cannot work on: said with numbers, with repairs that work."""

from explorer.network import NetworkSpec, Normalisation
from explorer.network.blocks import Pretrained
from explorer.network.layers import (
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
)
from explorer.network.repairs import Repair, repairs
from explorer.network.shapes import Failure, trace
from tests.network.extractor_files import HEAD, network


def failing(spec: NetworkSpec) -> tuple[Failure, tuple[Repair, ...]]:
    traced = trace(spec)
    assert traced.failure is not None
    found = repairs(spec, traced)
    assert found
    for repair in found:
        after = trace(repair.spec)
        name = after.failure and after.failure.name
        assert name != traced.failure.name, repair.title
    ranks = [int(repair.cost) for repair in found]
    assert ranks == sorted(ranks)
    return traced.failure, found


def test_a_picture_of_one_channel_is_explained_and_mended() -> None:
    for normalisation in (None, Normalisation(mean=(0.1,), std=(0.3,))):
        spec = network(Pretrained(model="vgg16"), *HEAD, channels=1, normalisation=normalisation)
        failure, found = failing(spec)
        assert failure.name == "features1"
        assert "takes colour pictures of 3 channels, but the input gives 1 channel (1×64×64)" in (
            failure.problem
        )
        titles = [repair.title for repair in found]
        assert titles[0] == "Set the input's channels to 3"
        assert "Insert Conv2d(out_channels=3, kernel_size=1) before features1" in titles
        assert found[0].spec.input.channels == 3


def test_channels_of_a_layer_before_it() -> None:
    failure, found = failing(network(Conv2d(out_channels=8), Pretrained(), *HEAD))
    assert "`conv1` gives 8 channels" in failure.problem
    assert "Set the input" not in failure.remedy
    assert found[0].title == "Set out_channels to 3 in conv1"


def test_a_picture_too_small_is_explained_and_mended() -> None:
    failure, found = failing(network(Pretrained(model="vgg16"), *HEAD, side=28))
    assert "needs at least 32×32, but the input gives 28×28" in failure.problem
    titles = [repair.title for repair in found]
    assert titles[0] == "Set model to resnet18"
    assert "Set the input's height to 32 and width to 32" in titles
    assert "Insert Upsample(size=32) before features1" in titles
    _, both = failing(network(Pretrained(model="vgg16"), *HEAD, side=28, channels=1))
    assert both[0].title == "Set the input's channels to 3, height to 32 and width to 32"
    _, later = failing(network(MaxPool2d(), Pretrained(model="vgg16"), *HEAD, side=50))
    assert "Set stride to 1 in pool1" in [repair.title for repair in later]


def test_a_picture_too_large_fails_as_a_whole() -> None:
    failure, found = failing(network(Pretrained(model="vgg16"), *HEAD, side=320))
    assert failure.path == (0,) and "At `features1." in failure.problem
    assert "40,000,000 are allowed" in failure.problem
    assert found[0].title == "Set model to resnet18"
    assert any(repair.title.startswith("Set the input's height to 160") for repair in found)


def test_after_a_flatten() -> None:
    failure, found = failing(network(Flatten(), Pretrained(), Linear()))
    assert "a plain row of 12,288 values" in failure.problem
    assert found[0].title == "Move flatten1 to after features1"


def test_a_layer_behind_it_is_mended_without_touching_it() -> None:
    failure, found = failing(network(Pretrained(), Conv2d(kernel_size=5)))
    assert "arrives from `features1`" in failure.problem
    assert not any("features1." in repair.title for repair in found)
