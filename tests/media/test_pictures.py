"""Files of every kind come out as the photograph they were made from."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media import Picture, open_picture
from tests.media.files import encoded, photograph, with_orientation

ROOT = Path(__file__).resolve().parents[2]


def pixels(data: bytes, longest_side: int | None = None) -> NDArray[np.int32]:
    """Decoded pixels, wide enough for differences."""
    return open_picture(data, longest_side=longest_side).pixels.astype(np.int32)


def difference(one: NDArray, other: NDArray | Image.Image) -> float:
    """Mean difference in grey levels of two pictures of one shape."""
    expected = np.asarray(other, np.int32)
    expected = expected[:, :, None] if expected.ndim == 2 else expected
    assert one.shape == expected.shape
    return float(np.abs(one - expected).mean())


@pytest.mark.parametrize(
    ("file_format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 90}, 4),
        ("JPEG", {"quality": 95}, 4),
        ("JPEG", {"quality": 95, "progressive": True}, 4),
        ("GIF", {}, 12),
    ],
)
def test_formats(file_format: str, options: dict, tolerance: float) -> None:
    photo = photograph()
    picture = open_picture(encoded(photo, file_format, **options), longest_side=None, name="mine")
    assert picture.name == "mine"
    assert picture.pixels.dtype == np.uint8
    assert difference(picture.pixels.astype(np.int32), photo) <= tolerance
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize(
    ("orientation", "as_stored"),
    [
        (1, lambda upright: upright),
        (2, lambda upright: upright[:, ::-1]),
        (3, lambda upright: upright[::-1, ::-1]),
        (4, lambda upright: upright[::-1]),
        (5, lambda upright: upright.transpose(1, 0, 2)),
        (6, lambda upright: np.rot90(upright)),
        (7, lambda upright: upright[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda upright: np.rot90(upright, -1)),
    ],
)
def test_exif_turns_the_picture_upright(file_format: str, orientation: int, as_stored) -> None:
    upright = np.asarray(photograph())
    stored = Image.fromarray(np.ascontiguousarray(as_stored(upright)))
    options = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}, "PNG": {}}[file_format]
    data = encoded(stored, file_format, exif=with_orientation(orientation), **options)
    assert difference(pixels(data), upright) <= (4 if file_format == "JPEG" else 0)


def test_a_damaged_exif_block_leaves_the_picture_as_it_is() -> None:
    photo = photograph()
    data = encoded(photo, "PNG", exif=b"Exif\0\0MM\0\xff\0\0\0\x08")
    assert difference(pixels(data), photo) == 0


@pytest.fixture(scope="module")
def phone_photograph() -> bytes:
    """12 megapixels, as a phone held upright stores them: lying, with EXIF orientation 6."""
    lying = photograph(3024, 4032).transpose(Image.Transpose.ROTATE_90)
    return encoded(lying, "JPEG", quality=90, exif=with_orientation(6))


def test_a_phones_photograph_is_upright_and_like_the_original(phone_photograph: bytes) -> None:
    result = pixels(phone_photograph, longest_side=224)
    assert result.shape == (224, 168, 3)
    expected = photograph(3024, 4032).resize((168, 224), Image.Resampling.LANCZOS)
    assert difference(result, expected) < 3


DECODE_WITHIN = """
import resource, sys
from pathlib import Path
from explorer.media import open_picture, sample
sample("china")
data = Path(sys.argv[1]).read_bytes()
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
print(open_picture(data, longest_side=224).pixels.shape)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_phones_photograph_is_light_on_memory(phone_photograph: bytes, tmp_path: Path) -> None:
    """Decoded in full it takes 48 MB; at a fraction of its sides 20 more are plenty."""
    file = tmp_path / "phone.jpg"
    file.write_bytes(phone_photograph)
    decoded = subprocess.run(
        [sys.executable, "-c", DECODE_WITHIN, str(file), "20"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert decoded.stdout.strip() == "(224, 168, 3)", decoded.stderr


def test_transparency_is_laid_on_white() -> None:
    photo = photograph()
    alpha = np.tile(np.linspace(0, 255, photo.width).astype(np.uint8), (photo.height, 1))
    colours = np.asarray(photo, np.float64)
    expected = (colours * alpha[:, :, None] + 255.0 * (255 - alpha[:, :, None])) / 255
    clear = photo.convert("RGBA")
    clear.putalpha(Image.fromarray(alpha))
    for data in (encoded(clear, "PNG"), encoded(clear, "WEBP", lossless=True, exact=True)):
        assert np.abs(pixels(data) - expected).max() <= 1


def test_grayscale_with_transparency_stays_grayscale() -> None:
    grey = photograph().convert("LA")
    grey.putalpha(Image.new("L", grey.size, 51))  # a fifth of the picture, the rest white
    expected = np.asarray(grey.getchannel("L"), np.float64) / 5 + 255 * 4 / 5
    result = pixels(encoded(grey, "PNG"))
    assert result.shape == (107, 160, 1)
    assert np.abs(result[:, :, 0] - expected).max() <= 1


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_transparent_palette_entry_becomes_white(file_format: str) -> None:
    palette = photograph().convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    index = palette.getpixel((80, 50))
    expected = np.asarray(palette.convert("RGB")).copy()
    clear = np.asarray(palette) == index
    expected[clear] = 255
    assert 0 < clear.sum() < clear.size
    assert difference(pixels(encoded(palette, file_format, transparency=index)), expected) == 0


def test_a_palette_with_a_transparency_for_each_entry() -> None:
    palette = photograph().convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    transparency = bytes(range(0, 256, 4))
    alpha = np.frombuffer(transparency, np.uint8)[np.asarray(palette)][:, :, None].astype(float)
    colours = np.asarray(palette.convert("RGB"), np.float64)
    expected = (colours * alpha + 255.0 * (255 - alpha)) / 255
    data = encoded(palette, "PNG", transparency=transparency)
    assert np.abs(pixels(data) - expected).max() <= 1


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grayscale_and_black_and_white(mode: str) -> None:
    photo = photograph().convert(mode)
    assert difference(pixels(encoded(photo, "PNG")), photo.convert("L")) == 0
    assert pixels(encoded(photo, "JPEG")).shape == (107, 160, 1)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = np.asarray(photograph().convert("L"), np.uint16)
    assert difference(pixels(encoded(Image.fromarray(grey * 257), "PNG")), grey) == 0
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    expected = np.rint(ramp / 65535 * 255)
    assert difference(pixels(encoded(Image.fromarray(ramp), "PNG")), expected) == 0


def test_a_transparent_level_of_sixteen_bits_becomes_white() -> None:
    ramp = np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)
    result = pixels(encoded(Image.fromarray(ramp), "PNG", transparency=256 * 40))
    assert result[2, 8, 0] == 255
    assert result[2, 9, 0] == 41


def test_cmyk_comes_out_in_its_colours() -> None:
    photo = photograph()
    data = encoded(photo.convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data[:2000]  # which means: stored inverted
    assert difference(pixels(data), photo) < 3
    red = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    assert pixels(red)[0, 0].tolist() == pytest.approx([255, 0, 0], abs=3)


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (20, 10), (i, 0, 0)) for i in range(255, 0, -1)]
    for file_format in ("GIF", "WEBP", "PNG"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        data = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
        assert difference(pixels(data), frames[0]) == 0


@pytest.mark.parametrize(
    ("width", "height", "longest_side", "expected"),
    [
        (1, 1, 224, (1, 1)),
        (20000, 2, 224, (1, 224)),
        (2, 20000, 224, (224, 1)),
        (20000, 2, None, (2, 20000)),
        (640, 427, 224, (149, 224)),
        (100, 50, 224, (50, 100)),
        (100, 50, 1, (1, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_sizes(
    width: int,
    height: int,
    longest_side: int | None,
    expected: tuple[int, int],
    file_format: str,
) -> None:
    data = encoded(photograph(width, height), file_format)
    assert pixels(data, longest_side).shape == (*expected, 3)


def test_making_smaller_averages_instead_of_skipping() -> None:
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (256, 128)))
    result = pixels(encoded(stripes, "PNG"), longest_side=32)
    assert np.abs(result - 127.5).max() <= 3


COLOURS = open_picture(encoded(photograph(), "PNG"), longest_side=None)
GREY = open_picture(encoded(photograph().convert("L"), "PNG"), longest_side=None)


def test_tensors_are_the_bytes_over_255() -> None:
    colours = COLOURS.tensor("rgb")
    assert (colours.shape, colours.dtype) == ((3, 107, 160), torch.float32)
    assert colours.is_contiguous()
    expected = torch.from_numpy(COLOURS.pixels.copy()).permute(2, 0, 1).float() / 255
    assert torch.equal(colours, expected)
    grey = COLOURS.tensor("grayscale")
    luma = torch.from_numpy(np.array(photograph().convert("L"))).float() / 255
    assert torch.equal(grey, luma[None])
    assert torch.equal(GREY.tensor("grayscale"), luma[None])
    assert torch.equal(GREY.tensor("rgb"), luma.expand(3, -1, -1))


def test_a_tensors_longest_side_shrinks_and_never_enlarges() -> None:
    assert COLOURS.tensor("rgb", 80).shape == (3, 54, 80)
    assert COLOURS.tensor("rgb", 1000).shape == (3, 107, 160)
    assert GREY.tensor("grayscale", 1).shape == (1, 1, 1)


def test_an_exact_size_shows_the_middle_without_stretching() -> None:
    thirds = np.zeros((20, 60, 3), np.uint8)
    for channel in range(3):
        thirds[:, 20 * channel : 20 * (channel + 1), channel] = 255
    flag = Picture("flag", thirds)
    assert flag.tensor("rgb", (8, 8))[:, :, 1:-1].mean((1, 2)).tolist() == [0, 1, 0]
    assert flag.tensor("grayscale", (28, 30)).shape == (1, 28, 30)
    assert flag.tensor("rgb", (200, 200)).shape == (3, 200, 200)


@pytest.mark.parametrize("size", [0, -5, (0, 5), (5, -1), (10**6, 10**6), 10**9])
def test_impossible_sizes(size: int | tuple[int, int]) -> None:
    with pytest.raises(ExplorerError, match="cannot be made"):
        COLOURS.tensor("rgb", size)
    if isinstance(size, int):
        with pytest.raises(ExplorerError, match="cannot be made"):
            open_picture(b"", longest_side=size)
