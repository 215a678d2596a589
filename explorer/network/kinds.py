"""How layer kinds are declared: once each, and once for all numbers of axes.

PyTorch has most layers three times, as Conv1d, Conv2d and Conv3d. Here there is one class `Conv`,
from which `in_dimensions` makes the three kinds: a field of one size per axis, written
`tuple[X, ...]`, becomes a tuple of exactly so many, and takes a single number for all of them.
"""

from functools import partial
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, cast, get_args, get_origin

from pydantic import BeforeValidator, Field, create_model

from explorer.network import checks
from explorer.network.base import GROUPS, PICTURES, LayerSpec, Shape, per_axis

_DECLARED: list[type[LayerSpec]] = []

_Kind = TypeVar("_Kind", bound=type[LayerSpec])
_Layer = TypeVar("_Layer", bound="SpatialLayer")


def register(kind: _Kind) -> _Kind:
    """Class decorator: the class is a layer kind."""
    _DECLARED.append(kind)
    return kind


def declared_kinds() -> dict[str, type[LayerSpec]]:
    """All kinds declared so far by name: in the order of GROUPS, then as declared."""
    ordered = sorted(_DECLARED, key=lambda kind: GROUPS.index(kind.group))
    return {kind.__name__: kind for kind in ordered}


class SpatialLayer(LayerSpec):
    """A layer that PyTorch has once per number of axes: takes (C, L), (C, H, W) or (C, D, H, W)."""

    dimensions: ClassVar[int]  # pyright: ignore[reportIncompatibleVariableOverride]
    on_rows: ClassVar[str] = ""
    """The kind that does the same to a plain row of values, if there is one."""

    def check(self, shape: Shape, source: str) -> None:
        checks.axes(self.kind, self.dimensions, self.on_rows, shape, source)

    def along(self, value: Any) -> tuple[Any, ...]:
        """One entry per axis."""
        return per_axis(value, self.dimensions)


def in_dimensions(
    layer: type[_Layer], *dimensions: int, name: str | None = None
) -> tuple[type[_Layer], ...]:
    """Declare the kinds of a layer that work along so many axes: `Conv` makes `Conv2d` with 2.

    `name` is what stands before the number, if that is not the name of the class.

    The word "picture" in what they say of themselves becomes "signal" and "volume".
    """
    return tuple(
        register(_in_dimension(layer, f"{name or layer.__name__}{number}d", number))
        for number in dimensions
    )


def _in_dimension(layer: type[_Layer], name: str, dimensions: int) -> type[_Layer]:

    def worded(text: str) -> str:
        return text.replace("picture", PICTURES[dimensions])

    fields: dict[str, Any] = {"kind": (Literal[name], name)}
    for field, declared in layer.model_fields.items():
        annotation = _with_axes(declared.annotation, dimensions)
        if annotation is not declared.annotation:
            fields[field] = (
                annotation,
                Field(
                    default=per_axis(declared.default, dimensions),
                    description=worded(declared.description or ""),
                    json_schema_extra=declared.json_schema_extra,
                ),
            )
    kind = create_model(
        name,
        __base__=layer,
        __module__=layer.__module__,
        __doc__=worded(layer.__doc__ or "").replace("Nd", f"{dimensions}d"),
        **fields,
    )
    kind.dimensions = dimensions
    kind.explanation = worded(layer.explanation)
    return cast("type[_Layer]", kind)


def _with_axes(annotation: Any, dimensions: int) -> Any:
    """The type with each `tuple[X, ...]` in it as one X per axis."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple and arguments[1:] == (...,):
        sizes = tuple[(arguments[0],) * dimensions]  # type: ignore[misc]
        return Annotated[sizes, BeforeValidator(partial(per_axis, dimensions=dimensions))]
    if origin in (Union, UnionType):
        parts = [_with_axes(part, dimensions) for part in arguments]
        if any(new is not old for new, old in zip(parts, arguments, strict=True)):
            return Union[tuple(parts)]  # noqa: UP007 - parts are not written out here
    return annotation
