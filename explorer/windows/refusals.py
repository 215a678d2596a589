"""Why a window is refused on an input, in numbers, and what would work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from explorer.errors import ExplorerError
from explorer.windows.checks import AXES

if TYPE_CHECKING:
    from explorer.windows.geometry import Window

Operation = Literal["convolution", "max", "average"]


def check_pooling(window: Window, operation: Operation) -> None:
    """PyTorch's two rules for pooling, whatever the dilation; here also for each side alone."""
    if operation == "average" and set(window.dilation) != {1}:
        dilation = _dilation_text(window.dilation)
        raise ExplorerError(
            f"Average pooling has no dilation, but the dilation is {dilation}.",
            "Use dilation 1, or max pooling.",
        )
    for axis, k, pair in zip(
        AXES[window.dimensions], window.kernel_size, window.padding, strict=True
    ):
        if max(pair) > k // 2:
            raise ExplorerError(
                f"The padding of {max(pair)} in {axis} is more than half of the pooling window, "
                f"whose {axis} is {k}.",
                f"Use a padding of at most {k // 2}, or a kernel {axis} of at least "
                f"{2 * max(pair)}.",
            )


def too_large(
    window: Window, input_size: Sequence[int], axis: int, operation: Operation
) -> ExplorerError:
    """The refusal of a kernel that covers more than the padded axis; each remedy is legal."""
    name = AXES[window.dimensions][axis]
    n, pair, span = input_size[axis], window.padding[axis], window.span[axis]
    k, d = window.kernel_size[axis], window.dilation[axis]
    padded = n + sum(pair)
    dilated = (
        f" with dilation {_dilation_text(window.dilation)}" if set(window.dilation) != {1} else ""
    )
    size = _text(window.kernel_size)
    kernel = f"{size} kernel" if window.dimensions > 1 else f"kernel of {size}"
    available = f"padded {name} is only {padded} ({padded_text(n, pair)})"
    if padded == n:
        available = f"{name} is only {n}"

    remedies = []
    smaller = (padded - 1) // d + 1
    if operation == "convolution" or smaller // 2 >= max(pair):
        remedies.append(f"a kernel {name} of at most {smaller}")
    if d > 1 and (padded - 1) // (k - 1) >= 1:
        remedies.append(f"a dilation of at most {(padded - 1) // (k - 1)}")
    wider = (span - n + 1) // 2
    if operation == "convolution" or wider <= k // 2:
        remedies.append(f"a padding of at least {wider} on each side")
    remedies.append(f"a picture whose {name} is at least {span - sum(pair)}")
    return ExplorerError(
        f"The {kernel}{dilated} covers {span} cells, but the {available}.",
        f"Use {', '.join(remedies[:-1])}{' or ' if remedies[:-1] else ''}{remedies[-1]}.",
    )


def _text(values: Sequence[int]) -> str:
    return "×".join(map(str, values))


def _dilation_text(dilation: Sequence[int]) -> str:
    return str(dilation[0]) if len(set(dilation)) == 1 else _text(dilation)


def padded_text(n: int, pair: tuple[int, int]) -> str:
    """The padded size as a sum: "5 + 2·1", or "5 + 1 + 0" where the sides differ."""
    before, after = pair
    return f"{n} + 2·{before}" if before == after else f"{n} + {before} + {after}"
