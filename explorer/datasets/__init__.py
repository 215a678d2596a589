"""Data sets of labelled pictures as tensors, mapped from files that all processes share."""

from explorer.datasets.reference import DatasetRef, Source

__all__ = ["DatasetRef", "Source"]
