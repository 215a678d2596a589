"""What is set on Train comes back after a reload: from the address, or from one's own run."""

import hashlib
import json

import pytest
from streamlit.testing.v1 import AppTest

from explorer.datasets.catalog import CATALOG
from explorer.datasets.reference import DatasetRef
from explorer.datasets.uploads import save_upload
from explorer.network.link import network_to_text
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.runs.store import open_store
from explorer.training.recipe import Job, Recipe
from explorer.ui import identity
from explorer.ui.train.plan import plan
from tests.datasets import zips
from tests.ui.pages import ROOT, address_parameters, run, start

LENET = PRESETS["LeNet-5"]
PERSON = ("session", "ann")
ANN = hashlib.sha256(json.dumps(PERSON).encode()).hexdigest()


@pytest.fixture(autouse=True)
def ann(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session is Ann's."""
    monkeypatch.setattr(identity, "_session", lambda: PERSON)


def lenet_on_mnist() -> Job:
    ref = DatasetRef(source="mnist", name=CATALOG["mnist"].title)
    recipe = Recipe(optimizer="adam", learning_rate=0.002, epochs=2, seed=5)
    return plan(LENET, input=LENET.input, classes=10).job(ref, recipe)


def shown(app: AppTest) -> dict[str, object]:
    """What the page has set."""
    return {
        "data": app.selectbox(key="data_source").value,
        "rate": app.number_input(key="recipe_learning_rate").value,
        "epochs": app.number_input(key="recipe_epochs").value,
        "optimizer": app.selectbox(key="recipe_optimizer").value,
        "network": app.session_state["carried_network"].name,
    }


def test_a_first_visit_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_parameters(start(monkeypatch, "train")) == {}


def test_what_is_changed_survives_a_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "train")
    run(app.selectbox(key="recipe_preset_choice").set_value("fast"))
    run(app.number_input(key="recipe_learning_rate").set_value(0.0625))
    run(app.selectbox(key="data_source").set_value("mnist"))
    app.session_state["carried_network"] = LENET
    before = shown(run(app))
    address = address_parameters(app)
    assert address == {
        "recipe": "fast",
        "data": "mnist",
        "learning_rate": "0.0625",
        "net": network_to_text(LENET),
    }
    again = start(monkeypatch, "train", **address)
    assert shown(again) == before
    assert not again.warning
    assert address_parameters(again) == address


def test_ones_own_run_brings_back_what_it_was_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    made = open_store().create(ANN, lenet_on_mnist(), "mine")
    app = start(monkeypatch, "train")
    assert shown(app) == {
        "data": "mnist",
        "rate": 0.002,
        "epochs": 2,
        "optimizer": "adam",
        "network": "LeNet-5",
    }
    assert address_parameters(app) == {"run": made.id}
    run(app.number_input(key="recipe_epochs").set_value(9))
    address = address_parameters(app)
    assert address["epochs"] == "9"
    assert shown(start(monkeypatch, "train", **address)) == shown(app)
    run(app.number_input(key="recipe_epochs").set_value(2))
    assert address_parameters(app) == {"run": made.id}


def test_defaults_that_were_asked_for_are_not_those_of_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_store().create(ANN, lenet_on_mnist(), "mine")
    app = start(monkeypatch, "train")
    run(app.selectbox(key="recipe_preset_choice").set_value("plain"))
    run(app.selectbox(key="data_source").set_value("digits"))
    app.session_state["carried_network"] = TUTORIAL_CNN
    first = shown(run(app))
    assert shown(start(monkeypatch, "train", **address_parameters(app))) == first
    assert (first["data"], first["rate"]) == ("digits", 0.01)


def test_somebody_elses_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = open_store().create("b" * 64, lenet_on_mnist(), "theirs")
    app = start(monkeypatch, "train", run=theirs.id)
    assert (shown(app)["data"], shown(app)["network"]) == ("digits", TUTORIAL_CNN.name)


def test_a_network_seen_in_the_builder_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    open_store().create(ANN, lenet_on_mnist(), "mine")
    app = start(monkeypatch, "network")
    app = run(app.switch_page(str(ROOT / "pages" / "train.py")))
    assert (shown(app)["data"], shown(app)["network"]) == ("mnist", TUTORIAL_CNN.name)


def test_the_address_of_before_does_not_take_an_edit_back(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "train")
    run(app.number_input(key="recipe_epochs").set_value(7))
    old = address_parameters(app)
    app.number_input(key="recipe_epochs").set_value(8)
    run(app)
    app.query_params.clear()
    for name, text in old.items():  # the browser has not heard of the 8 yet
        app.query_params[name] = text
    assert shown(run(app))["epochs"] == 8
    assert address_parameters(app)["epochs"] == "8"


def test_an_own_zip_comes_back_with_how_it_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("first", "second"):
        files = {
            f"{kind}/{walk}_{n}.jpg": zips.jpeg(n)
            for kind in "ab"
            for walk in "uvwxyz"
            for n in (1, 2)
        }
        save_upload(zips.zipped(files), name, owner=ANN)
    app = start(monkeypatch, "train", data="folder")
    run(app.selectbox(key="own_zip").select_index(1))
    run(app.selectbox(key="zip_fit_crop").set_value("pad"))
    run(app.selectbox(key="zip_size").set_value("64×64"))
    run(app.selectbox(key="zip_channels_1").set_value(3))
    run(app.checkbox(key="zip_stratify").set_value(False))
    chosen = app.selectbox(key="own_zip").value
    address = address_parameters(app)
    assert str(chosen).removesuffix(".zip") not in json.dumps(address)
    assert {name: address[name] for name in ("input", "fit", "stratify")} == {
        "input": "3x64x64",
        "fit": "pad",
        "stratify": "off",
    }
    again = start(monkeypatch, "train", **address)
    assert again.selectbox(key="own_zip").value == chosen
    assert again.selectbox(key="zip_fit_crop").value == "pad"
    assert again.selectbox(key="zip_size").value == "64×64"
    assert again.selectbox(key="zip_channels_1").value == 3
    assert again.checkbox(key="zip_stratify").value is False
    assert address_parameters(again) == address


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"learning_rate": "1e9"}, "less than or equal to 10"),
        ({"recipe": "<b>x</b>"}, "one of plain, fast"),
        ({"data": "folder-0123456789ab"}, "is not here"),
        ({"data": "../../etc/passwd"}, "is not here"),
        ({"input": "3x0x9999999"}, "channels, height and width"),
        ({"input": "²x²x²"}, "channels, height and width"),
        ({"net": "1eJw"}, "network in the link is not used"),
        ({"stride": "3"}, "no choice “stride”"),
        ({"against": "x" * 100_000}, "baseline"),
    ],
)
def test_nonsense_in_an_address_is_told_once_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, query: dict[str, str], told: str
) -> None:
    app = start(monkeypatch, "train", **query)
    (notice,) = app.warning
    assert told in notice.value.replace("\\", "")
    assert shown(app)["rate"] == 0.01
    assert not run(app).warning


def test_a_rate_too_small_for_the_form_becomes_the_smallest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch, "train", learning_rate="1e-9")
    assert shown(app)["rate"] == 1e-6
    assert address_parameters(app) == {"recipe": "plain", "learning_rate": "1e-06"}


def test_a_link_may_name_only_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "train", net=network_to_text(LENET))
    assert app.session_state["carried_network"] == LENET
