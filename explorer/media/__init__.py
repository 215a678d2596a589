"""Uploads and bundled photographs as tensors."""

from explorer.media.pictures import FORMATS, FORMATS_TEXT, Mode, Picture, open_picture
from explorer.media.samples import SAMPLES, Sample, sample, sample_bytes

__all__ = [
    "FORMATS",
    "FORMATS_TEXT",
    "SAMPLES",
    "Mode",
    "Picture",
    "Sample",
    "open_picture",
    "sample",
    "sample_bytes",
]
