"""Training behind pretrained layers: what learns, what stays, and what is said without weights."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision

from explorer.network import InputShape, NetworkSpec, pretrained
from explorer.network.blocks import Pretrained
from explorer.network.build import build
from explorer.network.layers import AdaptiveAvgPool2d, Flatten, Linear
from explorer.training import checkpoint
from explorer.training.events import Failed, Finished, Preparing, Saved, Started
from explorer.training.first_weights import require_difference
from explorer.training.recipe import Contender
from tests.training import jobs
from tests.training.jobs import job, of, run

INPUT = InputShape(channels=3, height=32, width=32)
BLOCK = Pretrained(model="resnet18")
SPEC = NetworkSpec(
    name="Own",
    input=INPUT,
    layers=(BLOCK, AdaptiveAvgPool2d(output_size=1), Flatten(), Linear(out_features=10)),
)
NAME = "resnet18-f37072fd.pth"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without a connection."""

    def refused(*_: Any, **__: Any) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("torch.hub.urlopen", refused)


def _trained(spec: NetworkSpec, folder: Path, **recipe: Any) -> list[Any]:
    return run(job(spec, batch_size=20, **recipe), dataset=jobs.few(60, INPUT), directory=folder)


def test_frozen_layers_keep_torchvisions_weights_and_the_rest_learns(tmp_path: Path) -> None:
    torch.manual_seed(3)
    theirs = torchvision.models.resnet18(weights=None)
    folder = pretrained.folder()
    folder.mkdir(parents=True)
    torch.save(theirs.state_dict(), folder / NAME)
    events = _trained(SPEC, tmp_path)
    (started,), (saved,) = of(events, Started), of(events, Saved)
    (facts,) = started.contenders
    assert facts.notes == ()
    assert (facts.parameters, facts.frozen_parameters) == (11_181_642, 11_176_512)
    assert not [told for told in of(events, Preparing) if "weights" in told.message]
    _, trained = checkpoint.load(tmp_path / saved.files["Own"])
    inside = trained.get_submodule("features1").state_dict().values()
    kept = [value for name, value in theirs.state_dict().items() if not name.startswith("fc.")]
    assert all(map(torch.equal, inside, kept))
    torch.manual_seed(0)
    assert not torch.equal(
        trained.get_parameter("fc1.weight"), build(SPEC).get_parameter("fc1.weight")
    )
    assert of(events, Finished)


def test_without_a_connection_it_trains_at_random_and_says_so(
    tmp_path: Path, offline: None
) -> None:
    events = _trained(SPEC, tmp_path)
    (told,) = [told for told in of(events, Preparing) if "weights" in told.message]
    assert told.message == "Downloading the weights of ResNet-18 (45 MB)"
    (note,) = of(events, Started)[0].contenders[0].notes
    assert "could not be downloaded (Network is unreachable)" in note and "random" in note
    assert NAME in note and of(events, Finished)


def test_unfrozen_it_learns_too(tmp_path: Path) -> None:
    spec = SPEC.with_layers(
        [BLOCK.model_copy(update={"frozen": False, "weights": "random"}), *SPEC.layers[1:]]
    )
    events = _trained(spec, tmp_path)
    (facts,) = of(events, Started)[0].contenders
    assert facts.frozen_parameters == 0
    _, trained = checkpoint.load(tmp_path / of(events, Saved)[0].files["Own"])
    counted = trained.get_buffer("features1.norm1.num_batches_tracked")
    assert counted.item() == 3  # steps


def test_where_nothing_learns_nothing_is_trained(tmp_path: Path) -> None:
    frozen = BLOCK.model_copy(update={"weights": "random"})
    layers = (frozen, AdaptiveAvgPool2d(output_size=1), Flatten())
    (failed,) = of(_trained(SPEC.with_layers(layers), tmp_path), Failed)
    assert "512" in failed.what  # not one value per class
    none = NetworkSpec(
        name="None", input=InputShape(channels=1, height=1, width=10), layers=(Flatten(),)
    )
    events = run(job(none), dataset=jobs.digits(none.input))
    assert "Nothing in the network learns" in of(events, Failed)[0].what


def test_random_weights_are_not_compared_with_random_weights(offline: None) -> None:
    """The same network but for its weights, while those cannot be had."""
    layers = (Pretrained(model="resnet18", weights="random"), *SPEC.layers[1:])
    random = SPEC.model_copy(update={"name": "Random", "layers": layers})
    failed = run(job(SPEC, random), dataset=jobs.few(60, INPUT))[-1]
    assert isinstance(failed, Failed)
    assert "“Own” and “Random” differ only in the weights" in failed.what
    assert "could not be downloaded (Network is unreachable). Connect" in failed.what
    assert "starts with random" not in failed.what
    other = SPEC.model_copy(update={"name": "Other", "layers": (*layers, Linear(out_features=10))})
    require_difference(
        [Contender(name=one.name, network=one) for one in (SPEC, other)], [("missing",), ()]
    )
