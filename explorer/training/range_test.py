"""The learning-rate range test: which rates a network learns with, from a few hundred steps.

The rate rises by the same factor from step to step while the loss is watched: at first nothing
happens, then it falls, then it explodes. Leslie Smith, Cyclical Learning Rates for Training Neural
Networks, 2015 (arXiv:1506.01186), section 3.3. The rate to use is a tenth of the one at which the
loss was lowest, as fastai's `lr_find` suggests under the name "minimum": where the loss is lowest
it is about to rise, and a tenth of that is where it still falls quickly.
"""

import math
from collections.abc import Generator, Iterator, Sequence
from itertools import count

import torch
from torch import Tensor

from explorer.datasets.dataset import Dataset
from explorer.training.augment import augmenter
from explorer.training.control import Control
from explorer.training.events import (
    Event,
    Finished,
    RangeCurve,
    RangeTested,
    Resumed,
    Suspended,
    TrainingEnded,
)
from explorer.training.facts import started
from explorer.training.learner import Learner, lesson
from explorer.training.measure import DivergedError, answers_to
from explorer.training.pictures import Pictures, epoch_order, steps
from explorer.training.probe import Plan
from explorer.training.ready import Ready
from explorer.training.report import Report
from explorer.training.session import Stop
from explorer.training.told import Told

STEPS = 200
LOWEST, HIGHEST = 1e-6, 10.0
SUGGESTED_SHARE = 0.1
"""The suggested rate, as a share of the one at which the loss is lowest."""
# The loss has exploded when its running mean is so many times the best it was; as in fastai.
_EXPLODED = 4.0
_MEMORY = 0.9
# Two neighbouring steps differ by chance: the curve is a mean weighted by a bell this wide.
_WIDTH = 3.0
# A loss that falls by less than this share did not fall.
_WORTH = 0.02
_FIRST = 10


def rate_of(step: int) -> float:
    """The learning rate of a step, counted from 1: from the lowest to the highest."""
    return min(HIGHEST, LOWEST * (HIGHEST / LOWEST) ** ((step - 1) / (STEPS - 1)))


def range_test(
    prepared: Ready,
    dataset: Dataset,
    pictures: Pictures,
    plan: Plan,
    device: torch.device,
    *,
    control: Control,
    should_stop: Stop,
    told: Told | None,
    pace: float | None,
) -> Generator[Event]:
    """The events of the test: of a training without validation, results and anything saved.

    It ends when the loss of every contender has exploded, which is no failure. Nothing of it is
    kept but the curves: a process that takes it up begins anew.

    Raises:
        DivergedError: If the very first loss is no number.
    """
    # Nothing but the test itself changes the rate, and nobody stops early.
    changes = {"schedule": "none", "warmup_epochs": 0.0, "patience": 0, "learning_rate": LOWEST}
    recipe = prepared.job.recipe.model_copy(update={**changes, "tested_weights": "last"})
    facts = lesson(
        steps(len(pictures), recipe.batch_size), dataset.train.labels, len(dataset.classes)
    )
    learners = [
        Learner(contender, recipe, device, plan.precision, facts)
        for contender in prepared.job.contenders
    ]
    notes = [learner.load_pretrained() for learner in learners]
    known = told or Told()
    report = Report(
        len(learners),
        total=STEPS,
        probed=plan.step_seconds,
        pace=pace,
        told=known,
        answers=answers_to(dataset.train.labels),
    )
    if not known.started:
        yield started(
            dataset,
            learners,
            prepared.traces,
            notes,
            device,
            plan,
            steps_per_epoch=STEPS,
            epochs=1,
            predicted_seconds=STEPS * plan.step_seconds,
            predicted_memory=None,
        )
    else:
        yield Resumed(step=0, note="A range test is short, so it begins anew.")
    report.begin()
    augment = augmenter(recipe)
    curves = [_Curve() for _ in learners]
    step = 0
    for step, (images, labels) in enumerate(_batches(pictures, recipe.seed, recipe.batch_size), 1):
        if control.suspending or control.stopping or should_stop():
            step -= 1
            break
        images = images if augment is None else augment(images, step)
        answers = _take_step(learners, curves, images, labels, step)
        # Steps that all took, and steps that only some take, are reported apart.
        parting = any(curve.exploded_at == step for curve in curves)
        if parting:
            report.add_up()
        report.add(step, answers, labels)
        if parting:
            report.add_up()
        over = step == STEPS or all(curve.exploded for curve in curves)
        yield from report.progress(step, 1) if over else report.progress_if_due(step, 1)
        if over:
            break
    if control.suspending:
        yield Suspended(step=step)
        return
    stopped = control.stopping or should_stop()
    reason = "stopped" if stopped else "completed"
    seconds = report.clock.seconds
    if not known.ended:
        yield RangeTested(
            learning_rates=tuple(float(f"{rate_of(n):.6g}") for n in range(1, step + 1)),
            contenders=tuple(
                curve.described(learner.name)
                for learner, curve in zip(learners, curves, strict=True)
            ),
        )
        yield TrainingEnded(reason=reason, step=step, seconds=seconds)
    yield Finished(reason=reason, seconds=seconds)


def _batches(pictures: Pictures, seed: int, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Epoch after epoch."""
    for epoch in count(1):
        yield from pictures.epoch(epoch_order(len(pictures), seed, epoch), batch_size)


def _take_step(
    learners: Sequence[Learner],
    curves: "Sequence[_Curve]",
    images: Tensor,
    labels: Tensor,
    step: int,
) -> list[tuple[Tensor, Tensor] | None]:
    """What each contender answers; None of those whose loss exploded."""
    answers: list[tuple[Tensor, Tensor] | None] = []
    for index, (learner, curve) in enumerate(zip(learners, curves, strict=True)):
        answer = None
        if not curve.exploded:
            learner.set_learning_rate(rate_of(step))
            answer = learner.step(images, labels, step)
            loss = float(answer[0])  # to end in time is worth waiting for the device
            if not math.isfinite(loss):
                if step == 1:
                    raise DivergedError(index, step, loss)
                answer = None
            curve.add(step, loss)
        answers.append(answer)
    return answers


class _Curve:
    """The losses of a contender, until they explode."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.exploded_at = 0
        self._mean = 0.0
        self._best = math.inf

    @property
    def exploded(self) -> bool:
        """Whether it takes no more steps."""
        return self.exploded_at > 0

    def add(self, step: int, loss: float) -> None:
        """Take in a loss, which is part of the curve if it is a number."""
        if not math.isfinite(loss):
            self.exploded_at = step
            return
        self.losses.append(loss)
        self._mean = _MEMORY * self._mean + (1 - _MEMORY) * loss
        mean = self._mean / (1 - _MEMORY ** len(self.losses))  # as if it had always been so
        self._best = min(self._best, mean)
        if len(self.losses) > _FIRST and mean > _EXPLODED * self._best:
            self.exploded_at = step

    def described(self, name: str) -> RangeCurve:
        """The smoothed curve, and what follows from it."""
        smooth = smoothed(self.losses)
        lowest, suggestion = suggested(smooth)
        return RangeCurve(
            name=name,
            losses=tuple(float(f"{loss:.5g}") for loss in smooth),
            lowest=lowest,
            suggestion=suggestion,
        )


def smoothed(losses: Sequence[float]) -> list[float]:
    """Each loss with its neighbours on both sides, weighted by a bell: nothing is shifted."""
    radius = math.ceil(3 * _WIDTH)
    bell = [math.exp(-0.5 * (offset / _WIDTH) ** 2) for offset in range(-radius, radius + 1)]
    means = []
    for place in range(len(losses)):
        # As many to the left as to the right, or the ends of a falling curve would be bent.
        reach = min(radius, place, len(losses) - 1 - place)
        weights = bell[radius - reach : radius + reach + 1]
        window = losses[place - reach : place + reach + 1]
        weighted = (weight * loss for weight, loss in zip(weights, window, strict=True))
        means.append(sum(weighted) / sum(weights))
    return means


def suggested(smooth: Sequence[float]) -> tuple[float | None, float | None]:
    """The rate at which the loss is lowest and the one to use; None if it never really fell."""
    if not smooth:
        return None, None
    place = min(range(len(smooth)), key=smooth.__getitem__)
    first = sum(smooth[:_FIRST]) / len(smooth[:_FIRST])
    if smooth[place] > (1 - _WORTH) * first:
        return None, None
    lowest = rate_of(place + 1)
    return float(f"{lowest:.2g}"), float(f"{SUGGESTED_SHARE * lowest:.2g}")
