"""The Volume page in a real browser."""

import io

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.media.samples import volume_sample
from explorer.media.volumes import resized
from tests.browser.app import App
from tests.browser.choosing import choose, choose_and_settle
from tests.browser.player import open_fold, open_page, pause, said, seek, settle, wait_until


@pytest.fixture
def player(page: Page, app: App) -> Locator:
    return open_page(page, f"{app.url}/volume")


def clip() -> torch.Tensor:
    """What the page opens with, (1, 16, 18, 24)."""
    return resized(volume_sample("walk"), 24, 16).tensor("grayscale")


def npy(values: np.ndarray) -> bytes:
    data = io.BytesIO()
    np.save(data, values, allow_pickle=False)
    return data.getvalue()


def test_it_opens_on_a_moving_clip_and_says_how_axes_are_ordered(
    page: Page, player: Locator
) -> None:
    wait_until(player, "data.playing === 'true' && Number(data.step) > 100")
    weight = torch.zeros(1, 1, 3, 3, 3)
    weight[:, :, 0], weight[:, :, 2] = -0.1111, 0.1111
    output = torch.nn.functional.conv3d(clip(), weight)[0]
    assert int(said(player, "steps")) == output.numel()
    pause(player)
    seek(player, 1234)
    value = float(said(player, "value"))
    assert value == pytest.approx(float(output.flatten()[1234]), abs=1e-5)
    expect(page.get_by_text("C, D, H, W")).to_be_visible()
    expect(page.get_by_text("C, H, W, D")).to_be_visible()
    expect(page.get_by_text("depth   floor((16 + 2·0 − 1·(3−1) − 1) / 1) + 1 = 14")).to_be_visible()


def test_an_anisotropic_kernel_of_a_link(page: Page, app: App) -> None:
    player = open_page(page, f"{app.url}/volume?kernel=1x2x5&stride=2x4x3&weights=box-blur&step=20")
    expect(page.get_by_text("kernel_size=(1, 2, 5), stride=(2, 4, 3)").first).to_be_visible()
    output = torch.nn.functional.conv3d(clip(), torch.full((1, 1, 1, 2, 5), 0.1), stride=(2, 4, 3))[
        0
    ]
    wait_until(player, "data.step === '20'")
    assert int(said(player, "steps")) == output.numel()
    assert float(said(player, "value")) == pytest.approx(float(output.flatten()[20]), abs=1e-6)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_pooling_in_three_dimensions(page: Page, player: Locator) -> None:
    pause(player)
    choose_and_settle(page, player, "Operation", "Max pooling")
    output = torch.nn.functional.max_pool3d(clip(), 3, stride=1)[0]
    seek(player, 777)
    assert float(said(player, "value")) == float(output.flatten()[777])
    expect(page.get_by_role("combobox", name="Kernel")).to_have_count(0)


def test_an_upload_becomes_a_volume_and_a_bad_one_costs_nothing(
    page: Page, player: Locator
) -> None:
    pause(player)
    open_fold(page, "Input")
    values = (np.arange(6 * 8 * 10).reshape(6, 8, 10) % 250).astype(np.uint8)
    chooser = page.locator('[data-testid="stFileUploaderDropzoneInput"]').last
    scenes = int(said(player, "scenes"))
    chooser.set_input_files(
        [{"name": "scan.npy", "mimeType": "application/octet-stream", "buffer": npy(values)}]
    )
    settle(player, scenes)
    expect(page.get_by_text("nn.Conv3d(1, 1, kernel_size=3)").first).to_be_visible()
    assert int(said(player, "steps")) == 4 * 6 * 8
    chooser = page.locator('[data-testid="stFileUploaderDropzoneInput"]').last
    chooser.set_input_files(
        [{"name": "bad.npy", "mimeType": "application/octet-stream", "buffer": b"\x93NUMPY?"}]
    )
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("bad.npy")
    expect(alert).to_contain_text("The volume before it stays.")
    assert int(said(player, "steps")) == 4 * 6 * 8
    choose(page, "Volume", "A glowing ball")
    wait_until(player, "Number(data.steps) === argument", 14 * 15 * 15)  # 16 of 17 slices
