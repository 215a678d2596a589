"""The figures of a trace in words: memory, receptive fields, shapes of weights."""

from functools import lru_cache
from math import prod

from explorer.network.base import AXES, Shape, shape_text
from explorer.network.receptive_field import AxisField, Field
from explorer.network.shapes import LayerRow, Trace
from explorer.ui.text import count

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def bytes_text(number: float) -> str:
    """Bytes in units of 1000, with three digits: "40 bytes", "18.4 kB", "1.21 GB"."""
    unit = 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    digits = f"{number:,.0f}" if number >= 99.95 or unit == 0 else f"{number:.3g}"
    return f"{digits}\N{NO-BREAK SPACE}{_UNITS[unit]}"


def megabytes_text(number: float) -> str:
    """MB with three digits, however few: "0.00314 MB", "132 MB"."""
    digits = f"{number:,.0f}" if number >= 99.95 else f"{number:.3g}"
    if "e" in digits:
        digits = f"{number:f}".rstrip("0").rstrip(".")
    return f"{digits}\N{NO-BREAK SPACE}MB"


def _cells(number: float) -> str:
    """A size, jump or offset: whole where it is, else with two digits behind the point."""
    text = f"{number:,.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def _per_axis(numbers: list[float]) -> str:
    """One number where all axes have the same: "2", else "(2, 1)"."""
    texts = [_cells(number) for number in numbers]
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"


@lru_cache(maxsize=1024)  # many layers have the same
def looks_at(field: Field) -> tuple[str, str]:
    """A receptive field for the table: ("8×8", "every 2, from −1"), or ("all", "")."""
    if field is None:
        return "all", ""
    size = "×".join(_cells(axis.size) for axis in field)
    return size, f"every {_jump(field)}, from {_offset(field)}"


def _jump(field: tuple[AxisField, ...]) -> str:
    return _per_axis([axis.jump for axis in field])


def _offset(field: tuple[AxisField, ...]) -> str:
    return _per_axis([axis.offset for axis in field])


def parameter_shapes(row: LayerRow) -> str:
    """What is learned and in which shape: "weight 32×16×3×3, bias 32"; "" if nothing is."""
    return ", ".join(f"{name} {shape_text(shape)}" for name, shape in row.parameter_shapes)


def facts(row: LayerRow, traced: Trace) -> list[tuple[str, str]]:
    """What the trace knows of a layer or block, as names and values in words."""
    repeated = sum(other.path == row.path for other in traced.rows)
    found = [
        *(
            (name.capitalize(), f"{shape_text(shape)}{_axes(row.kind, shape)}")
            for name, shape in row.parameter_shapes
        ),
        ("Output", f"{shape_text(row.output_shape)} = {count(prod(row.output_shape), 'value')}"),
        ("Memory", f"{bytes_text(row.activation_bytes)} {_whose_outputs(row)}"),
    ]
    field = row.receptive_field
    if field is None:
        found.append(("Looks at", "the whole input, or no fixed window (as after Flatten)"))
    else:
        size = "×".join(_cells(axis.size) for axis in field)
        of = shape_text(traced.input_shape[1:])
        found += [
            ("Looks at", f"{size} cells: the receptive field of one unit; the input has {of}"),
            ("Jump", f"{_jump(field)}: so many cells on is the field of the next unit"),
            ("Offset", f"{_offset(field)}: {_begins(field)}"),
        ]
    if repeated > 1:
        found.append(("Repeated", f"{repeated} times; the field is that of the first"))
    return found


def _whose_outputs(row: LayerRow) -> str:
    return "for the outputs of all layers in it" if row.is_block else "for one picture"


def _axes(kind: str, shape: Shape) -> str:
    """What the axes of a weight are, where that is not plain to see."""
    if len(shape) < 2 or not kind.startswith(("Conv", "Linear")):
        return ""
    first = ("in", "out") if kind.startswith("ConvTranspose") else ("out", "in")
    return f" ({' × '.join((*first, *AXES.get(len(shape) - 2, ())))})"


def _begins(field: tuple[AxisField, ...]) -> str:
    if all(axis.offset < 0 for axis in field):
        return "the first field begins in the padding, before the input's first cell"
    if all(axis.offset == 0 for axis in field):
        return "the first field begins at the input's first cell"
    return "the cell at which the first field begins"
