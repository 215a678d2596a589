"""Ten bad or odd uploads, and what people see for each."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.player import open_page, pause, pixels, said, settle, upload, wait_until
from tests.media.files import encoded, photograph, png_header_only
from tests.media.volume_files import many_frames

REFUSED = {
    "cut.jpg": (encoded(photograph(640, 427), "JPEG")[:9000], "cut off or damaged"),
    "notes.png": (b"Dear diary, today\n" * 40, "none of the kinds of picture that can be shown"),
    "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing, made of lines"),
    "bomb.png": (
        png_header_only(10_000, 10_000),
        "10,000 × 10,000 = 100,000,000 pixels; at most 60,000,000 are taken",
    ),
    "nothing.png": (b"", "The file is empty (0 bytes)"),
}


def test_what_cannot_be_shown_is_refused_in_words_and_the_picture_stays(
    page: Page, app: App
) -> None:
    player = open_page(page, app.url)
    pause(player)
    before = pixels(player, "input")
    for name, (data, told) in REFUSED.items():
        upload(page, name, data)
        alert = page.get_by_test_id("stAlert").filter(has_text=name)
        expect(alert).to_contain_text(told)
        expect(alert).to_contain_text("The picture before it stays.")
        page.keyboard.press("Escape")  # closes the popover
        assert np.array_equal(pixels(player, "input"), before)
        expect(page.get_by_role("button", name="Picture: Temple")).to_be_visible()


def test_a_drawing_that_says_what_it_is_is_not_even_sent(page: Page, app: App) -> None:
    open_page(page, app.url)
    upload(page, "drawing.svg", REFUSED["drawing.png"][0])
    expect(page.get_by_test_id("stFileUploader")).to_contain_text("not allowed")


def sixteen_bits() -> NDArray[np.uint16]:
    """Every fourth brightness of 65,536, and brightest at the lower right."""
    return np.linspace(0, 65_535, 30 * 40).round().astype(np.uint16).reshape(30, 40)


def dot() -> Image.Image:
    return Image.new("L", (1, 1), 77)


def stripe() -> Image.Image:
    """20,000 columns that go from black to white, 2 rows."""
    return Image.fromarray(np.tile(np.linspace(0, 255, 20_000).astype(np.uint8), (2, 1)))


def first_frame(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


CMYK = encoded(photograph(48, 32).convert("CMYK"), "JPEG", quality=98, subsampling=0)
CROWD = many_frames(10_000)
# name: the file, what its pixels are, by how many levels they may differ, and the kernel size that
# fits in
SHOWN = {
    "crowd.gif": (CROWD, first_frame(CROWD), 1, (2, 2)),
    "dot.png": (encoded(dot(), "PNG"), np.array([[77]]), 1, (1, 1)),
    "xray.png": (
        encoded(Image.fromarray(sixteen_bits()), "PNG"),
        np.round(sixteen_bits() / 257),
        1,
        (3, 3),
    ),
    "print.jpg": (CMYK, np.asarray(photograph(48, 32)), 12, (3, 3)),
    "stripe.png": (
        encoded(stripe(), "PNG"),
        (np.arange(64) + 0.5)[None] * 255 / 64,
        3,
        (1, 3),
    ),
}


def shown(player: Locator) -> NDArray[np.int32]:
    """The input's pixels, (rows, columns, 3)."""
    found = pixels(player, "input")
    assert (found[..., 3] == 255).all()
    return found[..., :3].astype(np.int32)


@pytest.mark.parametrize("name", SHOWN)
def test_odd_pictures_are_shown_as_they_are(name: str, page: Page, app: App) -> None:
    data, expected, tolerance, kernel_size = SHOWN[name]
    player = open_page(page, f"{app.url}/?colour=rgb")
    scenes = int(said(player, "scenes"))
    upload(page, name, data)
    settle(player, scenes)
    page.keyboard.press("Escape")
    expected = expected[..., None] if expected.ndim == 2 else expected
    found = shown(player)
    assert found.shape[:2] == expected.shape[:2]
    assert np.abs(found - expected).max() <= tolerance
    # The window that the page opens with is made to fit, and people are told.
    rows, columns = (n - k + 1 for n, k in zip(found.shape, kernel_size, strict=False))
    wait_until(player, "data.playing === 'true' || Number(data.steps) === 1")
    assert int(said(player, "steps")) == rows * columns
    notice = page.get_by_test_id("stAlert").filter(has_text="Kernel size is now")
    if kernel_size == (3, 3):
        expect(notice).to_have_count(0)
    else:
        size = " and ".join(map(str, kernel_size if len(set(kernel_size)) > 1 else kernel_size[:1]))
        expect(notice).to_contain_text(f"Kernel size is now {size} instead of 3.")
    expect(page.get_by_role("button", name=f"Picture: {name}")).to_be_visible()
