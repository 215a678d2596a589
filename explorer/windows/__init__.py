"""The arithmetic of sliding windows in 1, 2 and 3 dimensions: convolution, pooling and back."""

from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.kernels import NAMED_KERNELS, NamedKernel, kernel
from explorer.windows.operation import fitted
from explorer.windows.operations import max_indices, result
from explorer.windows.poolings import AdaptivePooling, Pooling
from explorer.windows.taps import BEYOND, PADDING, AxisTaps
from explorer.windows.tensors import Operation
from explorer.windows.terms import Terms, terms
from explorer.windows.unpooling import MaxUnpooling
from explorer.windows.window import Window, same_padding

__all__ = [
    "BEYOND",
    "NAMED_KERNELS",
    "PADDING",
    "AdaptivePooling",
    "AxisTaps",
    "Convolution",
    "MaxUnpooling",
    "NamedKernel",
    "Operation",
    "Pooling",
    "Terms",
    "TransposedConvolution",
    "Window",
    "fitted",
    "kernel",
    "max_indices",
    "result",
    "same_padding",
    "terms",
]
