"""The run itself: the contenders take their steps, and say every now and then how it goes."""

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Literal

import torch

from explorer.datasets.dataset import Dataset
from explorer.training import checkpoint
from explorer.training.device import describe_device
from explorer.training.events import (
    ContenderFacts,
    DatasetFacts,
    EpochEnd,
    Event,
    Finished,
    Measure,
    Progress,
    Saved,
    Started,
)
from explorer.training.learner import Learner
from explorer.training.measure import Tally, evaluate, measured
from explorer.training.pictures import Pictures, epoch_order, steps
from explorer.training.probe import Plan
from explorer.training.ready import Ready
from explorer.training.results import disagreements, test_results

Stop = Callable[[], bool]
Reason = Literal["completed", "stopped"]

# The probe counts as much as this many steps when the time left is estimated.
_PROBE_WEIGHT = 50


class Session:
    """All contenders of a job in training; `step` counts from 1, 0 before the first."""

    def __init__(
        self,
        prepared: Ready,
        dataset: Dataset,
        pictures: Pictures,
        plan: Plan,
        device: torch.device,
    ) -> None:
        """`pictures` are the training pictures of `dataset`, on `device`."""
        self._recipe = prepared.job.recipe
        self._traces = prepared.traces
        self._dataset = dataset
        self._pictures = pictures
        self._plan = plan
        self._device = device
        self._learners = [
            Learner(contender, self._recipe, device, plan.precision)
            for contender in prepared.job.contenders
        ]
        self._notes = [learner.load_pretrained() for learner in self._learners]
        self._validation = Pictures(dataset.validation, device)
        self._tally = Tally(len(self._learners))
        self._steps_per_epoch = steps(len(pictures), self._recipe.batch_size)
        # Validation only goes forward, which takes about a third of a training step.
        seconds = plan.step_seconds / self._recipe.batch_size
        self._epoch_seconds = seconds * (len(pictures) + len(self._validation) / 3)
        self._epoch = 0
        self.step = 0
        self._started = self._reported = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Wall time since training began."""
        return time.perf_counter() - self._started

    def start(self) -> Started:
        """Set the clock to zero and say what is going to happen."""
        self._started = self._reported = time.perf_counter()
        return Started(
            dataset=DatasetFacts(
                name=self._dataset.name,
                classes=self._dataset.classes,
                train=len(self._dataset.train),
                validation=len(self._dataset.validation),
                test=len(self._dataset.test),
                conversion=self._dataset.conversion,
                notes=self._dataset.notes,
            ),
            device=describe_device(self._device),
            precision=self._plan.precision,
            steps_per_epoch=self._steps_per_epoch,
            epochs=self._recipe.epochs,
            contenders=tuple(
                ContenderFacts(
                    name=learner.name,
                    parameters=traced.parameters,
                    frozen_parameters=traced.frozen_parameters,
                    mult_adds=traced.mult_adds,
                    notes=notes,
                )
                for learner, traced, notes in zip(
                    self._learners, self._traces, self._notes, strict=True
                )
            ),
            predicted_seconds=self._recipe.epochs * self._epoch_seconds,
        )

    def epochs(self, should_stop: Stop, pace: float | None) -> Generator[Event, None, Reason]:
        """Train to the end, or until somebody wants to stop.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        due = float("inf") if pace is None else self._started
        for epoch in range(1, self._recipe.epochs + 1):
            self._epoch = epoch
            order = epoch_order(len(self._pictures), self._recipe.seed, epoch)
            for images, labels in self._pictures.epoch(order, self._recipe.batch_size):
                if should_stop():
                    yield from self._progress(pace)
                    return "stopped"
                self.step += 1
                answers = [learner.step(images, labels, self.step) for learner in self._learners]
                self._tally.add(self.step, answers, labels)
                if time.perf_counter() >= due:
                    yield from self._progress(pace)
                    due = self._reported + self._wait(pace)
            if epoch == self._recipe.epochs:
                yield from self._progress(pace)
            yield self._end_epoch(should_stop)
        return "completed"

    def _wait(self, pace: float | None) -> float:
        """Seconds until the next `Progress`: shorter at first, where curves are steepest."""
        return min(pace or 0, max(0.01, self.seconds / 20))

    def _progress(self, pace: float | None) -> Generator[Progress]:
        """The means since the last time, if there are any and somebody wants them."""
        self._tally.add_up()
        if pace is None or not self._tally.recent[0].count:
            return
        count = self._tally.recent[0].count
        now = time.perf_counter()
        since, self._reported = now - self._reported, now
        total = self._recipe.epochs * self._steps_per_epoch
        probed = self._epoch_seconds / self._steps_per_epoch
        step_seconds = (self.seconds + _PROBE_WEIGHT * probed) / (self.step + _PROBE_WEIGHT)
        yield Progress(
            step=self.step,
            epoch=self._epoch,
            samples_per_second=count / since,
            seconds=self.seconds,
            seconds_left=(total - self.step) * step_seconds,
            contenders=self._tally.take_recent(),
        )

    def _end_epoch(self, should_stop: Stop) -> EpochEnd:
        self._tally.add_up()
        before = time.perf_counter()
        validation = self._validate(should_stop)
        # The pictures per second are those of training alone.
        self._reported += time.perf_counter() - before
        return EpochEnd(
            epoch=self._epoch,
            step=self.step,
            seconds=self.seconds,
            train=self._tally.take_epoch(),
            validation=validation,
        )

    def _validate(self, should_stop: Stop) -> tuple[Measure, ...] | None:
        """Loss and accuracy on the validation pictures; None without any, or if stopped."""
        if not len(self._validation):
            return None
        measures = []
        for index, (learner, traced) in enumerate(zip(self._learners, self._traces, strict=True)):
            logits = evaluate(learner.network, self._validation, traced.activations, should_stop)
            if logits is None:
                return None
            measures.append(measured(logits, self._validation.labels, index, self.step))
        return tuple(measures)

    def save(self, directory: Path) -> Saved:
        """Write the weights of every contender into a folder.

        Raises:
            OSError: If the disk is full or may not be written to.
        """
        files = {}
        for number, learner in enumerate(self._learners, 1):
            files[learner.name] = f"contender-{number}.safetensors"
            checkpoint.save(directory / files[learner.name], learner.network, learner.spec)
        return Saved(step=self.step, files=files)

    def finish(self, reason: Reason) -> Finished:
        """Measure on the test pictures.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        seconds = self.seconds
        test = Pictures(self._dataset.test, self._device)
        results, probabilities = test_results(self._learners, self._traces, test, self.step)
        count, shown = disagreements(probabilities, self._dataset.test)
        return Finished(
            reason=reason,
            seconds=seconds,
            results=results,
            test_size=len(test),
            disagreement_count=count,
            disagreements=shown,
        )
