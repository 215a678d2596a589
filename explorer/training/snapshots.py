"""What is inside the contenders at some moments of the training, to be looked at afterwards.

Taking a snapshot changes nothing: copies of the networks are used, or large ones themselves as in
validation, without random numbers and without counting for batch normalisation.
"""

import base64
import time
from collections import deque
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from explorer.datasets.dataset import Dataset, Split
from explorer.network.activations import MOST_VALUES, layer_outputs
from explorer.network.layers import KINDS
from explorer.network.shapes import Trace
from explorer.network.trace import LayerRow
from explorer.training.events import Snapshot
from explorer.training.inside import Inside, Planes, Sample
from explorer.training.learner import Learner
from explorer.training.losses import is_binary
from explorer.training.measure import evaluate
from explorer.training.pictures import Pictures
from explorer.training.recipe import LossName
from explorer.training.results import png

SAMPLES = 12
MOST_SNAPSHOTS = 36
# Above 1, so that there are more of them at first, when most changes.
_CROWDING = 2.5
# Looking may take this share of the training's time. The weights of small networks are put aside
# where there is no time to look at them at once: at the latest when training is over.
_SHARE = 0.005
_MOST_BYTES_ASIDE = 1 << 20

_LAYERS_SHOWN = 3
_PASSED_OVER = ("Normalisation", "Dropout", "Shape")
_MOST_KERNELS = 32
_MOST_MAPS = 6
_MOST_VALUES = 64
# Bytes of all that is sent of one contender's weights, where there are up to two; more share them.
_MOST_BYTES = 16_384
_MOST_CELLS = 1024  # of one picture; larger ones are averaged
_MOST_PIXELS = 3072  # of a sample, of all its colours
_LIKELIEST = 3


def planned_steps(total: int) -> list[int]:
    """After which steps of `total` a snapshot is wanted: at most 37, closest at the beginning."""
    shares = ((number / MOST_SNAPSHOTS) ** _CROWDING for number in range(MOST_SNAPSHOTS + 1))
    return sorted({round(total * share) for share in shares})


def chosen_samples(labels: Tensor) -> list[int]:
    """The places of the pictures that are shown: of each class the first, then the second, ...

    Args:
        labels: (N,) int64, or (N, classes), of which the first that is shown counts.
    """
    labels = labels.argmax(dim=1) if labels.ndim == 2 else labels
    places: dict[int, list[int]] = {}
    for place, label in enumerate(labels.tolist()):
        places.setdefault(label, []).append(place)
    most = max((len(each) for each in places.values()), default=0)
    turns = (places[label][turn : turn + 1] for turn in range(most) for label in sorted(places))
    chosen = [place for each in turns for place in each]
    return chosen[:SAMPLES]


@dataclass(frozen=True)
class _Moment:
    """When, and the state of every contender then; None if it is what the learners have now."""

    step: int
    epoch: int
    seconds: float
    states: list[dict[str, Tensor]] | None = None


class Snapshots:
    """Takes them when they are due, as far as the time they take allows.

    Args:
        loss: What the networks are trained to make small.
        total: Steps of the whole run.
        told: The step of the last that earlier processes of the run told.
        wanted: Whether there are to be any.
    """

    def __init__(
        self,
        learners: Sequence[Learner],
        traces: Sequence[Trace],
        dataset: Dataset,
        device: torch.device,
        *,
        loss: LossName,
        total: int,
        told: int | None,
        wanted: bool,
    ) -> None:
        self._learners = learners
        self._traces = traces
        self._device = device
        self._told = -1 if told is None else told
        self._spent = 0.0
        self._aside: deque[_Moment] = deque()
        self._wanted = wanted
        self._planned = planned_steps(total) if wanted else []
        self._next = self._following(self._told)
        if not wanted:
            return
        states = [learner.network.state_dict() for learner in learners]
        size = sum(each.nbytes for state in states for each in state.values())
        self._copies: list[nn.Module] | None = None
        if size <= _MOST_BYTES_ASIDE:
            self._copies = [deepcopy(learner.network).eval() for learner in learners]
        self._sampled: Literal["validation", "training"]
        self._sampled = "validation" if len(dataset.validation) else "training"
        split = dataset.validation if len(dataset.validation) else dataset.train
        self._indices = chosen_samples(split.labels)
        indices = torch.tensor(self._indices)
        self._split = Split(split.take(indices).contiguous(), split.labels[indices])
        self._pictures = Pictures(self._split, device)
        self._binary = is_binary(loss, split.labels)

    def first(self) -> Iterator[Snapshot]:
        """That of the untrained networks, with the samples."""
        if self._wanted and self._told < 0:
            yield self._look(self._moment(0, 1, 0.0), first=True)
            self._spent = 0.0  # before training, whose time is not touched

    def if_due(self, step: int, epoch: int, seconds: float) -> Iterator[Snapshot]:
        """What there is time for after a step, `seconds` after training began; oldest first."""
        due, has_time = step >= self._next, self._spent <= _SHARE * seconds
        if due and (has_time or self._copies):
            self._aside.append(self._moment(step, epoch, seconds))
        if self._aside and has_time:
            yield self._look(self._aside.popleft())

    def left(self) -> Iterator[Snapshot]:
        """All that was put aside."""
        while self._aside:
            yield self._look(self._aside.popleft())

    def last(self, step: int, epoch: int, seconds: float) -> Iterator[Snapshot]:
        """Those that are left, and that after the last step."""
        yield from self.left()
        if self._wanted and step > self._told:
            yield self._look(self._moment(step, epoch, seconds))

    def _following(self, step: int) -> float:
        return next((planned for planned in self._planned if planned > step), float("inf"))

    def _moment(self, step: int, epoch: int, seconds: float) -> _Moment:
        before = time.perf_counter()
        self._next = self._following(step)
        if self._copies is None:
            return _Moment(step, epoch, seconds)
        states = [
            {name: each.clone() for name, each in learner.network.state_dict().items()}
            for learner in self._learners
        ]
        self._spent += time.perf_counter() - before
        return _Moment(step, epoch, seconds, states)

    def _look(self, moment: _Moment, *, first: bool = False) -> Snapshot:
        before = time.perf_counter()
        networks = [learner.network for learner in self._learners]
        if self._copies is not None and moment.states is not None:
            networks = self._copies
            for network, state in zip(networks, moment.states, strict=True):
                network.load_state_dict(state)
        contenders = tuple(map(self._look_inside, networks, self._traces))
        self._told = moment.step
        self._spent += time.perf_counter() - before
        return Snapshot(
            step=moment.step,
            epoch=moment.epoch,
            seconds=moment.seconds,
            contenders=contenders,
            samples=self._samples() if first else (),
            sampled=self._sampled,
        )

    def _samples(self) -> tuple[Sample, ...]:
        shown = zip(self._indices, self._split.labels, self._split.images, strict=True)
        return tuple(
            Sample(index=index, labels=tuple(_right(label)), png=png(_small(image)))
            for index, label, image in shown
        )

    def _look_inside(self, network: nn.Module, traced: Trace) -> Inside:
        most = _MOST_BYTES * 2 // max(2, len(self._learners))
        training = network.training
        try:
            logits = evaluate(network, self._pictures, traced.activations)
            network.eval()
            outputs = self._outputs(network, traced, most)
        finally:
            network.train(training)
        assert logits is not None  # nothing can stop it
        return Inside(
            weights=_weights(network, traced, most),
            outputs=outputs,
            answers=_answers(logits, self._binary),
        )

    def _outputs(self, network: nn.Module, traced: Trace, most: int) -> tuple[Planes, ...]:
        rows = [row for row in traced.leaves if _is_shown(row)][:_LAYERS_SHOWN]
        if sum(row.activations for row in rows) > MOST_VALUES:
            return ()
        picture, _ = self._pictures.batch(torch.zeros(1, dtype=torch.long, device=self._device))
        outputs = layer_outputs(network, picture, [row.name for row in rows])
        return tuple(_output(row, outputs[row.name][0], most // len(rows)) for row in rows)


def _is_shown(row: LayerRow) -> bool:
    return KINDS[row.kind].group not in _PASSED_OVER and len(row.output_shape) in (1, 3)


def _output(row: LayerRow, output: Tensor, most: int) -> Planes:
    """Of (C, H, W) the first maps, of a row of values the first of them."""
    if output.dim() == 1:
        return _planes(row, output[None, None, None, :_MOST_VALUES], most, total=len(output))
    return _planes(row, output[:_MOST_MAPS, None], most, total=len(output))


def _weights(network: nn.Module, traced: Trace, most: int) -> Planes | None:
    """Of the first layer with weights; None if they cannot be seen as pictures."""
    row = next((row for row in traced.leaves if len(row.weight_shape or ()) > 1), None)
    if row is None or row.weight_shape is None:
        return None
    weight = network.get_parameter(f"{row.name}.weight").detach()
    if weight.dim() == 2:  # one row of weights per unit: as many as a picture has pixels?
        if weight.shape[1] != prod(traced.input_shape):
            return None
        weight = weight.reshape(-1, *traced.input_shape)
    elif row.kind.startswith("ConvTranspose"):
        weight = weight.transpose(0, 1)
    if weight.dim() != 4:
        return None
    if weight.shape[1] != 3:  # colours together make a picture, other channels do not
        weight = weight[:, :1]
    return _planes(row, weight[:_MOST_KERNELS], most, total=len(weight), symmetric=True)


def _planes(
    row: LayerRow, values: Tensor, most: int, *, total: int, symmetric: bool = False
) -> Planes:
    """Values (pictures, channels, rows, columns) in at most about `most` bytes."""
    values = values.float().cpu().nan_to_num(0.0).contiguous()
    shrunk = 1
    while values[0].numel() > _MOST_CELLS * shrunk**2:
        shrunk += 1
    if shrunk > 1:
        values = avg_pool2d(values, shrunk, ceil_mode=True)
    values = values[: max(1, most // values[0].numel())].double()
    low, high = (float(end) for end in values.aminmax())
    if symmetric:
        low, high = -max(-low, high), max(-low, high)
    span = high - low or 1.0
    codes = ((values - low) / span * 255).round().to(torch.uint8)
    pictures, channels, rows, columns = codes.shape
    return Planes(
        layer=row.name,
        kind=row.kind,
        total=total,
        shape=(pictures, channels, rows, columns),
        shrunk=shrunk,
        low=float(f"{low:.5g}"),
        high=float(f"{high:.5g}"),
        codes=base64.b64encode(codes.numpy().tobytes()).decode(),
    )


def _answers(logits: Tensor, binary: bool) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Those to logits (n, classes); if `binary`, each class is a question of its own."""
    chances = logits.sigmoid() if binary else logits.softmax(dim=1)
    likely = chances.cpu().nan_to_num(0.0).topk(min(_LIKELIEST, logits.shape[1]))
    return tuple(
        tuple(zip(labels, (round(chance, 4) for chance in values), strict=True))
        for labels, values in zip(likely.indices.tolist(), likely.values.tolist(), strict=True)
    )


def _right(label: Tensor) -> list[int]:
    """The classes that a label names: a number, or a row of 0 and 1."""
    return label.nonzero().flatten().tolist() if label.ndim else [int(label)]


def _small(image: Tensor) -> Tensor:
    """A picture (C, H, W) uint8, averaged down to at most `_MOST_PIXELS` numbers."""
    shrunk = 1
    while image.numel() > _MOST_PIXELS * shrunk**2:
        shrunk += 1
    return avg_pool2d(image.float(), shrunk, ceil_mode=True).round().to(torch.uint8)
