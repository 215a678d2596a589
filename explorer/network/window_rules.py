"""What a window may be like along one axis, and the nearest sizes that are allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer.network.base import LARGEST_SIZE, AxisWindow, short

Way = Literal["smaller kernel", "larger kernel", "less padding", "more padding", "both less"]


@dataclass(frozen=True)
class WindowRules:
    """Which windows PyTorch takes.

    Attributes:
        pooling: Padding is at most half of the kernel.
        ceil_mode: Sizes are rounded up, so that a last window may stand out.
        stride_follows: The stride is the kernel_size.
        unpadded: The kernel is no larger than the picture without its padding.
        padding_mode: "reflect" and "circular" take padding from the picture, which must have it.
    """

    pooling: bool = False
    ceil_mode: bool = False
    stride_follows: bool = False
    unpadded: bool = False
    padding_mode: str = "zeros"

    def spare(self, window: AxisWindow, size: int) -> int:
        """Cells left beside the first window; it does not fit if they are negative."""
        room = size + window.before + window.after - window.reach
        return room + (window.stride - 1 if self.ceil_mode else 0)

    def most_padding(self, size: int) -> int:
        """How much padding the picture can give along an axis."""
        return {"reflect": size - 1, "circular": size}.get(self.padding_mode, LARGEST_SIZE)

    def allow(self, window: AxisWindow, size: int) -> bool:
        """Whether PyTorch takes the window on so many cells."""
        return (
            self.spare(window, size) >= 0
            and max(window.before, window.after) <= self.most_padding(size)
            and not (self.pooling and 2 * window.before > window.kernel_size)
            and not (self.unpadded and window.kernel_size > size)
        )

    def ways(self, windows: Sequence[AxisWindow], sizes: Sequence[int], *ways: Way) -> list[str]:
        """Those of the ways that lead to allowed windows on all axes, with the sizes it takes.

        "both less" always does.
        """
        found = []
        for way in ways:
            changed = [
                self._nearest(way, window, size)
                for window, size in zip(windows, sizes, strict=True)
            ]
            allowed = [window for window in changed if window is not None]
            if len(allowed) == len(windows):
                found.append(_offer(way, allowed))
        return found

    def _nearest(self, way: Way, window: AxisWindow, size: int) -> AxisWindow | None:
        kernel, pad = window.kernel_size, window.before
        roomiest = min(LARGEST_SIZE, size + 2 * pad + window.stride)
        candidates = {
            "smaller kernel": ((near, pad) for near in range(roomiest, 0, -1)),
            "larger kernel": ((near, pad) for near in range(kernel, LARGEST_SIZE + 1)),
            "less padding": ((kernel, near) for near in range(pad, -1, -1)),
            "more padding": ((kernel, near) for near in range(pad, LARGEST_SIZE + 1)),
            "both less": ((near, min(pad, near // 2)) for near in range(kernel, 0, -1)),
        }[way]
        changed = (
            replace(
                window,
                kernel_size=near_kernel,
                stride=near_kernel if self.stride_follows else window.stride,
                before=near_pad,
                after=near_pad,
            )
            for near_kernel, near_pad in candidates
        )
        return next((near for near in changed if self.allow(near, size)), None)


def _offer(way: Way, windows: Sequence[AxisWindow]) -> str:
    kernel = short(tuple(window.kernel_size for window in windows))
    padding = short(tuple(window.before for window in windows))
    return {
        "smaller kernel": f"a kernel_size of at most {kernel}",
        "larger kernel": f"a kernel_size of at least {kernel}",
        "less padding": f"a padding of at most {padding}",
        "more padding": f"a padding of at least {padding}",
        "both less": f"a kernel_size of at most {kernel} and a padding of at most {padding}",
    }[way]
