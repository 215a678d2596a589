"""The arithmetic of a sliding window: convolution and pooling in 1, 2 and 3 dimensions."""

from explorer.windows.geometry import AxisRanges, Window, fitted, legal_ranges, shared_ranges
from explorer.windows.refusals import Operation

__all__ = ["AxisRanges", "Operation", "Window", "fitted", "legal_ranges", "shared_ranges"]
