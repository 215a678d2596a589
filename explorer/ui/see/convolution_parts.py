"""What the page Convolution plays: the stage chosen, its weights, and what is set beside it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.ui.see import chosen_operation
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import MADE, ConvolutionChoices
from explorer.ui.see.chosen_input import ChosenInput
from explorer.ui.see.chosen_weights import ChosenWeight, Layout, settled_weight
from explorer.ui.see.fitting import fit
from explorer.ui.see.player_events import PlayerEvents, use_own
from explorer.windows import Convolution, result
from explorer.windows.kernels import random_weights
from explorer.windows.scene import CHANNEL_NAMES, Scene

FLIPPED_NAMES = (
    "as it is: PyTorch's",
    "flipped: true convolution",
    "their difference",
)


@dataclass(frozen=True, eq=False)
class Parts:
    """One convolution, ready to be played.

    Attributes:
        chosen: Its input.
        operation: The convolution.
        weight: Its weights and the names of its maps.
        bias: (out,) or None.
        events: Takes what the player sends.
        layout: How the kernels that the controls work on are laid out.
        kernels: Those kernels; without what flipping adds to them.
        depthwise: The weights of the first stage.
        limits: How far the player's sliders go, where that is less than usual.
        compared: Whether the maps are the kernel's, its flipped form's and their difference.
    """

    chosen: ChosenInput
    operation: Convolution
    weight: ChosenWeight
    bias: Tensor | None
    events: PlayerEvents
    layout: Layout
    kernels: Tensor
    depthwise: ChosenWeight
    limits: dict[str, int] | None = None
    compared: bool = False


def parts(store: ChoiceStore[ConvolutionChoices], chosen: ChosenInput) -> Parts:
    """The stage that is played; corrects the choices where the input does not allow them."""
    if store.now.kind == "pointwise" and not _made(store.now):
        store.change(weights=("random",))  # a named kernel's middle cell alone says nothing
    operation = chosen_operation.convolution(store.now, chosen.axes, len(chosen.values))
    operation = fit(store, operation, chosen.size)
    names = chosen.channel_names or CHANNEL_NAMES.get(len(chosen.values), ())
    size = operation.window.kernel_size
    # Of two stages the first keeps a map for each channel: maps are chosen for the second.
    maps = len(chosen.values) if store.now.kind == "separable" else None
    layout = Layout(
        len(chosen.values), operation.groups, size, channel_names=names, fixed_maps=maps
    )
    weight = settled_weight(store, layout)
    events = PlayerEvents(store, chosen, operation, weight.values, layout)
    bias = bias_of(store.now.bias, len(weight.values))
    first = Parts(chosen, operation, weight, bias, events, layout, weight.values, weight)
    if store.now.kind == "pointwise":
        first = replace(first, limits={"kernel_size": 1, "dilation": 1})
    if store.now.kind == "separable" and store.now.stage == "pointwise":
        return _second_stage(store, first)
    if store.now.flip and operation.groups == 1:
        return _flipped(store, first)
    return first


def bias_of(value: float | None, maps: int) -> Tensor | None:
    """The same number for every map."""
    return None if value is None else torch.full((maps,), value)


def _made(choices: ConvolutionChoices) -> bool:
    return not isinstance(choices.weights[0], str) or choices.weights[0] in MADE


def _flipped(store: ChoiceStore[ConvolutionChoices], first: Parts) -> Parts:
    """The first kernel, its flipped form and the difference of both, as a bank of three."""
    kernel = first.kernels[:1]
    axes = tuple(range(2, kernel.dim()))
    bank = torch.cat([kernel, kernel.flip(axes), kernel - kernel.flip(axes)])
    bias = first.bias
    if bias is not None:
        bias = torch.cat([bias[:1], bias[:1], torch.zeros(1)])

    def take(weight: Tensor) -> None:
        if not torch.equal(weight[2], bank[2]):
            raise ExplorerError(
                "The third kernel is the difference of the other two.", "Change one of those."
            )
        edited = weight[:1] if torch.equal(weight[1], bank[1]) else weight[1:2].flip(axes)
        use_own(store, edited, first.layout)

    events = PlayerEvents(
        store,
        first.chosen,
        first.operation,
        first.kernels,
        first.layout,
        take_weight=take,
        sent_shape=tuple(bank.shape),
    )
    weight = ChosenWeight(bank, FLIPPED_NAMES)
    return replace(first, weight=weight, bias=bias, events=events, kernels=kernel, compared=True)


def first_map_alone(played: Scene) -> Scene:
    """What is played without the maps that flipping added: as PyTorch would be asked for it."""
    assert played.weight is not None
    return replace(
        played,
        weight=played.weight[:1],
        bias=None if played.bias is None else played.bias[:1],
        output=played.output[:1],
        map_names=played.map_names[:1],
    )


def _second_stage(store: ChoiceStore[ConvolutionChoices], first: Parts) -> Parts:
    """1×1 over the maps of the first stage."""
    maps = result(first.operation, first.chosen.values, first.weight.values, first.bias)
    names = first.weight.map_names or tuple(f"map {index + 1}" for index in range(len(maps)))
    # no colours any more: a filtered channel has values below 0, and above 1
    names = tuple(f"{name}, filtered" for name in names)
    chosen = ChosenInput(f"{first.chosen.title}, depthwise", maps, names)
    operation = chosen_operation.mixing(chosen.axes)
    layout = Layout(len(maps), 1, operation.window.kernel_size)
    shape = layout.shape(store.now.maps)
    values = random_weights(shape, store.now.seed)
    mix = store.now.mix
    if not isinstance(mix[0], str) and len(mix) == values.numel():
        values = torch.tensor(mix, dtype=torch.float32).reshape(shape)
    events = PlayerEvents(
        store,
        chosen,
        operation,
        values,
        layout,
        take_weight=lambda weight: store.change(mix=tuple(weight.flatten().tolist())),
        fixed_window="The second stage is always 1×1.",
        fixed_input="This input is what the first stage computed. Edit the input of that stage.",
    )
    bias = bias_of(store.now.bias, len(values))
    limits = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}
    return replace(
        first,
        chosen=chosen,
        operation=operation,
        weight=ChosenWeight(values),
        bias=bias,
        events=events,
        limits=limits,
    )


def separable_counts(channels: int, depthwise: Tensor, maps: int, bias: bool) -> tuple[int, int]:
    """Parameters of a depthwise-separable convolution and of the standard one in its place.

    Args:
        channels: Of the input.
        depthwise: The first stage's weight, (channels · kernels, 1, *kernel).
        maps: Output maps of the second stage, and of the standard convolution.
        bias: Whether every stage has biases.
    """
    between, cells = len(depthwise), depthwise[0].numel()
    separable = between * cells + between * maps + (between + maps) * bias
    return separable, channels * maps * cells + maps * bias
