"""Links to a view in a real browser: copied, opened by somebody else, and hostile ones."""

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from explorer.ui.links import address, parameters
from explorer.ui.see.choices import CHOICES, KERNEL_SLUGS
from tests.browser.app import App
from tests.browser.choosing import link_to_view
from tests.browser.player import (
    open_page,
    pause,
    photograph,
    pixels,
    said,
    seek,
    set_slider,
    settle,
    upload,
    wait_until,
)

SEEDS = range(2)


def random_choices(page: str, dice: random.Random) -> dict[str, Any]:
    """Settings that are legal together: every field that a link holds takes part."""
    values: dict[str, Any] = {
        "size": dice.choice([12, 20, 28]),
        "colour": dice.choice(["grey", "rgb"]),
        "kernel": (dice.randint(1, 4), dice.randint(1, 4)),
        "stride": (dice.randint(1, 3), dice.randint(1, 3)),
        "edits": ((dice.randint(0, 50), dice.choice([0.5, -1.0, 2.0])),),
        "step": dice.randint(0, 8),
        "input": dice.choice(["picture", "numbers"]),
        "cells": (dice.randint(8, 12), dice.randint(8, 12)),
        "channels": dice.randint(1, 3),
        "fill": dice.choice(["random", "counting", "dot"]),
        "seed": dice.randint(0, 9999),
    }
    if page != "pooling":
        names = dice.sample(sorted(KERNEL_SLUGS), dice.randint(1, 3))
        cells = values["kernel"][0] * values["kernel"][1]
        numbers = [dice.randint(-4, 4) / 2 for _ in range(cells)]
        values["weights"] = dice.choice([tuple(names), ("random",), tuple(numbers)])
        values["bias"] = dice.choice([None, 0.5, -2.0])
        values["maps"] = dice.randint(1, 4)
    if page == "convolution":
        values["padding"] = ((dice.randint(0, 2), dice.randint(0, 2)), (dice.randint(0, 2), 1))
        values["padding_mode"] = dice.choice(["zeros", "reflect", "replicate", "circular"])
        values["dilation"] = (dice.randint(1, 2), dice.randint(1, 2))
    if page == "pooling":
        values["kind"] = dice.choice(list(CHOICES[page].model_fields["kind"].annotation.__args__))  # type: ignore[union-attr]
        values["ceil_mode"] = dice.random() < 0.5
        values["output_size"] = (dice.randint(1, 5), dice.randint(1, 5))
    if page == "transposed":
        values["output_padding"] = tuple(s - 1 for s in values["stride"])
    return values


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["convolution", "pooling", "transposed"])
def test_a_copied_link_shows_somebody_else_the_same(
    name: str, seed: int, app: App, new_visitor: Callable[[], Page]
) -> None:
    choices = CHOICES[name].model_validate(random_choices(name, random.Random(f"{name} {seed}")))
    query, left_out = parameters(choices, name)
    assert not left_out
    ann = new_visitor()
    hers = open_page(ann, address(f"{app.url}/{name}", query))
    expect(ann.get_by_test_id("stAlert")).to_have_count(0)
    wait_until(hers, "data.playing === 'false'")
    link = link_to_view(ann)
    assert "step=" in link or choices.step == 0
    ben = new_visitor()
    his = open_page(ben, link)
    expect(ben.get_by_test_id("stAlert")).to_have_count(0)
    wait_until(his, "data.playing === 'false'")
    assert link_to_view(ben) == link
    for what in ("step", "steps", "value", "map"):
        assert said(hers, what) == said(his, what), what
    for view in ("input", "output"):
        assert np.array_equal(pixels(hers, view), pixels(his, view)), view


def test_what_is_done_in_the_player_is_in_the_address_and_survives_a_reload(
    page: Page, app: App
) -> None:
    player = open_page(page, app.url)
    pause(player)
    set_slider(player, "Stride", 3)
    expect(page).to_have_url(f"{app.url}/?stride=3")
    player.locator(".view.output").click(position={"x": 40, "y": 40})
    wait_until(player, "data.pin !== ''")
    pinned = said(player, "pin")
    expect(page).to_have_url(f"{app.url}/?stride=3&step={pinned}")
    value = said(player, "value")
    page.reload()
    player = page.locator(".player[data-step]")
    player.wait_for()
    wait_until(player, "data.playing === 'false' && data.step === argument", pinned)
    assert said(player, "value") == value
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_hostile_link_shows_first_values_with_a_notice(
    app: App, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    dialogs: list[Dialog] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))  # a builtin is not taken
    player = open_page(
        page,
        f"{app.url}/?kernel=99999999999999999999&weights=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
        "&bias=NaN&padding=-1&seed=%00&stride=2&[a](http://x)=1&grid=" + "1," * 3000,
    )
    notice = page.get_by_test_id("stAlert")
    expect(notice).to_have_count(1)
    for text in (
        "kernel = “99999999999999999999”",
        "weights = “<img src=x onerror=alert(1)>”",
        "bias = “NaN”",
        "padding = “-1”",
        "“[a](http:",
        "grid has 6,000 characters",
    ):
        expect(notice).to_contain_text(text)
    assert notice.locator("img, a, script").count() == 0
    assert not dialogs
    expect(page).to_have_url(f"{app.url}/?stride=2")
    assert pixels(player, "output").shape[:2] == (21, 31)  # 43×64 by 3×3 with stride 2


def test_examples_open_with_one_click(page: Page, app: App) -> None:
    player = open_page(page, app.url)
    scenes = int(said(player, "scenes"))
    page.get_by_role("button", name="Worked examples").click()
    first = page.get_by_role("menuitem").first
    title = first.inner_text()
    first.click()
    settle(player, scenes)
    expect(page.get_by_test_id("stAlert")).to_contain_text(title)
    expect(page).not_to_have_url(f"{app.url}/")


def test_an_uploaded_picture_cannot_be_in_a_link_and_both_sides_say_so(
    page: Page, app: App, new_visitor: Callable[[], Page]
) -> None:
    player = open_page(page, app.url)
    scenes = int(said(player, "scenes"))
    upload(page, "mine.jpg", photograph(320, 240))
    settle(player, scenes)
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{app.url}/?picture=upload")
    page.get_by_role("button", name="Link to this view").click()
    expect(page.get_by_text("The file you uploaded stays in this session")).to_be_visible()
    other = new_visitor()
    open_page(other, f"{app.url}/?picture=upload&stride=2")
    expect(other.get_by_test_id("stAlert")).to_contain_text("which a link cannot hold")
    expect(other).to_have_url(f"{app.url}/?stride=2")


def test_a_bank_too_long_for_a_link_is_left_out_in_words(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/?colour=rgb&kernel=7&maps=8&weights=random&size=28")
    pause(player)
    scenes = int(said(player, "scenes"))
    page.get_by_role("button", name="Flip").click()
    settle(player, scenes)
    page.get_by_role("button", name="Link to this view").click()
    expect(page.get_by_text("is left out of the link")).to_be_visible()
    expect(page).to_have_url(f"{app.url}/?size=28&colour=rgb&kernel=7&maps=8")
    seek(player, 3)


def test_the_offline_page_can_be_taken_away(page: Page, app: App) -> None:
    open_page(page, f"{app.url}/pooling")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Offline page").click()
    assert waiting.value.path().read_bytes()[:15].lower() == b"<!doctype html>"


def test_pages_keep_their_choices_apart_and_the_back_button_goes_back(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/pooling?stride=3")
    pause(player)
    page.get_by_role("link", name="Transposed").click()
    page.get_by_role("heading", name="Transposed convolution").wait_for()
    page.locator(".player[data-step]").wait_for()
    expect(page).to_have_url(f"{app.url}/transposed")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    page.get_by_role("link", name="Pooling").click()
    page.get_by_role("heading", name="Pooling").wait_for()
    expect(page).to_have_url(f"{app.url}/pooling?stride=3")
    player = page.locator(".player[data-step]")
    player.wait_for()
    pause(player)
    set_slider(player, "Stride", 4)
    expect(page).to_have_url(f"{app.url}/pooling?stride=4")
    page.go_back()
    wait_until(player, "data.confirmed === 'true' && Number(data.steps) === argument", 14 * 21)
    expect(page).to_have_url(f"{app.url}/pooling?stride=3")


def test_an_open_view_is_in_the_link_and_open_again(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/?input=numbers&cells=6")
    pause(player)
    player.get_by_role("button", name="Matrix of patches").click()
    expect(page).to_have_url(re.compile("views=[a-z0-9_-]+"))
    page.reload()
    player = page.locator(".player[data-step]")
    player.wait_for()
    shown = player.get_by_role("button", name="Matrix of patches")
    expect(shown).to_have_attribute("aria-pressed", "true")
    shown.click()
    expect(page).not_to_have_url(re.compile("views="))
