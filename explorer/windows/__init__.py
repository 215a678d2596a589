"""The arithmetic of a sliding window: convolution and pooling in 1, 2 and 3 dimensions."""

from explorer.windows.geometry import AxisRanges, Window, fitted, legal_ranges, shared_ranges
from explorer.windows.kernels import NAMED_KERNELS, NamedKernel, kernel, kernels_of
from explorer.windows.operations import (
    Pooling,
    PoolingTerms,
    Terms,
    convolution,
    convolution_terms,
    padded,
    pooling,
    pooling_terms,
)
from explorer.windows.refusals import Operation

__all__ = [
    "NAMED_KERNELS",
    "AxisRanges",
    "NamedKernel",
    "Operation",
    "Pooling",
    "PoolingTerms",
    "Terms",
    "Window",
    "convolution",
    "convolution_terms",
    "fitted",
    "kernel",
    "kernels_of",
    "legal_ranges",
    "padded",
    "pooling",
    "pooling_terms",
    "shared_ranges",
]
