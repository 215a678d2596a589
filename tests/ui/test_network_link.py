"""The network in the page's address: taken, kept up to date, and never able to break the page."""

import base64
import random
import time
import zlib

import pytest
from streamlit.testing.v1 import AppTest

from explorer.network import NetworkSpec, edit
from explorer.network.layers import Conv2d
from explorer.network.link import FORMAT, network_from_text, network_to_text
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.ui import address_memory
from explorer.ui.links import LONGEST_LINK
from tests.ui.pages import ROOT, address_parameters, link, run, start

LENET = PRESETS["LeNet-5"]
_DICE = random.Random(0)
LONG = TUTORIAL_CNN.with_layers(
    Conv2d(out_channels=_DICE.randint(1, 9999), kernel_size=1, name=f"x{_DICE.getrandbits(90):x}")
    for _ in range(400)
)


def carried(app: AppTest) -> NetworkSpec:
    return app.session_state["carried_network"]


def arrive(app: AppTest, text: str) -> AppTest:
    """A run for which the browser's address holds this network."""
    app.query_params["net"] = text
    return run(app)


def test_a_link_brings_its_network_and_undo_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = network_to_text(LENET)
    app = start(monkeypatch, "network", net=text)
    assert carried(app) == LENET
    assert address_parameters(app) == {"net": text}
    assert link(app).endswith(f"/network?net={text}")
    assert not app.warning
    app = run(app.button(key="network_undo").click())
    assert carried(app) == TUTORIAL_CNN
    assert address_parameters(app) == {}
    assert network_from_text(link(app).partition("net=")[2]) == TUTORIAL_CNN


def test_the_address_follows_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "network")
    assert address_parameters(app) == {}
    app = run(app.button(key="network_duplicate").click())
    text = address_parameters(app)["net"]
    assert network_from_text(text) == carried(app) != TUTORIAL_CNN
    app = run(app)
    assert address_parameters(app) == {"net": text}


@pytest.mark.parametrize("text", ["1", "0abc", "1" + "%3Cscript", "1eJw", "\0", "x" * 200_000])
def test_a_damaged_link_is_said_once_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    app = start(monkeypatch, "network", net=text)
    (notice,) = app.warning
    assert "The network in the link is not used" in notice.value
    assert carried(app) == TUTORIAL_CNN
    assert address_parameters(app) == {}
    assert not run(app).warning


def test_what_else_is_in_the_address_is_left_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "network", net=network_to_text(LENET), stride="3")
    assert carried(app) == LENET
    (notice,) = app.warning
    assert "no choice “stride”" in notice.value
    assert list(address_parameters(app)) == ["net"]


def test_a_network_too_long_for_a_link_says_so_with_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    length = len(network_to_text(LONG))
    assert length > LONGEST_LINK
    app = start(monkeypatch, "network", net=network_to_text(LENET))
    app.session_state["carried_network"] = LONG
    app = run(app)
    assert address_parameters(app) == {}
    said = [each.value for each in app.caption if f"{length:,} characters" in each.value]
    assert said and f"at most {LONGEST_LINK:,}" in said[0] and "network.json" in said[0]
    assert not [each for each in app.code if "net=" in each.value]


def test_an_address_overtaken_by_an_edit_does_not_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(address_memory.time, "monotonic", lambda: now)
    first = network_to_text(LENET)
    other = FORMAT + base64.urlsafe_b64encode(
        zlib.compress(LENET.model_dump_json().encode(), 1)
    ).decode().rstrip("=")
    app = start(monkeypatch, "network", net=other)  # the same network in other letters
    assert address_parameters(app) == {"net": first}
    app = run(app.button(key="network_remove").click())
    edited = carried(app)
    assert edited == edit.remove(LENET, (0,))
    for old in (other, first):  # on its way when the edit was made
        app = arrive(app, old)
        assert carried(app) == edited
        assert address_parameters(app) == {"net": network_to_text(edited)}
    now += 60
    assert carried(arrive(app, first)) == LENET, "the browser's back button"


def test_an_edit_is_not_undone_by_an_address_however_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow server the browser may send many edits before it hears of the first address."""
    now = time.monotonic()
    monkeypatch.setattr(address_memory.time, "monotonic", lambda: now)
    app = start(monkeypatch, "network", net=network_to_text(LENET))
    for button in ("network_remove", "network_remove", "network_undo"):
        now += 60
        before = carried(app)
        app.query_params["net"] = network_to_text(LENET)
        app = run(app.button(key=button).click())
        assert carried(app) != before
    assert carried(app) == edit.remove(LENET, (0,))
    assert address_parameters(app) == {"net": network_to_text(carried(app))}
    now += 60
    assert carried(arrive(app, network_to_text(LENET))) == LENET, "the browser's back button"
    now += 60
    bottleneck = PRESETS["Bottleneck block"]
    assert carried(arrive(app, network_to_text(bottleneck))) == bottleneck, "and again"


def test_a_network_chosen_elsewhere_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    text = network_to_text(LENET)
    app = start(monkeypatch, "network", net=text)
    app = run(app.switch_page(str(ROOT / "pages" / "train.py")))
    app.session_state["carried_network"] = PRESETS["Bottleneck block"]
    app = arrive(app.switch_page(str(ROOT / "pages" / "network.py")), text)
    assert carried(app) == PRESETS["Bottleneck block"]
