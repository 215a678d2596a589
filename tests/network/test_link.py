"""A network in a link: nothing is lost on the way, and nothing hostile gets in."""

import base64
import json
import random
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, link
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import Conv2d, Linear
from explorer.network.presets import PRESETS
from explorer.network.spec import MAX_JSON_BYTES, Normalisation
from tests.network.layer_examples import EXAMPLES
from tests.network.nested import nested_networks

INPUT = InputShape(channels=3, height=8, width=8)


def packed(text: str | bytes) -> str:
    """What a link would hold if somebody packed this."""
    data = text.encode() if isinstance(text, str) else text
    return link.FORMAT + base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


def comes_back(spec: NetworkSpec) -> str:
    text = link.network_to_text(spec)
    assert link.network_from_text(text) == spec
    return text


@pytest.mark.parametrize("name", PRESETS)
def test_presets_come_back_and_are_short(name: str) -> None:
    text = comes_back(PRESETS[name])
    assert len(text) < 1500
    assert text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def test_every_kind_with_its_fields_in_blocks_of_every_kind_comes_back() -> None:
    nodes = tuple(layer.model_copy(update={"name": None}) for layer, _, _ in EXAMPLES)
    comes_back(
        NetworkSpec(
            name="<b>&?#%ü💥",
            input=InputShape(channels=3, depth=4, height=8, width=8),
            normalisation=Normalisation(mean=(0.1, 0.2, 0.3), std=(1, 2, 3)),
            layers=(
                *nodes,
                Sequential(layers=(Residual(body=nodes, name="here"),), repeat=3),
                Residual(body=(), shortcut="projection"),
                Branches(branches=((), nodes, (Branches(),)), join="add", name="split"),
            ),
        )
    )


@settings(max_examples=60, deadline=None)
@given(nested_networks())
def test_random_networks_come_back(spec: NetworkSpec) -> None:
    comes_back(spec)


def test_two_hundred_different_layers_fit_in_a_link() -> None:
    dice = random.Random(0)
    layers = [
        Conv2d(out_channels=dice.randint(1, 512), kernel_size=dice.choice([1, 3, 5, 7]), padding=1)
        for _ in range(200)
    ]
    assert len(comes_back(NetworkSpec(name="long", input=INPUT, layers=tuple(layers)))) < 3000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with ''"),
        ("2abc", "another version"),
        ("1", "characters"),
        ("1<script>", "characters in it"),
        ("1é", "characters in it"),
        ("1abc\x00", "characters in it"),
        ("1a", "cut off or changed"),
        ("1AAAA", "cut off or changed"),
        ("1" + "A" * 200_000, "200,001 characters"),
        (packed(""), "it ends where a value should be"),
        (packed("{}"), "name is missing"),
        (packed("[" * 50_000), "nested too deeply"),
        (packed('{"name":"x","input":{"channels":1e999,"width":1,"height":1}}'), "channels"),
        (packed(b"\xff\xfe\x00"), "."),
        (packed(json.dumps({"name": "x", "input": 3, "layers": []})), "input"),
    ],
)
def test_what_is_no_network_is_said(text: str, says: str) -> None:
    with pytest.raises(ExplorerError) as refused:
        link.network_from_text(text)
    assert says in str(refused.value)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_link_cut_off_or_changed_is_said(cut: int) -> None:
    text = link.network_to_text(PRESETS["LeNet-5"])
    for broken in (text[:-cut], text[:20] + text[20 + cut :], text[:cut] + "-_" + text[cut + 2 :]):
        if broken != text:
            with pytest.raises(ExplorerError):
                link.network_from_text(broken)


def test_any_text_is_read_or_refused() -> None:
    dice = random.Random(1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="
    for _ in range(500):
        text = "1" + "".join(dice.choice(letters) for _ in range(dice.randint(0, 80)))
        with pytest.raises(ExplorerError):
            link.network_from_text(text)


def test_a_bomb_is_never_unpacked() -> None:
    bomb = packed(b"\0" * 60_000_000)
    assert len(bomb) < link.MOST_CHARACTERS
    tracemalloc.start()
    before = time.thread_time()
    with pytest.raises(ExplorerError, match=f"more than the {MAX_JSON_BYTES:,} bytes"):
        link.network_from_text(bomb)
    took = time.thread_time() - before
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_JSON_BYTES
    assert took < 0.1


def test_names_in_a_link_are_checked_like_everywhere() -> None:
    with pytest.raises(ExplorerError, match="name"):
        link.network_from_text(
            packed(
                json.dumps(
                    {
                        "name": "x",
                        "input": INPUT.model_dump(),
                        "layers": [{"kind": "Linear", "name": "a b;import os"}],
                    }
                )
            )
        )
    assert comes_back(NetworkSpec(name="x", input=INPUT, layers=(Linear(name="head"),)))
