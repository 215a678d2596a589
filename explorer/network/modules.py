"""The modules PyTorch has no class for. `codegen` writes the source of these classes as it is here.

So they must need nothing but `torch` and `nn`.
"""

import torch
from torch import nn


class Normalise(nn.Module):
    """Subtracts the mean and divides by the standard deviation, channel by channel."""

    def __init__(self, mean, std, dimensions=2):
        super().__init__()
        # Buffers travel with the weights. Their shape is (channels, 1, 1): one 1 per axis.
        shape = (-1,) + (1,) * dimensions
        self.register_buffer("mean", torch.tensor(mean).view(shape))
        self.register_buffer("std", torch.tensor(std).view(shape))

    def forward(self, x):
        return (x - self.mean) / self.std


class Residual(nn.Module):
    """Adds what comes in, as it is or after its shortcut, to what the body makes of it."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Frozen(nn.Sequential):
    """Layers one after another that stay as they are, also while the rest of a network learns."""

    def __init__(self, *layers):
        super().__init__(*layers)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        # Dropout rests, and BatchNorm goes on with the mean and variance that it has.
        return super().train(False)


class Concatenate(nn.Module):
    """Gives x to every branch and puts the outputs behind one another, along the channels."""

    def __init__(self, *branches):
        super().__init__()
        for number, branch in enumerate(branches, 1):
            self.add_module(f"branch{number}", branch)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.children()], dim=1)


class Add(nn.Module):
    """Gives x to every branch and adds the outputs up."""

    def __init__(self, *branches):
        super().__init__()
        for number, branch in enumerate(branches, 1):
            self.add_module(f"branch{number}", branch)

    def forward(self, x):
        first, *others = [branch(x) for branch in self.children()]
        for other in others:
            first = first + other
        return first
