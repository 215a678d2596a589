"""Pasted PyTorch source to a network: parsed and followed, never executed."""

from explorer.network.importing.fitting import import_fitting
from explorer.network.importing.network import (
    Imported,
    Note,
    import_source,
    read_source,
    stated_input,
)

__all__ = ["Imported", "Note", "import_fitting", "import_source", "read_source", "stated_input"]
