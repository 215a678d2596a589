"""What is done to a tensor without a layer made for it: F.relu(x), x.view(-1, 400), x + y."""

from inspect import Parameter
from math import prod
from typing import Any

from explorer.network.blocks import MAX_LAYERS
from explorer.network.importing.errors import SourceError, did_you_mean
from explorer.network.importing.graph import meet, shape_of
from explorer.network.importing.layers import bind, make
from explorer.network.importing.values import Batch, Flow, Leaf, Training, described
from explorer.network.spec import InputShape

_WINDOW = {"kernel_size": ..., "stride": None, "padding": 0}
_NEVER_MATTERS = {"inplace": False, "_stacklevel": 3, "dtype": None}
_SIMPLE: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "softmax": ("Softmax", {"dim": 1}),
    "flatten": ("Flatten", {"start_dim": 0, "end_dim": -1}),
    "unflatten": ("Unflatten", {"dim": ..., "sizes": ...}),
    "interpolate": (
        "Upsample",
        {
            "size": None,
            "scale_factor": None,
            "mode": "nearest",
            "align_corners": None,
            "recompute_scale_factor": None,
        },
    ),
    "dropout": ("Dropout", {"p": 0.5, "training": True}),
}
for _axes in (1, 2, 3):
    _SIMPLE |= {
        f"max_pool{_axes}d": (
            f"MaxPool{_axes}d",
            {**_WINDOW, "dilation": 1, "ceil_mode": False, "return_indices": False},
        ),
        f"avg_pool{_axes}d": (
            f"AvgPool{_axes}d",
            {
                **_WINDOW,
                "ceil_mode": False,
                "count_include_pad": True,
                **({} if _axes == 1 else {"divisor_override": None}),
            },
        ),
        f"adaptive_avg_pool{_axes}d": (f"AdaptiveAvgPool{_axes}d", {"output_size": ...}),
        f"adaptive_max_pool{_axes}d": (f"AdaptiveMaxPool{_axes}d", {"output_size": ...}),
        f"dropout{_axes}d": (f"Dropout{_axes}d", {"p": 0.5, "training": True}),
    }
_SAME = {"contiguous", "float", "to", "clone", "cpu", "cuda", "type"}
_SPECIAL = {"view", "reshape", "mean", "add", "cat", "concat", "concatenate", "log_softmax"}
FUNCTIONS = {*_SIMPLE, *_SPECIAL, *_SAME}
_ALL_AXES = [(2, 3), (-2, -1), (-1, -2), (3, 2)]


class Functions:
    """The functions, for a network with some input; `note` is called with what is worth knowing."""

    def __init__(self, input: InputShape, note: Any) -> None:
        self.input, self.note = input, note
        self.steps = 0
        self.used: list[Leaf] = []
        """Every layer that a tensor went through, in this order."""

    def call(self, name: str, given: list[Any], named: dict[str, Any], line: int) -> Flow:
        """The tensor that F.name, torch.name or x.name makes of its first argument, x.

        Raises:
            SourceError: If there is no such function, or nothing here does what it does.
        """
        if name in ("cat", "concat", "concatenate"):
            return self._cat(given, named, line)
        if not given and "input" in named:
            given = [named.pop("input")]
        flow = given[0] if given else None
        if not isinstance(flow, Flow):
            raise SourceError(
                line,
                f"{name} works on a tensor, but is given {described(flow)}.",
                "Call a layer to get a tensor: self.layer(x)." if given else "Give it x.",
            )
        if name in _SAME:
            return flow
        if flow.ended:
            raise after_the_end(line)
        rest = given[1:]
        if name == "add":
            return self.add(flow, rest[0] if rest else named.get("other"), line)
        if name in ("view", "reshape"):
            return self._view(flow, rest or list(named.values()), line)
        if name == "mean":
            return self._mean(flow, rest, named, line)
        if name == "log_softmax":
            return self.log_softmax(flow, line)
        if name not in _SIMPLE:
            raise SourceError(
                line,
                f"Nothing here does what `{name}` does with a tensor.",
                did_you_mean(name, FUNCTIONS),
            )
        return self._simple(name, flow, rest, named, line)

    def leaf(self, flow: Flow, leaf: Leaf, line: int, name: str | None = None) -> Flow:
        """The tensor that a layer makes.

        Raises:
            SourceError: If that would share weights, or there are too many layers.
        """
        if flow.ended:
            raise after_the_end(line)
        self.steps += 1
        if self.steps > 2 * MAX_LAYERS:
            raise SourceError(line, f"The network has more than {MAX_LAYERS} layers.")
        self.used.append(leaf)
        leaf.calls += 1
        if leaf.calls > 1 and leaf.learns:
            raise SourceError(
                line,
                f"The nn.{leaf.node.kind} of line {leaf.line} is used a second time, with the same "
                "weights; here each layer has weights of its own.",
                "Make a second layer for the second use.",
            )
        return flow.then(leaf.node.model_copy(update={"name": name}), (leaf,))

    def add(self, one: Any, other: Any, line: int) -> Flow:
        """The sum of two tensors."""
        if not (isinstance(one, Flow) and isinstance(other, Flow)):
            other = other if isinstance(one, Flow) else one
            raise SourceError(
                line,
                f"A tensor and {described(other)} are added, which no layer here does.",
                "Only tensors of one picture can be added: x + self.body(x).",
            )
        return meet([one, other], "add", self.input, line)

    def log_softmax(self, flow: Flow, line: int) -> Flow:
        """Left out, as long as nothing comes after."""
        self.note(
            line,
            "log_softmax is left out: the cross-entropy that networks are trained with here takes "
            "it itself. The outputs are the values before it.",
        )
        return Flow(
            flow.parent, flow.node, flow.leaves, flow.depth, flow.outer, True, flow.normalisation
        )

    def _simple(
        self, name: str, flow: Flow, given: list[Any], named: dict[str, Any], line: int
    ) -> Flow:
        kind, parameters = _SIMPLE[name]
        signature = {
            **{
                key: Parameter.empty if value is ... else value for key, value in parameters.items()
            },
            **_NEVER_MATTERS,
        }
        training = named.pop("training", None)
        if len(given) > 1 and "training" in parameters:
            training = given.pop(1)
        if "training" in parameters:
            if training is None or training is True:
                self.note(line, f"{name} without training=self.training never stops dropping.")
            elif not isinstance(training, Training):
                return flow
        arguments = bind(kind, signature, given, named, line)
        for key in ("training", *_NEVER_MATTERS):
            arguments.pop(key, None)
        if name == "flatten":
            self._check_flatten(arguments, line)
        if "sizes" in arguments:
            arguments["unflattened_size"] = arguments.pop("sizes")
        if kind == "Softmax" and arguments["dim"] is None:
            arguments["dim"] = 1
        return self.leaf(flow, make(kind, [], arguments, line), line)

    def _check_flatten(self, arguments: dict[str, Any], line: int) -> None:
        if arguments["start_dim"] == 0:
            raise SourceError(
                line,
                "flatten from dimension 0 lays all pictures of the batch out as one row.",
                "Begin at 1, so that each picture keeps its row: torch.flatten(x, 1).",
            )

    def _cat(self, given: list[Any], named: dict[str, Any], line: int) -> Flow:
        named = dict(named)
        tensors = given[0] if given else named.pop("tensors", None)
        dim = given[1] if len(given) > 1 else named.pop("dim", named.pop("axis", 0))
        if not isinstance(tensors, list | tuple) or not all(
            isinstance(flow, Flow) for flow in tensors
        ):
            raise SourceError(
                line,
                "torch.cat takes a list of tensors.",
                "Put [ ] around them: torch.cat([a, b], 1).",
            )
        if dim != 1:
            raise SourceError(
                line,
                f"torch.cat along dimension {dim} cannot be built here"
                + (", where 0 is the batch." if dim == 0 else "."),
                "Concatenate the channels, dimension 1: torch.cat([a, b], 1).",
            )
        return meet(list(tensors), "concatenate", self.input, line)

    def _view(self, flow: Flow, sizes: list[Any], line: int) -> Flow:
        if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
            sizes = list(sizes[0])
        if len(sizes) < 2 or not (isinstance(sizes[0], Batch) or sizes[0] == -1):
            if len(sizes) >= 2 and all(isinstance(size, int) for size in sizes):
                raise SourceError(
                    line,
                    f"The first size of view is {sizes[0]}, which fixes the number of pictures in "
                    "a batch.",
                    "Write x.view(x.size(0), …) or x.view(-1, …).",
                )
            raise SourceError(
                line,
                "view gives no size to the batch and one to each picture.",
                "To lay each picture out as a row, write x.view(x.size(0), -1).",
            )
        rest = sizes[1:]
        if not all(isinstance(size, int) for size in rest):
            raise SourceError(line, "The sizes of view have to be numbers.")
        if len(rest) == 1:
            self._note_size(flow, rest[0], line)
            return self.leaf(flow, make("Flatten", [], {}, line), line)
        shape = shape_of(flow, self.input)
        if shape is None or len(shape) > 1:
            flow = self.leaf(flow, make("Flatten", [], {}, line), line)
        leaf = make("Unflatten", [1, tuple(rest)], {}, line)
        return self.leaf(flow, leaf, line)

    def _note_size(self, flow: Flow, size: int, line: int) -> None:
        shape = shape_of(flow, self.input) if size != -1 else None
        if shape is not None and prod(shape) != size:
            self.note(
                line,
                f"{size:,} values per picture cannot be right: {prod(shape):,} arrive, "
                f"{'·'.join(map(str, shape))}. Flatten counts them by itself.",
            )

    def _mean(self, flow: Flow, given: list[Any], named: dict[str, Any], line: int) -> Flow:
        dims = given[0] if given else named.get("dim", named.get("axis"))
        dims = tuple(given) if len(given) > 1 and isinstance(given[1], int) else dims
        if not isinstance(dims, list | tuple) or tuple(dims) not in _ALL_AXES:
            raise SourceError(
                line,
                "This mean is not over height and width, which is all that can be built here.",
                "Write x.mean([2, 3]), the mean of each channel.",
            )
        flow = self.leaf(flow, make("AdaptiveAvgPool2d", [1], {}, line), line)
        if named.get("keepdim") is True:
            return flow
        return self.leaf(flow, make("Flatten", [], {}, line), line)


def after_the_end(line: int) -> SourceError:
    """Something comes after log_softmax."""
    return SourceError(
        line,
        "log_softmax can only stand at the very end, where it is left out.",
        "Take nn.ReLU between layers.",
    )
