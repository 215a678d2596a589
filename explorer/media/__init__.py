"""Uploads, bundled photographs and volumes as tensors."""

from explorer.media.pictures import FORMATS, FORMATS_TEXT, Mode, Picture, open_picture
from explorer.media.samples import (
    SAMPLES,
    VOLUME_SAMPLES,
    Sample,
    VolumeSample,
    sample,
    sample_bytes,
    volume_sample,
)
from explorer.media.volumes import (
    VOLUME_FORMATS_TEXT,
    VOLUME_SUFFIXES,
    Volume,
    open_volume,
    resized,
)

__all__ = [
    "FORMATS",
    "FORMATS_TEXT",
    "SAMPLES",
    "VOLUME_FORMATS_TEXT",
    "VOLUME_SAMPLES",
    "VOLUME_SUFFIXES",
    "Mode",
    "Picture",
    "Sample",
    "Volume",
    "VolumeSample",
    "open_picture",
    "open_volume",
    "resized",
    "sample",
    "sample_bytes",
    "volume_sample",
]
