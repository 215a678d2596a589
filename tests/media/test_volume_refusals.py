"""Volumes that are damaged, dangerous or none at all are refused in words, and quickly."""

import gzip
import random
import struct
import time
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media import VOLUME_FORMATS_TEXT, open_volume, videos
from explorer.settings import settings
from tests.media.files import encoded, photograph, png_header_only
from tests.media.volume_files import gif, many_frames, nifti, npy, tiff, video, zipped


def refusal(data: bytes) -> ExplorerError:
    with pytest.raises(ExplorerError) as refused:
        open_volume(data, name="mine", longest_side=64, most_slices=16)
    assert refused.value.remedy
    return refused.value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty (0 bytes)"),
        (b"hello", "none of the kinds of volume"),
        (encoded(photograph(), "PNG"), "a single picture"),
        (encoded(photograph(), "JPEG"), "a single picture"),
        (encoded(photograph(), "WEBP"), "a single picture"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "a single HEIC or AVIF picture"),
        (bytes(128) + b"DICM" + bytes(50), "one DICOM file"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"%PDF-1.7\n" + bytes(50), "a PDF document"),
        (b"\x80\4\x95" + bytes(50), "a Python pickle"),
    ],
)
def test_what_is_no_volume(data: bytes, told: str) -> None:
    error = refusal(data)
    assert told in error.problem
    assert VOLUME_FORMATS_TEXT in error.remedy


def slices() -> list[Image.Image]:
    photo = photograph(40, 30)
    return [photo.rotate(20 * turn) for turn in range(6)]


def seeds() -> dict[str, bytes]:
    """A small file of every kind."""
    frames = [np.asarray(each) for each in slices()]
    grey = np.stack([np.asarray(each.convert("L")) for each in slices()])
    files = {
        "gif": gif(slices()),
        "tiff": tiff(slices()),
        "tiff, 16 bits": tiff([Image.fromarray(plane.astype(np.uint16)) for plane in grey]),
        "tiff, deflate": tiff(slices(), compression="tiff_adobe_deflate"),
        "npy": npy(grey),
        "zip": zipped({f"{n}.png": encoded(each, "PNG") for n, each in enumerate(slices())}),
    }
    try:
        files |= {"mp4": video(frames), "webm": video(frames, "webm", "libvpx-vp9")}
        scan = grey.astype(np.int16)
        files |= {"nii": nifti(scan, np.eye(4)), "nii.gz": nifti(scan, np.eye(4), 1, True)}
    except ImportError:
        pass  # the optional libraries: their own tests say that they are skipped
    return files


@pytest.mark.parametrize("kind", seeds())
@pytest.mark.parametrize("part", [0.02, 0.4, 0.8])
def test_truncated_files(kind: str, part: float) -> None:
    data = seeds()[kind]
    cut = data[: max(12, int(len(data) * part))]
    if kind == "webm" and part > 0.1:  # a stream by design: what has arrived plays
        assert open_volume(cut, name="", longest_side=64, most_slices=16).voxels.shape[0] < 6
    else:
        refusal(cut)


def test_a_gif_of_ten_thousand_frames() -> None:
    start = time.thread_time()
    assert "has 10,000 frames; at most 2,000" in refusal(many_frames(10_000)).problem
    assert "more than 100,001 frames" in refusal(many_frames(2_000_000)).problem
    assert time.thread_time() - start < 5
    kept = open_volume(many_frames(2_000), name="", longest_side=64, most_slices=16)
    assert kept.voxels.shape == (16, 2, 2, 3)


def test_a_gif_that_claims_a_large_canvas() -> None:
    data = bytearray(many_frames(1_000))
    data[6:10] = struct.pack("<HH", 65_535, 65_535)
    assert "65,535 × 65,535" in refusal(bytes(data)).problem or "pixels" in str(
        refusal(bytes(data))
    )
    data[6:10] = struct.pack("<HH", 2_000, 2_000)
    error = refusal(bytes(data))
    assert "1,000 frames of 2,000 × 2,000 pixels would have to be decoded" in error.problem
    assert "at most 100 of this size" in error.remedy


def test_a_tiff_whose_pages_form_a_ring_or_never_end() -> None:
    data = bytearray(tiff(slices()))
    (first,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, first)
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    ring = open_volume(bytes(data), name="", longest_side=64, most_slices=16)
    assert ring.voxels.shape[0] == 1
    page = struct.pack("<H", 0)
    many = b"II*\0" + struct.pack("<I", 8)
    many += b"".join(page + struct.pack("<I", 8 + 6 * (n + 1)) for n in range(150_000))
    assert "pages; at most 2,000" in refusal(many).problem


def test_pages_of_different_sizes_or_of_too_many_pixels() -> None:
    error = refusal(tiff([Image.new("L", (8, 6)), Image.new("L", (8, 7))]))
    assert "Page 1 has 8 × 6 pixels and Page 2 has 8 × 7" in error.problem
    mixed = tiff([Image.new("L", (8, 6)), Image.new("I;16", (8, 6))])
    assert "Some pages have 8 bits" in refusal(mixed).problem
    large = bytearray(tiff([Image.new("L", (8, 6)), Image.new("L", (8, 6))]))
    (second,) = struct.unpack_from("<I", large, 4)
    for _ in range(struct.unpack_from("<H", large, second)[0]):
        tag, kind = struct.unpack_from("<HH", large, second + 2)
        if tag in (256, 257):  # width, height
            struct.pack_into("<HHII", large, second + 2, tag, 4, 1, 9_000)
        second += 12
        assert kind
    assert "9,000 × 9,000 = 81,000,000 pixels" in refusal(bytes(large)).problem


def header_only(shape: tuple[int, ...], kind: str = "|u1") -> bytes:
    """A .npy of a few bytes that claims any size."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text) + 1) + text + b"\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (npy(np.array([[[print, "x"]]], object), allow_pickle=True), "never unpickled"),
        (npy(np.zeros((2, 2, 2), complex)), "holds complex128"),
        (npy(np.zeros((2, 2, 2), "U5")), "holds <U5"),
        (npy(np.zeros((2, 2, 2), [("a", "f4")])), "plain numbers"),
        (npy(np.zeros((4, 4))), "shape (4, 4)"),
        (npy(np.zeros(4)), "shape (4)"),
        (npy(np.zeros((1, 2, 3, 4, 5))), "shape (1, 2, 3, 4, 5)"),
        (npy(np.zeros((0, 4, 4))), "shape (0, 4, 4)"),
        (npy(np.zeros((5, 4, 4, 2))), "neither 1 nor 3 channels"),
        (npy(np.full((2, 2, 2), np.nan)), "None of the values is a number"),
        (header_only((100_000, 100_000, 100_000)), "takes 1,000,000,000,000,000 bytes"),
        (header_only((10, 10, 10)), "1,000 bytes of uint8, but 0 bytes follow"),
        (header_only((-5, -5, 4)), "shape (-5, -5, 4)"),
        (npy(np.zeros((1, 1, 60_000_001), np.uint8)), "60,000,001 × 1"),
        (b"\x93NUMPY\1\0" + struct.pack("<H", 60_000) + b"(" * 60_000, "cut off or damaged"),
        (b"\x93NUMPY\1\0" + struct.pack("<H", 900) + b"(" * 900, "cut off or damaged"),
        (b"\x93NUMPY\2\0" + struct.pack("<I", 2**32 - 1) + b" " * 50, "cut off or damaged"),
        (b"\x93NUMPY\x09\0" + bytes(50), "of a version"),
    ],
)
def test_arrays(data: bytes, told: str) -> None:
    assert told in str(refusal(data))


def test_zips() -> None:
    picture = encoded(photograph(), "PNG")
    start = time.thread_time()
    crowd = zipped({f"{n}.png": b"" for n in range(100_000)}, zipfile.ZIP_STORED)
    made = time.thread_time()
    assert "holds 100,000 files; at most 3,000" in refusal(crowd).problem
    assert time.thread_time() - made < max(2, made - start)
    assert "2,500 pictures; at most 2,000" in str(
        refusal(zipped({f"{n}.png": b"" for n in range(2_500)}))
    )
    assert "holds no JPEG" in refusal(zipped({})).problem
    assert "only .txt" in refusal(zipped({"a.txt": b"x"})).problem
    assert "2.png: The picture cannot be decoded" in str(
        refusal(zipped({"1.png": picture, "2.png": picture[:2000]}))
    )
    bomb = zipped({"1.png": png_header_only(10_000, 10_000)})
    assert "1.png: The picture has 10,000 × 10,000" in refusal(bomb).problem
    zeros = zipped({"1.bmp": bytes(30_000_000)})
    assert len(zeros) < 40_000
    assert "unpacks to 1,0" in refusal(zeros).problem
    sizes = zipped({"a.png": picture, "b.png": encoded(photograph(30, 40), "PNG")})
    assert "a.png has 64 × 43 pixels and b.png has 30 × 40" in refusal(sizes).problem


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(1_000_000_000), 1)
    start = time.thread_time()
    assert "no NIfTI scan" in refusal(bomb).problem
    assert time.thread_time() - start < 0.5


def test_a_scan_that_claims_or_hides_too_much() -> None:
    pytest.importorskip("nibabel")
    data = bytearray(nifti(np.zeros((4, 5, 6), np.int16), np.eye(4)))
    behind = gzip.compress(bytes(data) + bytes(300_000_000), 1)
    start = time.thread_time()
    scan = open_volume(behind, name="", longest_side=64, most_slices=16)
    assert time.thread_time() - start < 1  # what lies behind the scan was not unpacked
    assert scan.voxels.shape == (6, 5, 4, 1)
    claimed = data.copy()
    struct.pack_into("<3h", claimed, 42, 30_000, 30_000, 30_000)
    assert "30,000 × 30,000 × 30,000 voxels takes" in refusal(gzip.compress(claimed)).problem
    struct.pack_into("<3h", claimed, 42, 40, 50, 60)
    assert "240,352 bytes; " in refusal(bytes(claimed)).problem
    struct.pack_into("<3h", claimed, 42, -4, 5, 6)
    refusal(bytes(claimed))
    far = data.copy()
    struct.pack_into("<f", far, 108, 3e9)
    refusal(bytes(far))
    colours = data.copy()
    struct.pack_into("<hh", colours, 70, 128, 24)
    assert "plain numbers" in str(refusal(bytes(colours)))


def test_videos(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    frame = np.zeros((48, 64, 3), np.uint8)
    assert "coded as mjpeg" in refusal(video([frame] * 3, codec="mjpeg")).problem
    monkeypatch.setattr(videos, "_MOST_SECONDS", 0.2)
    assert "lasts" in refusal(video([frame] * 30)).problem
    monkeypatch.undo()
    monkeypatch.setenv("EXPLORER_MAX_PICTURE_PIXELS", "3000")
    settings.cache_clear()
    assert "64 × 48 = 3,072 pixels" in refusal(video([frame] * 3)).problem
    monkeypatch.undo()
    settings.cache_clear()
    monkeypatch.setattr(videos, "_DECODING_SECONDS", 0.0)
    assert "went beyond" in refusal(video([frame] * 3)).problem


def test_more_frames_than_are_taken() -> None:
    pytest.importorskip("av")
    frame = np.zeros((16, 16, 3), np.uint8)
    assert "frames; at most 2,000" in refusal(video([frame] * 2_001)).problem
    assert "frames; at most 2,000" in refusal(video([frame] * 2_001, "webm", "libvpx")).problem


@pytest.mark.parametrize(
    ("module", "data", "told"),
    [
        ("av", b"\0\0\0\x18ftypisom" + bytes(50), "pip install av"),
        ("nibabel", struct.pack("<i", 348) + bytes(340) + b"n+1\0", "pip install nibabel"),
    ],
)
def test_a_library_that_is_not_installed_is_named(
    module: str, data: bytes, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    assert told in refusal(data).remedy


def test_sizes_that_cannot_be() -> None:
    for longest_side, most_slices in ((0, 4), (4, 0)):
        with pytest.raises(ExplorerError, match="cannot be made"):
            open_volume(
                npy(np.zeros((2, 2, 2))),
                name="",
                longest_side=longest_side,
                most_slices=most_slices,
            )


def damaged(data: bytes, chance: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(chance.choice((20, 60, 400, len(data))) % len(data) + 1)
        if chance.random() < 0.25:
            del result[at : at + chance.randrange(1, 8)]
        else:
            result[at : at + 1] = bytes([chance.choice((0, 255, chance.randrange(256)))])
    return bytes(result)


def test_a_thousand_damaged_files_are_a_volume_or_refused_in_words() -> None:
    chance, files, refused = random.Random(1), list(seeds().values()), 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(1000):
            data = damaged(chance.choice(files), chance)
            try:
                volume = open_volume(data, name="", longest_side=16, most_slices=3)
            except ExplorerError:
                refused += 1
            else:
                depth, height, width, channels = volume.voxels.shape
                assert 0 < depth <= 3 and 0 < height <= 16 and 0 < width <= 16
                assert channels in (1, 3)
                assert volume.voxels.min() >= 0 and volume.voxels.max() <= 255
    assert 200 < refused < 900
