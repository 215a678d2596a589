"""Which input cells an output cell reads, along one axis: the taps, by closed form.

The axes of an operation do not know of each other, so these lists, one per axis, say everything
about where an operation reads; their product is the window in 1, 2 or 3 dimensions.
Size formulas: the "Shape" sections of `torch.nn.Conv2d`, `MaxPool2d` and `ConvTranspose2d`.
"""

from dataclasses import dataclass
from typing import Literal

PADDING = -1  # a padded cell that holds no input value: 0, or −inf for max pooling
BEYOND = -2  # past the padded input, where `ceil_mode` reaches: neither read nor counted

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
Pair = tuple[int, int]  # (kernel index, source)
Pairs = tuple[Pair, ...]


@dataclass(frozen=True)
class AxisTaps:
    """The taps of one axis.

    Attributes:
        size: How many output cells there are.
        pairs: For every output index its (kernel index, source) pairs, where source is the input
            index that this kernel cell reads, `PADDING` or `BEYOND`.
    """

    size: int
    pairs: tuple[Pairs, ...]


@dataclass(frozen=True)
class SlidingAxis:
    """One axis of an operation that slides a kernel over its input: convolution or pooling."""

    input_size: int
    kernel_size: int
    stride: int
    padding: Pair
    dilation: int
    ceil_mode: bool = False
    padding_mode: PaddingMode = "zeros"

    @property
    def span(self) -> int:
        """Cells the kernel covers, gaps included."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def padded(self) -> int:
        """The input's size with the padding of both sides."""
        return self.input_size + sum(self.padding)

    @property
    def rounded(self) -> int:
        """What the size formula gives before `ceil_mode` drops a window; 0 or less: none fits."""
        extra = self.stride - 1 if self.ceil_mode else 0
        return (self.padded - self.span + extra) // self.stride + 1

    @property
    def size(self) -> int:
        """How many windows fit: floor((padded − span) / stride) + 1; 0 or less where none does.

        With `ceil_mode` the quotient is rounded up, so that a last window may reach beyond the
        padded input, but it has to start inside the input or the padding before it.
        """
        count = self.rounded
        starts_outside = (count - 1) * self.stride >= self.input_size + self.padding[0]
        return count - 1 if self.ceil_mode and starts_outside else count

    def coordinate(self, position: int, kernel_index: int) -> int:
        """The input coordinate under a kernel cell; below 0 and from the size on it is padding."""
        return position * self.stride + kernel_index * self.dilation - self.padding[0]

    def pairs(self, position: int) -> Pairs:
        """The taps of one output index, all kernel cells in order."""
        return tuple(
            (index, self.source(self.coordinate(position, index)))
            for index in range(self.kernel_size)
        )

    def source(self, coordinate: int) -> int:
        """The input index a coordinate stands for, `PADDING` or `BEYOND`."""
        n = self.input_size
        if 0 <= coordinate < n:
            return coordinate
        if coordinate >= n + self.padding[1]:
            return BEYOND
        if self.padding_mode == "zeros":
            return PADDING
        if self.padding_mode == "replicate":
            return min(max(coordinate, 0), n - 1)
        if self.padding_mode == "circular":
            return coordinate % n
        # reflect: the edge cell is the mirror and is not repeated
        return -coordinate if coordinate < 0 else 2 * (n - 1) - coordinate


@dataclass(frozen=True)
class TransposedAxis:
    """One axis of a transposed convolution: input cell i stamps kernel cell k onto output cell
    i · stride + k · dilation − padding.
    """

    input_size: int
    kernel_size: int
    stride: int
    padding: int
    dilation: int
    output_padding: int

    @property
    def uncut(self) -> int:
        """Cells before the padding cuts off its part: those stamped, and the output padding."""
        stamped = (self.input_size - 1) * self.stride + self.dilation * (self.kernel_size - 1) + 1
        return stamped + self.output_padding

    @property
    def size(self) -> int:
        """Output cells; 0 or less where the padding cuts off everything."""
        return self.uncut - 2 * self.padding

    def pairs(self, position: int) -> Pairs:
        """The stamps that meet in one output index; none where a stride leaves a hole."""
        found = []
        for index in range(self.kernel_size):
            source, rest = divmod(position + self.padding - index * self.dilation, self.stride)
            if rest == 0 and 0 <= source < self.input_size:
                found.append((index, source))
        return tuple(found)


@dataclass(frozen=True)
class AdaptiveAxis:
    """One axis of adaptive pooling: window p is floor(p · n / size) .. ceil((p + 1) · n / size).

    The windows are as even as whole cells allow; they may overlap and differ by one cell.
    """

    input_size: int
    size: int

    def pairs(self, position: int) -> Pairs:
        """The cells of one window; the kernel index counts from its first cell."""
        first = position * self.input_size // self.size
        end = -((position + 1) * self.input_size // -self.size)
        return tuple(enumerate(range(first, end)))


Axis = SlidingAxis | TransposedAxis | AdaptiveAxis


def taps_of(axis: Axis) -> AxisTaps:
    """All taps of an axis."""
    return AxisTaps(axis.size, tuple(axis.pairs(position) for position in range(axis.size)))
