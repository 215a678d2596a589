"""A trace as plain text, laid out as torchinfo prints it."""

from explorer.network.shapes import LayerRow, Trace

_COLUMNS = ("Layer (kind)", "Output shape", "Parameters", "Mult-adds")


def summary_text(traced: Trace, name: str, batch_size: int = 1) -> str:
    """A table of layers with the shape for a batch, then totals; a failure is its last row.

    Mult-adds are for one picture: the multiplications of convolutions and matrices. torchinfo also
    counts biases and batch normalisation.
    """
    rows = [_row(row, _label(row, traced), batch_size) for row in traced.rows]
    start = (f"input: {name}", _shape((batch_size, *traced.input_shape)), "—", "—")
    if traced.failure:
        rows.append((f"{traced.failure.name} ✗ cannot work", "—", "—", "—"))
    table = [_COLUMNS, start, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    lines = [_line(row, widths) for row in table]
    rule, thin = "=" * len(lines[0]), "-" * len(lines[0])
    totals = [
        f"Total parameters: {traced.parameters:,}",
        *_frozen(traced),
        f"Mult-adds for one picture: {traced.mult_adds:,}",
        f"Input size (MB): {traced.input_megabytes * batch_size:.2f}",
        f"Forward/backward pass size (MB): {traced.forward_backward_megabytes * batch_size:.2f}",
        f"Parameter size (MB): {traced.parameter_megabytes:.2f}",
        f"Estimated total size (MB): {_total_megabytes(traced, batch_size):.2f}",
    ]
    if traced.failure:
        totals = [
            f"{traced.failure.name} cannot work: {traced.failure.problem}",
            traced.failure.remedy,
            thin,
            "Of the layers before it:",
            *totals,
        ]
    parts = [rule, lines[0], rule, *lines[1:], rule, *(text for text in totals if text), rule]
    return "\n".join(parts) + "\n"


def _frozen(traced: Trace) -> list[str]:
    if not traced.frozen_parameters:
        return []
    return [
        f"Trainable parameters: {traced.trainable_parameters:,}",
        f"Frozen parameters: {traced.frozen_parameters:,}",
    ]


def _total_megabytes(traced: Trace, batch_size: int) -> float:
    moving = traced.input_megabytes + traced.forward_backward_megabytes
    return moving * batch_size + traced.parameter_megabytes


def _label(row: LayerRow, traced: Trace) -> str:
    """The row's name within the block it is in: "body.conv1"."""
    around = [
        block.name
        for block in traced.rows[: row.index]
        if block.is_block and block.depth < row.depth and row.name.startswith(f"{block.name}.")
    ]
    return row.name.removeprefix(f"{around[-1]}.") if around else row.name


def _row(row: LayerRow, label: str, batch_size: int) -> tuple[str, str, str, str]:
    return (
        f"{'  ' * (row.depth + 1)}{label} ({row.kind})",
        _shape((batch_size, *row.output_shape)),
        f"{row.parameters:,}" if row.parameters and not row.is_block else "—",
        f"{row.mult_adds:,}" if row.mult_adds and not row.is_block else "—",
    )


def _shape(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(str(size) for size in shape)}]"


def _line(row: tuple[str, str, str, str], widths: list[int]) -> str:
    texts = [text.ljust(width) for text, width in zip(row[:2], widths, strict=False)]
    numbers = [text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*texts, *numbers])
