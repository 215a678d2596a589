"""Whether a run that was trained again came out the same, and if not, how far apart."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict

from explorer.evaluation.compare import ranking_error
from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    Event,
    Finished,
    Measure,
    Result,
    Saved,
    Started,
)
from explorer.training.export.points import numbers
from explorer.training.export.receipt import Receipt
from explorer.training.export.receipt_reading import OpenReceipt, read_weights

Verdict = Literal["same", "close", "different"]
# Two tests of equally good networks differ by more than this many standard errors once in twenty.
_STANDARD_ERRORS = 2.0


class Number(BaseModel):
    """Something that was measured then and now."""

    model_config = ConfigDict(frozen=True)

    what: str
    then: float
    now: float

    @property
    def same(self) -> bool:
        """To the last bit."""
        return self.then == self.now


class Agreement(BaseModel):
    """What is the same and what is not.

    Attributes:
        verdict: "same": data, every loss, result and weight to the last bit. "close": the tests
            differ by no more than chance makes them differ. "different": by more, or other data.
        data: Whether the pictures, their labels and parts are the same; None if that is not known.
        surroundings: What is another here than it was there, a sentence each.
        epochs: How many epochs could be compared.
        first: The first measurement of an epoch that is not the same, if there is one.
        results: Loss and accuracy on the test pictures.
        weights: By contender the largest difference of a weight; 0 if all are the same.
    """

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="null")

    kind: Literal["agreement"] = "agreement"
    verdict: Verdict
    data: bool | None
    surroundings: tuple[str, ...] = ()
    epochs: int = 0
    first: Number | None = None
    results: tuple[Number, ...] = ()
    weights: dict[str, float] = {}


def agreement(opened: OpenReceipt, events: Sequence[Event], directory: Path) -> Agreement:
    """Compare a receipt with the events of its repetition, whose weights are in `directory`.

    Events that end with `Started` are those of other data, on which nothing was trained.
    """
    then = opened.receipt
    now = {event.kind: event for event in events}
    started, finished, saved = now["started"], now.get("finished"), now.get("saved")
    assert isinstance(started, Started)
    data = started.dataset.hash == then.started.dataset.hash if then.started.dataset.hash else None
    surroundings = (*_surroundings(then.started, started), *_memory(then, events))
    if not (isinstance(finished, Finished) and isinstance(saved, Saved)):
        return Agreement(verdict="different", data=False, surroundings=surroundings)
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    names = [contender.name for contender in opened.job.contenders]
    first = next((one for one in _epochs(names, then.epochs, epochs) if not one.same), None)
    results = tuple(_results(then.finished.results, finished.results))
    weights = {
        name: _difference(file, directory / saved.files[name])
        for name, file in zip(names, opened.weights, strict=True)
    }
    same = (
        len(epochs) == len(then.epochs)
        and first is None
        and all(one.same for one in results)
        and not any(weights.values())
    )
    if then.finished.untested:
        near = _validated_near(then, epochs)
    else:
        near = _near(then.finished, finished)
    return Agreement(
        verdict="same" if same and data is not False else "close" if near else "different",
        data=data,
        surroundings=surroundings,
        epochs=min(len(epochs), len(then.epochs)),
        first=first,
        results=results,
        weights=weights,
    )


def _surroundings(then: Started, now: Started) -> Iterator[str]:
    pairs = {
        "device": (then.device, now.device),
        "precision": (then.precision, now.precision),
        "epochs to train": (then.epochs, now.epochs),
    }
    if then.machine is not None and now.machine is not None:
        pairs["processor"] = (then.machine.processor, now.machine.processor)
        pairs["system"] = (then.machine.system, now.machine.system)
        for library, version in then.machine.versions.items():
            pairs[library] = (version, now.machine.versions.get(library, "absent"))
    for what, (before, after) in pairs.items():
        if before != after:
            yield f"{what}: {before} then, {after} now"
    for before, after in zip(then.contenders, now.contenders, strict=True):
        if before.notes != after.notes:
            yield f"{after.name}: {' '.join(after.notes) or 'no note'}"


def _memory(then: Receipt, events: Sequence[Event]) -> Iterator[str]:
    """Adding up two halves of a batch rounds in another way than the whole batch."""
    now = [event for event in events if isinstance(event, BatchHalved)]
    only_then = [(event, "then") for event in then.halved if event not in now]
    only_now = [(event, "now") for event in now if event not in then.halved]
    for event, when in (*only_then, *only_now):
        yield (
            f"memory: too little for a whole batch of {event.contender} from step "
            f"{event.step:,} on, only {when}"
        )


def _epochs(
    names: Sequence[str], then: Sequence[EpochEnd], now: Sequence[EpochEnd]
) -> Iterator[Number]:
    for before, after in zip(then, now, strict=False):
        for part in ("train", "validation"):
            pairs = zip(
                names, getattr(before, part) or (), getattr(after, part) or (), strict=False
            )
            for name, old, new in pairs:
                yield from _numbers(f"epoch {before.epoch}, {part}", name, old, new)


def _results(then: Sequence[Result], now: Sequence[Result]) -> Iterator[Number]:
    for before, after in zip(then, now, strict=True):
        yield from _numbers("", before.name, before, after)


def _numbers(
    where: str, name: str, then: Measure | Result, now: Measure | Result
) -> Iterator[Number]:
    after = numbers(now)
    for field, before in numbers(then).items():
        if field in after:
            what = f"{where} {field.replace('_', ' ')} of {name}".strip()
            yield Number(what=what, then=before, now=after[field])


def _difference(then: Path, now: Path) -> float:
    """The largest difference between two numbers at the same place.

    Infinite if one is NaN, or if the files hold other names, shapes or number formats.
    """
    before, after = read_weights(then), read_weights(now)
    if before.keys() != after.keys():
        return math.inf
    largest = 0.0
    for name, tensor in before.items():
        other = after[name]
        if (tensor.shape, tensor.dtype) != (other.shape, other.dtype):
            return math.inf
        if torch.equal(tensor, other):
            continue
        apart = float((tensor.double() - other.double()).abs().max())
        largest = max(largest, apart if math.isfinite(apart) else math.inf)
    return largest


def _validated_near(then: Receipt, epochs: Sequence[EpochEnd]) -> bool:
    """As `_near`, by the accuracies on validation after the last epoch: no test was made."""
    if not epochs or len(epochs) != len(then.epochs):
        return False
    before, after = then.epochs[-1].validation or (), epochs[-1].validation or ()
    pictures = then.started.dataset.validation
    pairs = zip(before, after, strict=True)
    return all(_by_chance(one.accuracy, other.accuracy, pictures) for one, other in pairs)


def _by_chance(before: float, after: float, pictures: int) -> bool:
    """Whether two accuracies differ by no more than those of equally good networks may."""
    mean = (before + after) / 2
    error = math.sqrt(2 * mean * (1 - mean) / max(1, pictures))
    return abs(before - after) <= _STANDARD_ERRORS * error


def _near(then: Finished, now: Finished) -> bool:
    """Every accuracy differs by no more than two tests of equally good networks may.

    So does every mean AUROC, where pictures have several labels: there the accuracies of good and
    of useless networks are alike, for most answers are no.
    """
    if then.test_size != now.test_size:
        return False
    ranking = _STANDARD_ERRORS * math.sqrt(2) * (ranking_error(then.positives, then.test_size) or 0)
    for before, after in zip(then.results, now.results, strict=True):
        if not _by_chance(before.test_accuracy, after.test_accuracy, then.test_size):
            return False
        if before.mean_auroc is None or after.mean_auroc is None:
            continue
        if abs(before.mean_auroc - after.mean_auroc) > ranking:
            return False
    return True
