"""Files of every kind come out as the slices they were made from."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from explorer.errors import ExplorerError
from explorer.media import (
    VOLUME_SAMPLES,
    Volume,
    open_picture,
    open_volume,
    resized,
    sample,
    volume_sample,
)
from explorer.media.frames import gif_frames
from explorer.media.samples import BALL_RADIUS
from explorer.media.slices import natural_key
from explorer.media.voxels import evenly
from tests.media.files import encoded, photograph
from tests.media.volume_files import gif, nifti, npy, tiff, video, zipped


def opened(data: bytes, longest_side: int = 1000, most_slices: int = 1000) -> Volume:
    volume = open_volume(data, name="mine", longest_side=longest_side, most_slices=most_slices)
    assert volume.name == "mine"
    assert "C, D, H, W" in volume.axes
    with pytest.raises(ValueError, match="read-only"):
        volume.voxels[0, 0, 0, 0] = 1
    return volume


def shades(count: int, size: tuple[int, int] = (12, 16)) -> list[Image.Image]:
    """Slices told apart by their brightness: 10, 20, 30, ..."""
    return [Image.new("L", (size[1], size[0]), 10 * (index + 1)) for index in range(count)]


def brightness(volume: Volume) -> list[int]:
    return volume.voxels.mean((1, 2, 3)).round().astype(int).tolist()


def test_evenly_spread_with_both_ends() -> None:
    assert evenly(5, 9) == [0, 1, 2, 3, 4]
    assert evenly(9, 5) == [0, 2, 4, 6, 8]
    assert evenly(10, 4) == [0, 3, 6, 9]
    assert evenly(10, 1) == [5]


def test_a_gif_keeps_frames_in_equal_steps() -> None:
    data = gif(shades(21))
    volume = opened(data, most_slices=5)
    assert volume.voxels.shape == (5, 12, 16, 3)
    assert volume.voxels.dtype == np.uint8
    assert brightness(volume) == [10, 60, 110, 160, 210]
    assert "Depth is time: 5 of 21 frames" in volume.axes
    assert "all 21 frames" in opened(data).axes
    assert "a single frame" in opened(gif(shades(1))).axes


def test_frames_that_only_change_a_part_are_drawn_over_those_before() -> None:
    frames = [photograph(64, 43) for _ in range(6)]
    for index, frame in enumerate(frames):
        frame.paste((255, 0, 0), (8 * index, 10, 8 * index + 8, 20))
    volume = opened(gif(frames))
    for index, frame in enumerate(frames):
        difference = volume.voxels[index].astype(int) - np.asarray(frame).astype(int)
        assert np.abs(difference).mean() < 12  # 256 colours
        assert (volume.voxels[index, 12:18, 8 * index + 2, 0] > 200).all()


@pytest.mark.parametrize("name", ["dilation", "padding_strides", "no_padding_no_strides"])
def test_animations_of_conv_arithmetic(real_data: Path, name: str) -> None:
    file = real_data / "gifs" / f"{name}.gif"
    if not file.exists():
        pytest.skip("no such GIF here")
    data = file.read_bytes()
    with Image.open(file) as image:
        frames = getattr(image, "n_frames", 1)
        image.seek(frames - 1)
        last = np.asarray(image.convert("RGB"))
    assert gif_frames(data) == frames
    volume = opened(data)
    assert volume.voxels.shape == (frames, *last.shape)
    assert np.array_equal(volume.voxels[-1], last)
    assert opened(data, longest_side=64, most_slices=3).voxels.shape[0] == 3
    assert max(opened(data, longest_side=64).voxels.shape[1:3]) == 64


def test_a_tiff_of_8_bits_and_of_colours() -> None:
    grey = opened(tiff(shades(7)), most_slices=3)
    assert grey.voxels.shape == (3, 12, 16, 1)
    assert brightness(grey) == [10, 40, 70]
    photo = photograph(40, 30)
    coloured = opened(tiff([photo, photo.rotate(180)]))
    assert np.array_equal(coloured.voxels[0], np.asarray(photo))
    assert np.array_equal(coloured.voxels[1], np.asarray(photo)[::-1, ::-1])
    compressed = opened(tiff([photo, photo], compression="tiff_lzw"))
    assert np.array_equal(compressed.voxels[0], np.asarray(photo))


@pytest.mark.parametrize(
    ("largest", "divisor"), [(65535, 65535), (40000, 65535), (4095, 4095), (300, 1023)]
)
def test_a_tiff_of_16_bits_keeps_all_of_them(largest: int, divisor: int) -> None:
    values = np.linspace(0, largest, 3 * 20 * 30).reshape(3, 20, 30).round().astype(np.uint16)
    volume = opened(tiff([Image.fromarray(plane) for plane in values]))
    assert volume.voxels.dtype == np.float32
    np.testing.assert_allclose(volume.voxels[..., 0], values / divisor, atol=1e-7)
    assert f"divided by {divisor:,}" in volume.axes
    assert len(np.unique(volume.voxels)) > 256  # nothing was cut to 8 bits


def test_a_tiff_of_floating_point_is_stretched() -> None:
    values = np.linspace(-1000, 3000, 2 * 6 * 8).reshape(2, 6, 8).astype(np.float32)
    volume = opened(tiff([Image.fromarray(plane) for plane in values]))
    np.testing.assert_allclose(volume.voxels[..., 0], (values + 1000) / 4000, atol=1e-6)
    assert "from -1000 to 3000 become 0 to 1" in volume.axes


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "<f4", "<f8", "<i8", "?"])
def test_an_array_of_three_axes(dtype: str, fortran: bool) -> None:
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6) % 2 if dtype == "?" else None
    array = (np.arange(120).reshape(4, 5, 6) if values is None else values).astype(dtype)
    volume = opened(npy(np.asfortranarray(array) if fortran else array))
    assert volume.voxels.shape == (4, 5, 6, 1)
    divisor = {"u1": 1, "?": 1, "<f4": 119, "<f8": 119}.get(dtype, 255)
    np.testing.assert_allclose(volume.voxels[..., 0], array.astype(float) / divisor, atol=1e-6)
    assert "(depth, height, width)" in volume.axes


def test_the_order_of_four_axes_is_told() -> None:
    array = np.random.default_rng(1).integers(0, 256, (4, 5, 6, 3), np.uint8)
    last, first = opened(npy(array)), opened(npy(np.moveaxis(array, 3, 0)))
    assert np.array_equal(last.voxels, array)
    assert np.array_equal(first.voxels, array)
    assert "(4, 5, 6, 3) is read as (depth, height, width, channels)" in last.axes
    assert "(3, 4, 5, 6) is read as (channels, depth, height, width)" in first.axes


def test_values_that_are_no_numbers_are_told() -> None:
    array = np.linspace(0, 1, 27, dtype=np.float32).reshape(3, 3, 3)
    array[1, 1] = (np.nan, np.inf, -np.inf)
    volume = opened(npy(array))
    assert volume.voxels[1, 1].ravel().tolist() == [0, 0, 0]
    assert "3 values that are no numbers count as 0" in volume.axes


def test_slices_in_a_zip_are_sorted_as_people_do() -> None:
    names = [f"scan/slice{number}.png" for number in (10, 9, 1, 2)]
    files = {name: encoded(shade, "PNG") for name, shade in zip(names, shades(4), strict=True)}
    volume = opened(zipped({**files, "__MACOSX/._slice1.png": b"x", "scan/notes.txt": b"y"}))
    assert brightness(volume) == [30, 40, 20, 10]
    assert volume.voxels.shape == (4, 12, 16, 1)
    assert "slice1.png first" in volume.axes
    assert sorted(["a10", "a2", "A1", "b", "10", "9"], key=natural_key) == [
        *("9", "10", "A1", "a2", "a10", "b"),
    ]


def test_colour_in_one_slice_makes_all_coloured() -> None:
    files = {"1.png": encoded(shades(1)[0], "PNG")}
    files["2.png"] = encoded(Image.new("RGB", (16, 12), (200, 0, 0)), "PNG")
    volume = opened(zipped(files))
    assert volume.voxels.shape == (2, 12, 16, 3)
    assert volume.voxels[1, 0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize(("container", "codec"), [("mp4", "libx264"), ("webm", "libvpx-vp9")])
def test_a_short_video(container: str, codec: str) -> None:
    pytest.importorskip("av")
    levels = [20, 60, 100, 140, 180, 220, 240]
    frames = [np.full((48, 64, 3), level, np.uint8) for level in levels]
    volume = opened(video(frames, container, codec), longest_side=32, most_slices=4)
    assert volume.voxels.shape == (4, 24, 32, 3)
    assert np.abs(np.array(brightness(volume)) - [20, 100, 180, 240]).max() <= 6
    assert "Depth is time: 4 of 7 frames" in volume.axes


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_scan_stands_upright(version: int, compressed: bool) -> None:
    nibabel = pytest.importorskip("nibabel")
    # Right, anterior and superior lie at the end of the array's axes.
    values = np.zeros((7, 6, 5), np.int16)
    values[6, :, :] = 100  # right
    values[:, 5, :] = 200  # front
    values[:, :, 4] += 500  # head
    plain = opened(nifti(values, np.eye(4), version, compressed))
    assert plain.voxels.shape == (5, 6, 7, 1)
    shown = (plain.voxels[..., 0] * 1023).round().astype(int)
    assert shown[0, 3, 0] == 100 and shown[0, 3, 6] == 0  # the right is on the left
    assert shown[0, 0, 3] == 200 and shown[0, 5, 3] == 0  # the front is up
    assert shown[4, 3, 3] == 500 and shown[3, 3, 3] == 0  # the head comes last
    assert "from the feet to the head: all 5 slices, 1 mm" in plain.axes
    # The same scan, stored with other axes and directions, is the same volume.
    for permutation in ((2, 0, 1), (1, 2, 0)):
        turned = values.transpose(permutation)[::-1]
        affine = np.zeros((4, 4))
        for stored, axis in enumerate(permutation):
            affine[axis, stored] = -1 if stored == 0 else 1
        affine[3, 3] = 1
        assert nibabel.aff2axcodes(affine) != ("R", "A", "S")
        again = opened(nifti(turned, affine, version, compressed))
        assert np.array_equal(again.voxels, plain.voxels)


def test_of_several_volumes_the_first_and_of_many_slices_some() -> None:
    pytest.importorskip("nibabel")
    values = np.random.default_rng(1).normal(size=(40, 30, 20, 3)).astype(np.float32)
    volume = opened(nifti(values, np.eye(4)), longest_side=20, most_slices=5)
    assert volume.voxels.shape == (5, 15, 20, 1)
    assert "Of its 3 volumes the first" in volume.axes
    whole = opened(nifti(values, np.eye(4)))
    first = values[..., 0].transpose(2, 1, 0)[:, ::-1, ::-1]
    spread = (first - first.min()) / (first.max() - first.min())
    np.testing.assert_allclose(whole.voxels[..., 0], spread, atol=1e-6)


@pytest.mark.parametrize("mode", ["grayscale", "rgb"])
def test_a_slice_is_the_tensor_of_the_same_picture(mode) -> None:
    data = encoded(photograph(), "PNG")
    picture = open_picture(data, longest_side=64)
    tensor = opened(zipped({"1.png": data, "2.png": data}), longest_side=64).tensor(mode)
    assert tensor.dtype == torch.float32
    assert tensor.shape == (1 if mode == "grayscale" else 3, 2, 43, 64)
    assert torch.equal(tensor[:, 1], picture.tensor(mode))


def test_grey_voxels_of_floating_point() -> None:
    values = np.random.default_rng(1).random((2, 3, 4, 3), np.float32)
    volume = opened(npy(values))
    expected = values @ np.array([0.299, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(volume.tensor("grayscale")[0].numpy(), expected, atol=1e-6)
    assert torch.equal(volume.tensor("rgb")[2], torch.from_numpy(values[..., 2].copy()))
    grey = opened(npy(values[..., 0]))
    assert torch.equal(grey.tensor("rgb")[0], grey.tensor("rgb")[2])


def test_a_volume_can_be_made_smaller_again() -> None:
    volume = opened(npy(np.arange(16 * 20 * 30, dtype=np.float64).reshape(16, 20, 30)))
    small = resized(volume, 15, 4)
    assert small.voxels.shape == (4, 10, 15, 1)
    assert small.axes.endswith("4 of these 16 are shown.")
    assert resized(volume, 100, 100).axes == volume.axes


def test_one_by_one() -> None:
    dot = Image.new("L", (1, 1), 7)
    for data in (gif([dot]), tiff([dot]), npy(np.full((1, 1, 1), 7, np.uint8))):
        volume = opened(data)
        assert volume.voxels.shape[:3] == (1, 1, 1)
        assert volume.tensor("grayscale").item() == pytest.approx(7 / 255)


def test_a_walk_over_the_photograph() -> None:
    volume = volume_sample("walk")
    assert volume is volume_sample("walk")
    assert volume.name == VOLUME_SAMPLES["walk"].title == "A walk over Temple"
    assert volume.tensor("rgb").shape == (3, 16, 48, 64)
    # Each frame is a place of the photograph: the first lies at its left, the last at its right.
    photo = sample("china").pixels
    for frame, left in ((0, 0), (15, photo.shape[1] - 256)):
        part = Image.fromarray(photo[:192, left : left + 256])
        part.thumbnail((64, 64))
        assert np.array_equal(volume.voxels[frame], np.asarray(part))
    assert len({frame.tobytes() for frame in volume.voxels}) == 16


def laplacian(field: NDArray) -> NDArray:
    inner = field[1:-1, 1:-1, 1:-1]
    sums = field[2:, 1:-1, 1:-1] + field[:-2, 1:-1, 1:-1]
    sums = sums + field[1:-1, 2:, 1:-1] + field[1:-1, :-2, 1:-1]
    return sums + field[1:-1, 1:-1, 2:] + field[1:-1, 1:-1, :-2] - 6 * inner


def test_the_balls_brightness_has_a_closed_form() -> None:
    field = volume_sample("ball").tensor("grayscale")[0].numpy()
    assert field.shape == (17, 17, 17)
    assert field[8, 8, 8] == 1
    for z, y, x in ((8, 8, 3), (2, 8, 8), (4, 6, 11), (0, 0, 0), (8, 0, 8)):
        squared = (z - 8) ** 2 + (y - 8) ** 2 + (x - 8) ** 2
        assert field[z, y, x] == pytest.approx(max(0, 1 - squared / BALL_RADIUS**2), abs=1e-7)
    np.testing.assert_allclose(laplacian(field)[5:10, 5:10, 5:10], -6 / BALL_RADIUS**2, atol=1e-6)


def test_a_volume_that_does_not_exist() -> None:
    with pytest.raises(ExplorerError, match=r"no bundled volume .*There are: walk, ball"):
        volume_sample("../x")


def test_a_gzip_of_something_else() -> None:
    with pytest.raises(ExplorerError, match="no NIfTI scan"):
        opened(gzip.compress(b"hello"))


def test_files_are_told_apart_by_their_content() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("one.npy", npy(np.zeros((2, 2, 2))))
    with pytest.raises(ExplorerError, match=r"holds no .* picture: only \.npy"):
        opened(buffer.getvalue())
