"""A network as data: specs, shapes, modules, code. Usable without the app."""

from explorer.network.spec import InputShape, NetworkSpec, Normalisation, read_network

__all__ = ["InputShape", "NetworkSpec", "Normalisation", "read_network"]
