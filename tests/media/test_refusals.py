"""Files that are no pictures, or dangerous ones, are refused in words before they cost anything."""

import io
import random
import re
import warnings

import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media import open_picture
from explorer.settings import settings
from tests.media.files import encoded, photograph, png_header_only, with_orientation

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP"]


def refusal(data: bytes) -> ExplorerError:
    with pytest.raises(ExplorerError) as refused:
        open_picture(data, longest_side=224)
    assert refused.value.remedy
    return refused.value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty (0 bytes)"),
        (b"hello", "none of the kinds of picture"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "HEIC"),
        (b"%PDF-1.7\n" + bytes(50), "a PDF document"),
        (encoded(photograph(), "TIFF"), "a TIFF picture"),
        (encoded(photograph(), "PPM"), "none of the kinds of picture"),
        (encoded(photograph(), "ICO"), "none of the kinds of picture"),
    ],
)
def test_what_is_no_picture_of_these_formats(data: bytes, told: str) -> None:
    error = refusal(data)
    assert told in error.problem
    assert "JPEG, PNG, WebP, GIF or BMP" in error.remedy


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_truncated_files(file_format: str, part: float) -> None:
    data = encoded(photograph(), file_format)
    assert "cut off or damaged" in refusal(data[: int(len(data) * part)]).problem


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [
        (10_000, 10_000, "10,000 × 10,000 = 100,000,000 pixels; at most 60,000,000"),
        (60_000_001, 1, "60,000,001 × 1 = 60,000,001 pixels"),
        (50_000, 50_000, "more than the 60,000,000 pixels"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bombs_are_refused_by_their_header(width: int, height: int, told: str) -> None:
    data = png_header_only(width, height)
    assert len(data) < 70
    assert told in refusal(data).problem


def test_the_suggested_size_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_PICTURE_PIXELS", "1000")
    settings.cache_clear()
    error = refusal(encoded(photograph(), "PNG"))
    assert "160 × 107 = 17,120 pixels; at most 1,000" in error.problem
    found = re.search(r"example (\d+) × (\d+)", error.remedy)
    assert found
    width, height = map(int, found.groups())
    assert 900 < width * height <= 1000
    open_picture(encoded(photograph(width, height), "PNG"), longest_side=None)


def test_a_claimed_size_that_the_data_does_not_fill() -> None:
    assert "cut off or damaged" in refusal(png_header_only(5_000, 5_000)).problem


def seeds() -> list[bytes]:
    """Small files of every format and mode, to be damaged."""
    photo, exif = photograph(40, 30), with_orientation(6)
    return [
        encoded(photo, "JPEG", exif=exif),
        encoded(photo.convert("CMYK"), "JPEG"),
        encoded(photo.convert("L"), "JPEG", progressive=True),
        encoded(photo.convert("RGBA"), "PNG", exif=exif),
        encoded(photo.convert("P"), "PNG", transparency=3),
        encoded(photo.convert("I;16"), "PNG"),
        encoded(photo.convert("RGBA"), "WEBP", exif=exif),
        encoded(photo.convert("P"), "GIF", transparency=2),
        encoded(photo, "BMP"),
        encoded(photo.convert("1"), "BMP"),
    ]


def damaged(data: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(chance.choice((20, 60, len(data))))
        match chance.randrange(4):
            case 0:
                del result[at : at + chance.randrange(1, 8)]
            case 1:
                result[at:at] = chance.randbytes(chance.randrange(1, 8))
            case _:
                result[at : at + 1] = bytes([chance.choice((0, 255, chance.randrange(256)))])
    return bytes(result)


def test_four_thousand_damaged_files_are_a_picture_or_refused_in_words() -> None:
    chance, files, refused = random.Random(1), seeds(), 0
    for data in files:
        Image.open(io.BytesIO(data)).load()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4000):
            try:
                picture = open_picture(damaged(chance.choice(files), chance), longest_side=16)
            except ExplorerError:
                refused += 1
            else:
                height, width, channels = picture.pixels.shape
                assert 0 < height <= 16
                assert 0 < width <= 16
                assert channels in (1, 3)
    assert 1000 < refused < 3900
