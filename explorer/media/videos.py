"""Short MP4 and WebM clips as stacks, read by PyAV where it is installed."""

import io
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.errors import ExplorerError
from explorer.media.voxels import (
    MOST_DECODED_PIXELS,
    MOST_SLICES_IN_A_FILE,
    Bounds,
    Stack,
    check_count,
    check_pixels,
    evenly,
    kept_text,
    stacked,
)
from explorer.settings import settings

_MOST_SECONDS = 600
_DECODING_SECONDS = 20.0
# What phones, browsers and screen recorders write; anything else stays closed.
_CODECS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4")


def video_stack(data: bytes, bounds: Bounds) -> Stack:
    """The frames of the first picture track: (frames, height, width, 3) uint8.

    A frame is coded as a change to those before it, so all up to the last one kept are decoded;
    only those kept are scaled, coloured and stay in memory.
    """
    try:
        import av
        from av.error import FFmpegError
    except ImportError:
        raise ExplorerError(
            "Videos are read by PyAV, which is not installed.",
            "Install it with pip install av, or upload an animated GIF instead.",
        ) from None
    container = "mp4" if data[4:8] == b"ftyp" else "matroska"
    try:
        count = _count(av, data, container)
        kept = evenly(count, bounds.most_slices)
        planes = list(_frames(av, data, container, kept, bounds.longest_side))
    except FFmpegError as error:
        raise ExplorerError(
            "The video cannot be decoded: the file is cut off or damaged.",
            "Save or download it anew and upload that file.",
        ) from error
    if len(planes) < len(kept):
        raise ExplorerError(
            f"The video says it has {count:,} frames, but only {len(planes):,} of the "
            f"{len(kept):,} that are kept could be decoded.",
            "The file is cut off or damaged: save or download it anew.",
        )
    told = kept_text(len(planes), count, "frames")
    return Stack(
        stacked(planes, [f"Frame {index + 1}" for index in kept]),
        f"Depth is time: {told}, the earliest first.",
    )


def _open(av: Any, data: bytes, container: str) -> Any:
    def nothing_else(url: str, flags: int, options: dict) -> Any:
        raise PermissionError(f"a video may not open {url[:40]}")

    return av.open(
        io.BytesIO(data), format=container, io_open=nothing_else, metadata_errors="ignore"
    )


def _track(file: Any) -> Any:
    """The picture track, after its size, length and coding have been looked at."""
    if not file.streams.video:
        raise ExplorerError("The file has sound but no pictures.", "Upload a video.")
    track = file.streams.video[0]
    codec = track.codec_context
    coding = getattr(codec.codec, "canonical_name", codec.name) if codec else "unknown"
    if coding not in _CODECS:
        raise ExplorerError(
            f"The video is coded as {coding}.", f"Use one of {', '.join(_CODECS)}: MP4 or WebM."
        )
    check_pixels(codec.width, codec.height, 1, "frames")
    if track.frames:
        check_count(track.frames, "frames")
    seconds = file.duration / 1_000_000 if file.duration else 0  # AV_TIME_BASE: microseconds
    if seconds > _MOST_SECONDS:
        raise ExplorerError(
            f"The video lasts {seconds / 60:.0f} minutes; at most {_MOST_SECONDS // 60} are taken.",
            "Cut it to the seconds that matter.",
        )
    codec.options = {**codec.options, "max_pixels": str(settings().max_picture_pixels)}
    codec.thread_count = 1  # visitors share the processors
    return track


def _count(av: Any, data: bytes, container: str) -> int:
    """How many frames there are, by their packets: nothing is decoded."""
    with _open(av, data, container) as file:
        track = _track(file)
        count = 0
        for packet in file.demux(track):
            count += packet.size > 0
            if count > MOST_SLICES_IN_A_FILE:
                check_count(count, "frames", more=True)
        if not count:
            raise ExplorerError("The video has no frames.", "Save or download it anew.")
        check_pixels(track.codec_context.width, track.codec_context.height, count, "frames")
        return count


def _frames(
    av: Any, data: bytes, container: str, kept: list[int], longest_side: int
) -> Iterator[np.ndarray]:
    wanted, last = set(kept), kept[-1]
    pixels, deadline = 0, time.monotonic() + _DECODING_SECONDS
    with _open(av, data, container) as file:
        for index, frame in enumerate(file.decode(_track(file))):
            pixels += frame.width * frame.height  # which may differ from what the header said
            if pixels > MOST_DECODED_PIXELS or time.monotonic() > deadline:
                raise ExplorerError(
                    f"Decoding frame {index + 1:,} of {frame.width:,} × {frame.height:,} pixels "
                    f"went beyond {MOST_DECODED_PIXELS:,} pixels or {_DECODING_SECONDS:.0f} "
                    "seconds.",
                    "Upload a shorter or smaller clip.",
                )
            if index in wanted:
                yield _upright(frame, longest_side)
            if index >= last:
                return


def _upright(frame: Any, longest_side: int) -> np.ndarray:
    """(height, width, 3), scaled by FFmpeg and turned as phones ask for in the file."""
    scale = min(1, longest_side / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    pixels = frame.reformat(width, height, format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
