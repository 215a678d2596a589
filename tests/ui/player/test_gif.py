"""GIFs that the player writes, read by Pillow: as many frames as given, in the right colours."""

import io
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.media import sample

SCRIPT = Path(__file__).parent / "gif.mjs"


def written(frames: list[NDArray[np.uint8]], delays: list[int], loop: bool = True) -> Image.Image:
    height, width = frames[0].shape[:2]
    answer = subprocess.run(
        ["node", str(SCRIPT), *map(str, (width, height, int(loop), *delays))],
        input=b"".join(frame.tobytes() for frame in frames),
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(answer.stdout))


def differences(image: Image.Image, frames: list[NDArray[np.uint8]]) -> list[NDArray[np.int32]]:
    """Per frame, how far each pixel is from what was given, in levels."""
    assert getattr(image, "n_frames", 1) == len(frames)
    found = []
    for index, frame in enumerate(frames):
        image.seek(index)
        shown = np.asarray(image.convert("RGB"), np.int32)
        found.append(np.abs(shown - frame[..., :3]))
    return found


def opaque(pixels: NDArray) -> NDArray[np.uint8]:
    """RGBA from grey or RGB."""
    rgb = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    alpha = np.full((*rgb.shape[:2], 1), 255)
    return np.concatenate([rgb, alpha], 2).astype(np.uint8)


def player_frames() -> list[NDArray[np.uint8]]:
    """Like the player: a grey photograph with a frame that moves, numbers, and a signed map."""
    photo = np.asarray(Image.fromarray(sample("china").pixels).convert("L").resize((128, 86)))
    ramp = np.linspace(0, 1, 128)[None, :, None]
    purple, green, middle = (np.array(c) for c in ((91, 31, 110), (0, 90, 65), (248, 248, 248)))
    signed = np.where(
        ramp < 0.5, purple + (middle - purple) * 2 * ramp, green + (middle - green) * 2 * (1 - ramp)
    )
    frames = []
    for step in range(12):
        picture = Image.new("RGB", (300, 200), "white")
        picture.paste(Image.fromarray(photo), (10, 10))
        picture.paste(Image.fromarray(np.repeat(signed, 86, 0).astype(np.uint8)), (160, 10))
        pen = ImageDraw.Draw(picture, "RGBA")
        pen.rectangle((12 + 5 * step, 20, 24 + 5 * step, 32), (230, 159, 0, 77), (230, 159, 0, 255))
        pen.text((20, 120), f"0.125 × −{step} = {step / 7:.3f}", (49, 51, 63), font_size=15)
        frames.append(opaque(np.asarray(picture)))
    return frames


def test_frames_of_the_player_keep_greys_scales_and_text() -> None:
    frames = player_frames()
    image = written(frames, [7] * 12)
    assert image.info["loop"] == 0  # for ever
    assert image.info["duration"] == 70
    for found, frame in zip(differences(image, frames), frames, strict=True):
        assert found[(frame == 255).all(2)].max() == 0  # what is painted over leaves no trace
        assert found.mean() < 1.2
        assert found.max() <= 24
        assert found[10:96, 10:138].mean() < 2.5  # the photograph
        assert found[10:96, 160:288].mean() < 2.5  # the signed scale
        assert found[150:].max() == 0  # the background stays white


def test_few_colours_are_exact_and_delays_are_kept() -> None:
    colours = [(0, 114, 178), (230, 159, 0), (0, 158, 115), (255, 255, 255), (49, 51, 63)]
    frames = []
    for step in range(5):
        frame = np.zeros((40, 60, 3), np.uint8)
        for row in range(5):
            frame[8 * row : 8 * row + 8] = colours[(row + step) % 5]
        frames.append(opaque(frame))
    image = written(frames, [2, 10, 100, 0, 70_000], loop=False)
    assert "loop" not in image.info
    assert max(found.max() for found in differences(image, frames)) == 0
    shown = []
    for index in range(5):
        image.seek(index)
        shown.append(image.info["duration"])
    assert shown == [20, 100, 1000, 20, 655_350]  # browsers slow down what is shorter than 20 ms


def test_frames_that_are_equal_count_too_and_what_is_transparent_is_on_white() -> None:
    frame = np.zeros((10, 10, 4), np.uint8)
    frame[2:5, 2:5] = (200, 0, 0, 255)
    frame[6:8, 6:8] = (0, 0, 0, 51)
    expected = opaque(np.full((10, 10), 255))
    expected[2:5, 2:5, :3] = (200, 0, 0)
    expected[6:8, 6:8, :3] = 204
    image = written([frame] * 4, [5] * 4)
    assert max(found.max() for found in differences(image, [expected] * 4)) == 0


def test_noise_of_more_colours_than_a_gif_has() -> None:
    generator = np.random.default_rng(1)
    frames = [opaque(generator.integers(0, 256, (90, 70, 3))) for _ in range(3)]
    assert max(found.mean() for found in differences(written(frames, [5] * 3), frames)) < 20


def test_the_background_comes_back_exactly_even_beside_noise() -> None:
    generator = np.random.default_rng(1)
    frames = []
    for step in range(4):
        frame = np.full((90, 70, 3), 255)
        frame[:40] = generator.integers(0, 256, (40, 70, 3))
        frame[50:, 10 * step : 10 * step + 6] = generator.integers(250, 256, (40, 6, 3))
        frames.append(opaque(frame))
    for found, frame in zip(differences(written(frames, [5] * 4), frames), frames, strict=True):
        assert found[(frame == 255).all(2)].max() == 0


def test_one_pixel() -> None:
    frames = [opaque(np.array([[level]])) for level in (0, 7, 255)]
    image = written(frames, [5] * 3)
    assert max(found.max() for found in differences(image, frames)) == 0
