"""Random numbers that depend on a seed and disturb nobody else's."""

from contextlib import AbstractContextManager

import torch


class seeded(AbstractContextManager[None]):  # noqa: N801 - reads as what it does
    """Inside, PyTorch's random numbers start at a seed; outside, they go on as if nothing was."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self._seed = seed
        self._fork = torch.random.fork_rng([device] if device.type == "cuda" else [])

    def __enter__(self) -> None:
        self._fork.__enter__()
        torch.manual_seed(self._seed)

    def __exit__(self, *error: object) -> None:
        self._fork.__exit__(None, None, None)
