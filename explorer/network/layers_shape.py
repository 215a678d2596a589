"""Layers that learn nothing and change the shape at most."""

from math import prod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from explorer.errors import ExplorerError
from explorer.network import checks
from explorer.network.base import (
    AXES,
    PICTURES,
    Count,
    Dimension,
    LayerSpec,
    Shape,
    more,
    shape_text,
)
from explorer.network.kinds import register

_Factor = Annotated[float, Field(ge=0.01, le=64)]


def _not_zero(size: int) -> int:
    if size == 0:
        raise ValueError("0 is no size; −1 stands for whatever is left")
    return size


if TYPE_CHECKING:
    _OneOrMoreSizes = int | tuple[int, ...]
    _OneOrMoreFactors = float | tuple[float, ...]
    _Unflattened = tuple[int, ...]
else:
    _OneOrMoreSizes = Count | Annotated[tuple[Count, ...], Field(min_length=1, max_length=3)]
    _OneOrMoreFactors = _Factor | Annotated[tuple[_Factor, ...], Field(min_length=1, max_length=3)]
    _Unflattened = Annotated[
        tuple[Annotated[int, Field(ge=-1, le=10**6), AfterValidator(_not_zero)], ...],
        Field(min_length=1, max_length=6),
    ]


class _Reshaping(LayerSpec):
    group: ClassVar[str] = "Shape"


@register
class Flatten(_Reshaping):
    """torch.nn.Flatten: (C, H, W) to (C·H·W,)."""

    explanation: ClassVar[str] = "Lays all channels, rows and columns out as one row of values."
    prefix: ClassVar[str] = "flatten"

    kind: Literal["Flatten"] = "Flatten"
    start_dim: Dimension = more(1, "First dimension that is laid out; 1 is the channels.")
    end_dim: Dimension = more(-1, "Last dimension that is laid out; −1 is the last there is.")

    def check(self, shape: Shape, source: str) -> None:
        first = checks.dimension("start_dim", self.start_dim, shape, source)
        last = checks.dimension("end_dim", self.end_dim, shape, source)
        if first > last:
            raise ExplorerError(
                f"start_dim {checks.signed(self.start_dim)} is dimension {first + 1} of what "
                f"{source} gives ({shape_text(shape)}), after end_dim "
                f"{checks.signed(self.end_dim)}, which is {last + 1}.",
                f"Take a start_dim of at most {last + 1}, or an end_dim of −1.",
            )


@register
class Unflatten(_Reshaping):
    """torch.nn.Unflatten: (C·H·W,) to (C, H, W)."""

    explanation: ClassVar[str] = "Folds one size into several: a row of values becomes a picture."
    prefix: ClassVar[str] = "unflatten"

    kind: Literal["Unflatten"] = "Unflatten"
    dim: Dimension = Field(default=1, description="Which dimension is folded; 1 is the first.")
    unflattened_size: _Unflattened = Field(
        default=(-1, 1, 1),
        description="The sizes it is folded into; one of them may be −1: whatever is left.",
    )

    def check(self, shape: Shape, source: str) -> None:
        place = checks.dimension("dim", self.dim, shape, source)
        sizes, size = self.unflattened_size, shape[place]
        given = prod(part for part in sizes if part != -1)
        written = "·".join(checks.signed(part) for part in sizes)
        if sizes.count(-1) > 1:
            raise ExplorerError(
                f"unflattened_size has {sizes.count(-1)} sizes of −1; only one can be worked out.",
                "Leave one −1.",
            )
        if (size % given) if -1 in sizes else (size != given):
            if -1 in sizes:
                written += f", and {size} cannot be divided by {given}"
            elif len(sizes) > 1:
                written += f" = {given}"
            raise ExplorerError(
                f"Dimension {place + 1} of what {source} gives ({shape_text(shape)}) is {size}, "
                f"but unflattened_size is {written}.",
                f"Take sizes whose product is {size}; one of them may be −1: whatever is left.",
            )

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return {"dim": self.dim, "unflattened_size": self.unflattened_size}


_NEEDS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
_SMOOTH = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}


@register
class Upsample(_Reshaping):
    """torch.nn.Upsample: (C, *sizes) to (C, *other sizes), along one, two or three axes."""

    explanation: ClassVar[str] = (
        "Makes the picture larger by repeating values or by reading between them; nothing is "
        "learned."
    )
    prefix: ClassVar[str] = "up"

    kind: Literal["Upsample"] = "Upsample"
    scale_factor: _OneOrMoreFactors | None = Field(
        default=2.0, description="How many times larger; one number, or one for each axis."
    )
    size: _OneOrMoreSizes | None = Field(
        default=None, description="The size it becomes, in place of scale_factor."
    )
    mode: Literal[
        "nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact", "area"
    ] = Field(default="nearest", description="How values between the cells come about.")
    align_corners: bool | None = more(
        None, "Whether the outermost cells keep their places; for the modes with linear or cubic."
    )
    recompute_scale_factor: bool | None = more(
        None, "Whether the factor is worked out again from the rounded sizes."
    )

    def check(self, shape: Shape, source: str) -> None:
        dimensions = len(shape) - 1
        if dimensions not in AXES:
            raise ExplorerError(
                f"Upsample works on channels and one to three axes, but {source} gives "
                f"{checks.arriving(shape)}.",
                "Move it before the Flatten layer.",
            )
        self._check_mode(dimensions, shape, source)
        if (self.size is None) == (self.scale_factor is None):
            raise ExplorerError(
                f"size is {self.size} and scale_factor is {self.scale_factor}: exactly 1 of the 2 "
                "says how large the result is.",
                "Empty one of them." if self.size else "Set scale_factor to 2, or give a size.",
            )
        if self.size is not None and self.recompute_scale_factor:
            raise ExplorerError(
                f"recompute_scale_factor has no meaning with a size ({self.size}).",
                "Empty recompute_scale_factor, or give a scale_factor instead of a size.",
            )
        self._check_sizes(dimensions, shape, source)

    def _check_mode(self, dimensions: int, shape: Shape, source: str) -> None:
        fitting = ", ".join(("nearest", *_SMOOTH[dimensions]))
        if _NEEDS.get(self.mode, dimensions) != dimensions:
            raise ExplorerError(
                f"mode {self.mode!r} is for {checks.axes_text(_NEEDS[self.mode])}, but {source} "
                f"gives {checks.arriving(shape)}.",
                f"For a {PICTURES[dimensions]}, take the mode {fitting}.",
            )
        if self.align_corners is not None and self.mode not in _NEEDS:
            raise ExplorerError(
                f"align_corners is {self.align_corners}, but mode {self.mode!r} aligns nothing "
                f"of what {source} gives ({shape_text(shape)}).",
                f"Empty align_corners, or take the mode {' or '.join(_SMOOTH[dimensions])}.",
            )

    def _check_sizes(self, dimensions: int, shape: Shape, source: str) -> None:
        field = "size" if self.size is not None else "scale_factor"
        given = self.size if self.size is not None else self.scale_factor
        along = given if isinstance(given, tuple) else (given,) * dimensions
        if len(along) != dimensions:
            raise ExplorerError(
                f"{field} has {checks.counted(len(along), 'number')}, but {source} gives "
                f"{checks.arriving(shape)}: {dimensions} {'axis' if dimensions == 1 else 'axes'}.",
                f"Give one number, or {dimensions}.",
            )
        if self.size is not None:
            checks.countable((shape[0], *(int(size or 0) for size in along)))
            return
        sizes = [int(size * (factor or 0)) for size, factor in zip(shape[1:], along, strict=True)]
        for axis, size in enumerate(sizes):
            if size < 1:
                raise ExplorerError(
                    f"{AXES[dimensions][axis].capitalize()} ⌊{shape[axis + 1]}·{along[axis]}⌋ = 0: "
                    f"nothing is left of the {PICTURES[dimensions]} that arrives from {source} "
                    f"({shape_text(shape[1:])}).",
                    f"Take a scale_factor of at least {-(-100 // min(shape[1:])) / 100}.",
                )
        checks.countable((shape[0], *sizes))


@register
class Identity(_Reshaping):
    """torch.nn.Identity: anything, unchanged."""

    explanation: ClassVar[str] = "Passes everything on as it is: a place holder."
    prefix: ClassVar[str] = "identity"

    kind: Literal["Identity"] = "Identity"
