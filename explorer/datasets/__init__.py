"""Data sets of labelled pictures as in-memory tensors."""

from explorer.datasets.reference import DatasetRef, Source

__all__ = ["DatasetRef", "Source"]
