"""What a snapshot shows of a network: small pictures of its numbers, and what it answers."""

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Planes(_Part):
    """The first few weights or outputs of one layer as small pictures, a byte for each number.

    A number is low + code · (high − low) / 255.
    """

    layer: str
    """Its full name, as in a trace."""
    kind: str
    total: int
    """How many pictures, or values of a row, the layer has; those here are the first."""
    shape: tuple[int, int, int, int]
    """(pictures, channels, rows, columns); a row of values is one picture."""
    shrunk: int
    """Along rows and columns, so many numbers were averaged."""
    low: float
    high: float
    codes: str
    """Base64 of the bytes, in C order."""


class Sample(_Part):
    """A picture that the networks are asked about again and again."""

    index: int
    """Its place in its set."""
    labels: tuple[int, ...]
    """Indices of the classes that are right."""
    png: str
    """Base64, as the networks see it but for its size."""


class Inside(_Part):
    """One contender at one moment."""

    weights: Planes | None
    """Of the first layer that has any that can be seen as pictures."""
    outputs: tuple[Planes, ...]
    """What the first layers make of the first sample."""
    answers: tuple[tuple[tuple[int, float], ...], ...]
    """For each sample the likeliest classes, as (index, probability), likeliest first."""
