"""Feature maps on the Network page: which weights, which picture, and a filter opened elsewhere."""

import json
import struct
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.datasets.reference import DatasetRef
from explorer.network import InputShape, NetworkSpec
from explorer.network.activations import layer_outputs
from explorer.network.blocks import Path, Residual, Sequential
from explorer.network.build import build
from explorer.network.layers import Conv1d, Conv2d, Conv3d, Flatten, Linear, MaxPool2d, ReLU
from explorer.network.presets import TUTORIAL_CNN
from explorer.runs.claim import Claim
from explorer.runs.claims import reserve
from explorer.runs.store import open_store
from explorer.training import checkpoint
from explorer.training.events import Finished, Saved
from explorer.training.recipe import Contender, Job
from explorer.ui.network import maps as network_maps
from explorer.ui.network import weights as network_weights
from explorer.ui.train.data_preview import preview
from tests.ui.pages import notices, run, start

INPUT = InputShape(channels=3, height=20, width=20)
FINISHED = Finished(
    reason="completed",
    seconds=1,
    results=(),
    test_size=1,
    disagreement_count=0,
    disagreements=(),
)


def opened(monkeypatch: pytest.MonkeyPatch, spec: NetworkSpec, path: Path, **state: Any) -> AppTest:
    """The page with a network and a layer selected, and the feature maps in sight."""
    app = start(monkeypatch, "network")
    app.session_state["carried_network"] = spec
    app.session_state["network_selected"] = path
    app.session_state["network_tabs"] = "Feature maps"
    for name, value in state.items():
        app.session_state[name] = value
    return run(app)


def sent(app: AppTest) -> dict[str, Any]:
    """The header of what the browser is sent."""
    blob: bytes = app.session_state["maps_packed"][3]
    (length,) = struct.unpack("<I", blob[4:8])
    return json.loads(blob[8 : 8 + length])


def told(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.info, *app.error)).replace("\\", "")


NESTED = NetworkSpec(
    name="nested",
    input=INPUT,
    layers=(
        Conv2d(out_channels=80, padding=1),
        Sequential(layers=(Residual(body=(Conv2d(out_channels=80, padding=1), ReLU())),), repeat=2),
        MaxPool2d(),
        Flatten(),
        Linear(out_features=7),
    ),
)


@pytest.mark.parametrize(
    ("path", "name", "shape", "page"),
    [
        ((), "", [3, 20, 20], None),
        ((0,), "conv1", [80, 20, 20], "Convolution"),
        ((1,), "block1", [80, 20, 20], None),
        ((1, 0, 0), "block1.0.block1.body.conv1", [80, 20, 20], "Convolution"),
        ((2,), "pool1", [80, 10, 10], "Pooling"),
        ((4,), "fc1", [7], None),
    ],
)
def test_every_node_shows_its_maps(
    monkeypatch: pytest.MonkeyPatch, path: Path, name: str, shape: list[int], page: str | None
) -> None:
    header = sent(opened(monkeypatch, NESTED, path))
    assert (header["name"], header["shape"], header["page"]) == (name, shape, page)
    assert header["more"] == (shape[0] == 80)
    assert header["picture_title"] == "Temple"


def test_more_maps_are_sent_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (0,))
    assert sent(app)["arrays"]["codes"]["shape"][0] == 64
    app.session_state["maps_shown"] = ("conv1", 2)
    assert sent(run(app))["arrays"]["codes"]["shape"][0] == 80
    app.session_state["network_selected"] = (2,)  # another layer begins anew
    assert sent(run(app))["arrays"]["codes"]["shape"][0] == 64


def test_what_is_not_changed_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (0,))
    blob = app.session_state["maps_packed"][3]
    passes: list[int] = []
    real = network_maps.layer_outputs
    monkeypatch.setattr(
        network_maps, "layer_outputs", lambda *given: passes.append(1) or real(*given)
    )
    run(app)
    assert not passes and app.session_state["maps_packed"][3] is blob
    seed = next(each for each in app.number_input if each.label == "Seed")
    run(seed.set_value(1))
    assert passes == [1] and app.session_state["maps_packed"][3] != blob


def test_signals_and_volumes_have_samples_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = NetworkSpec(
        name="signal",
        input=InputShape(channels=2, height=None, width=50),
        layers=(Conv1d(out_channels=4),),
    )
    header = sent(opened(monkeypatch, signal, (0,)))
    assert header["shape"] == [4, 48] and "the row in its middle" in header["picture_title"]
    volume = NetworkSpec(
        name="volume",
        input=InputShape(channels=1, depth=8, height=16, width=16),
        layers=(Conv3d(out_channels=4),),
    )
    header = sent(opened(monkeypatch, volume, (0,)))
    assert header["shape"] == [4, 6, 14, 14] and header["picture_size"] == [8, 16, 16]
    assert header["page"] == "Volume"


def test_small_grayscale_networks_begin_with_a_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, TUTORIAL_CNN, (0,))
    names = preview(DatasetRef(), TUTORIAL_CNN.input).names
    assert sent(app)["picture_title"] == f"Digits (bundled): {names[len(names) // 2]}"
    groups: list[Any] = list(app.get("button_group"))
    run(next(each for each in groups if each.label == "Which").set_value(7))
    assert sent(app)["picture_title"] == f"Digits (bundled): {names[7]}"


def test_before_a_failure_there_are_maps_and_after_it_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = (Conv2d(out_channels=4), Conv2d(kernel_size=19), Conv2d())
    broken = NetworkSpec(name="broken", input=INPUT, layers=layers)
    app = opened(monkeypatch, broken, (0,))
    assert sent(app)["shape"] == [4, 18, 18]
    for path in ((1,), (2,)):
        app = opened(monkeypatch, broken, path)
        assert "maps_packed" not in app.session_state
        assert f"Nothing arrives at conv{path[0] + 1}" in told(app)


def finished_run(spec: NetworkSpec, name: str) -> tuple[str, torch.nn.Module]:
    """A run of somebody's that trained this network, and its weights."""
    store = open_store()
    contenders = (Contender(name="CNN", network=spec),)
    made = store.create("somebody", Job(contenders=contenders, dataset=DatasetRef()), name)
    assert reserve(store, 1) == made.id
    claim = Claim.take(store, made.id)
    assert claim is not None
    torch.manual_seed(99)
    module = build(spec).eval()
    checkpoint.save(made.directory / "weights.safetensors", module, spec)
    claim.end([Saved(step=1, files={"CNN": "weights.safetensors"}), FINISHED], "finished", None)
    return made.id, module


def test_weights_of_a_finished_run_of_this_very_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_weights, "visitor", lambda: "somebody")
    run_id, module = finished_run(TUTORIAL_CNN, "<b>a run</b>")
    finished_run(NESTED, "another network")
    app = opened(monkeypatch, TUTORIAL_CNN, (0,))
    before = sent(app)
    weights = next(each for each in app.selectbox if each.label == "Weights")
    assert weights.options == ["Random", "<b>a run</b>: CNN"]
    run(weights.set_value((run_id, "CNN")))
    header = sent(app)
    sample = app.session_state["maps_packed"][1]
    expected = layer_outputs(module, sample, ["conv1"])["conv1"]
    assert header["low"] == pytest.approx(float(expected.min()), abs=1e-6)
    assert header["high"] == pytest.approx(float(expected.max()), abs=1e-6)
    assert header["high"] != before["high"]
    # another network has other weights
    app.session_state["carried_network"] = NESTED.with_layers(NESTED.layers[:1])
    run(app)
    assert not app.error and sent(app)["shape"] == [80, 20, 20]


def test_somebody_elses_runs_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    finished_run(TUTORIAL_CNN, "a run")
    app = opened(monkeypatch, TUTORIAL_CNN, (0,))
    weights = next(each for each in app.selectbox if each.label == "Weights")
    assert weights.options == ["Random"]


@pytest.mark.parametrize(
    ("path", "page", "unit"),
    [((0,), "convolution", [0, 4, 5]), ((2,), "pooling", [0, 1, 2])],
)
def test_a_filter_is_opened_on_its_page(
    monkeypatch: pytest.MonkeyPatch, path: Path, page: str, unit: list[int]
) -> None:
    asked = {"channel": 1, "unit": unit}
    app = opened(monkeypatch, NESTED, path, maps_asked=asked)
    choices = app.session_state[f"{page}_choices"]
    assert choices.input == "layer"
    assert "output channel 2 of 80" in " ".join(notices(app))
    assert not app.error
    leaves = 20 if page == "convolution" else 10
    assert choices.step == unit[1] * leaves + unit[2]


@pytest.mark.parametrize(
    "asked",
    [
        {"channel": 99, "unit": [0, 0, 0]},
        {"channel": -1, "unit": [0, 0, 0]},
        {"channel": 0, "unit": [0, 0]},
        {"channel": "<b>", "unit": [0, 0, 0]},
        {"channel": 0, "unit": [0, 99, 0]},
        "nonsense",
        7,
    ],
)
def test_nonsense_from_a_browser_opens_nothing(monkeypatch: pytest.MonkeyPatch, asked: Any) -> None:
    app = opened(monkeypatch, NESTED, (0,), maps_asked=asked)
    assert "cannot be used" in told(app) or "no longer part" in told(app)
    assert sent(app)["shape"] == [80, 20, 20]


@pytest.mark.parametrize("page", ["convolution", "pooling", "transposed", "volume"])
def test_a_link_to_a_layer_falls_back_and_says_so(
    monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app = start(monkeypatch, page, input="layer", step="3")
    assert "which a link cannot hold" in " ".join(notices(app))
    assert app.session_state[f"{page}_choices"].input != "layer"
