"""The run itself: the contenders take their steps, and say every now and then how it goes."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from explorer.datasets.dataset import Dataset
from explorer.training import checkpoint
from explorer.training.augment import augmenter
from explorer.training.control import ChangeLearningRate, Continue, Control, Pause, SaveNow
from explorer.training.events import (
    BatchHalved,
    Checkpointed,
    Continued,
    Event,
    Finished,
    LearningRateChanged,
    Measure,
    Paused,
    Resumed,
    Saved,
    Suspended,
)
from explorer.training.facts import started
from explorer.training.first_weights import require_difference
from explorer.training.forecast import Forecast
from explorer.training.keeper import Keeper
from explorer.training.learner import Learner, LearnerState, lesson, replaying
from explorer.training.measure import answers_to, evaluate, measured
from explorer.training.memory import PeakMemory
from explorer.training.pictures import Pictures, epoch_order, steps
from explorer.training.probe import Plan
from explorer.training.ready import Ready
from explorer.training.report import Report
from explorer.training.results import (
    disagreements,
    paired,
    positives,
    test_results,
    untested,
)
from explorer.training.resume import Position
from explorer.training.snapshots import Snapshots
from explorer.training.told import Told

Stop = Callable[[], bool]
Reason = Literal["completed", "stopped"]

# How often a paused training looks around.
_PAUSE_SECONDS = 0.2


class Session:
    """All contenders of a job in training; `step` counts from 1, 0 before the first."""

    def __init__(
        self,
        prepared: Ready,
        dataset: Dataset,
        pictures: Pictures,
        plan: Plan,
        device: torch.device,
        *,
        control: Control,
        should_stop: Stop,
        keeper: Keeper,
        told: Told,
        pace: float | None,
        forecast: Forecast | None = None,
    ) -> None:
        """`pictures` are the training pictures of `dataset`, on `device`."""
        self._recipe = prepared.job.recipe
        self._tested = prepared.job.purpose == "training"
        self._traces = prepared.traces
        self._dataset = dataset
        self._pictures = pictures
        self._plan = plan
        self._device = device
        self._control = control
        self._should_stop = should_stop
        self._keeper = keeper
        self._told = told
        self._steps_per_epoch = steps(len(pictures), self._recipe.batch_size)
        facts = lesson(self._steps_per_epoch, dataset.train.labels, len(dataset.classes))
        self._learners = [
            Learner(contender, self._recipe, device, plan.precision, facts)
            for contender in prepared.job.contenders
        ]
        self._notes = [learner.load_pretrained() for learner in self._learners]
        if not told.started:
            require_difference(prepared.job.contenders, self._notes)
        if plan.graphs:
            sample = pictures.sample(self._recipe.batch_size)
            self._notes = [
                (*notes, *replaying(learner, sample))
                for notes, learner in zip(self._notes, self._learners, strict=True)
            ]
        self._augment = augmenter(self._recipe)
        self._validation = Pictures(dataset.validation, device)
        # Validation only goes forward, which takes about a third of a training step.
        seconds = plan.step_seconds / self._recipe.batch_size
        self._epoch_seconds = seconds * (len(pictures) + len(self._validation) / 3)
        if forecast is not None:
            self._epoch_seconds = forecast.epoch_seconds
        self._predicted_memory = forecast and forecast.memory
        self._peak = PeakMemory(device)
        self._report = Report(
            len(self._learners),
            answers=answers_to(dataset.train.labels),
            total=self._recipe.epochs * self._steps_per_epoch,
            probed=self._epoch_seconds / self._steps_per_epoch,
            pace=pace,
            told=told,
        )
        self._snapshots = Snapshots(
            self._learners,
            self._traces,
            dataset,
            device,
            loss=self._recipe.loss,
            total=self._recipe.epochs * self._steps_per_epoch,
            told=told.snapshot,
            wanted=pace is not None,
        )
        self._command = 0
        self._paused = False
        self._best_epochs: list[int | None] = [None] * len(self._learners)
        self._epochs_ended = 0
        self._epoch = 0
        self.step = 0

    @property
    def seconds(self) -> float:
        """Time spent on training, without pauses."""
        return self._report.clock.seconds

    def start(self) -> Iterator[Event]:
        """Say what is going to happen, and set the clock to zero."""
        if not self._told.started:
            yield started(
                self._dataset,
                self._learners,
                self._traces,
                self._notes,
                self._device,
                self._plan,
                steps_per_epoch=self._steps_per_epoch,
                epochs=self._recipe.epochs,
                predicted_seconds=self._recipe.epochs * self._epoch_seconds,
                predicted_memory=self._predicted_memory,
            )
        yield from self._snapshots.first()
        self._report.begin()
        self._keeper.begin(0)

    def resume(self, position: Position, learners: list[LearnerState]) -> Iterator[Event]:
        """Go on where an earlier process was, and tell what it may not have been able to tell.

        Raises:
            ExplorerError: The state is that of other networks.
        """
        for learner, state in zip(self._learners, learners, strict=True):
            learner.load_state(state)
        self._report.begin(position.seconds)
        self._keeper.begin(position.seconds)
        self._command, self._paused = position.command, position.paused
        self.step, self._epochs_ended = position.step, position.epochs_ended
        yield from self._report.load_state(position.tally, position.told)
        self._report.catch_up(self.step)

    def resumed(self, note: str) -> Resumed:
        """Where it goes on; `note` is for people."""
        return Resumed(step=self.step, note=note)

    def epochs(self) -> Generator[Event, None, Reason | None]:
        """Train to the end, or until somebody wants to stop; None if another process goes on.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        for epoch in range(self._epochs_ended + 1, self._recipe.epochs + 1):
            if all(learner.resting for learner in self._learners):
                break
            self._epoch = epoch
            for images, labels in self._batches(epoch):
                if self._control.due(self.step) or self._paused:
                    yield from self._answer()
                if self._is_over() or self._control.suspending:
                    return (yield from self._break_off())
                self._take_step(images, labels)
                yield from self._say_and_keep()
            if epoch == self._recipe.epochs:
                yield from self._report.progress(self.step, self._epoch)
            validation = self._validate()
            if validation is None and self._control.suspending:
                return (yield from self._break_off())
            yield from self._end_epoch(validation)
        return "completed"

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """What is left of an epoch."""
        done = self.step - (epoch - 1) * self._steps_per_epoch
        if done == self._steps_per_epoch:
            return
        order = epoch_order(len(self._pictures), self._recipe.seed, epoch)
        batch_size = self._recipe.batch_size
        yield from self._pictures.epoch(order[done * batch_size :], batch_size)

    def _take_step(self, images: Tensor, labels: Tensor) -> None:
        self.step += 1
        if self._augment is not None:
            images = self._augment(images, self.step)
        answers = [
            None if learner.resting else learner.step(images, labels, self.step)
            for learner in self._learners
        ]
        self._report.add(self.step, answers, labels)

    def _say_and_keep(self) -> Iterator[Event]:
        """What is due after a step."""
        self._peak.look_if_due(self.seconds)
        for learner in self._learners:
            if learner.halved_at == self.step:
                halved = BatchHalved(
                    step=self.step, contender=learner.name, batch_size=self._recipe.batch_size
                )
                if not self._told.knows(halved):
                    yield self._report.say(halved)
        yield from self._report.progress_if_due(self.step, self._epoch)
        yield from self._snapshots.if_due(self.step, self._epoch, self.seconds)
        last = self.step == self._epoch * self._steps_per_epoch
        if not last and self.seconds >= self._keeper.due:  # else validation comes first
            self._keep()

    def _is_over(self) -> bool:
        """Somebody wants it to end, or it had ended here before its process died."""
        ended = self._told.ended
        if ended is not None and self.step >= ended.step:
            return True
        return self._control.stopping or self._should_stop()

    def _break_off(self) -> Generator[Event, None, Reason | None]:
        yield from self._report.progress(self.step, self._epoch)
        self._keep()
        if self._control.suspending and not (self._told.ended or self._should_stop()):
            yield from self._snapshots.left()
            yield Suspended(step=self.step)
            return None
        return self._told.ended.reason if self._told.ended else "stopped"

    def _answer(self) -> Iterator[Event]:
        """Grant what people wish; while they want it to rest, rest."""
        if self.step < self._told.step:
            return  # what was told already must come out the same once more
        yield from self._report.progress(self.step, self._epoch)
        yield from self._grant()
        with self._report.clock.stopped():
            while self._paused and not (self._is_over() or self._control.suspending):
                self._control.wait(_PAUSE_SECONDS)
                yield from self._grant()

    def _grant(self) -> Iterator[Event]:
        """Every wish is on disk before it is told, so that it is granted once, at this step."""
        for number, wish in self._control.take():
            if number <= self._command:
                continue
            self._command = number
            step = self.step
            match wish:
                case ChangeLearningRate(learning_rate=rate):
                    for learner in self._learners:
                        if not learner.resting:
                            learner.set_learning_rate(rate)
                    changed = LearningRateChanged(step=step, learning_rate=rate, command=number)
                    self._report.say(changed)
                    self._keep()
                    yield changed
                case Pause() if not self._paused:
                    self._paused = True
                    paused = self._report.say(Paused(step=step, command=number))
                    self._keep()
                    yield paused
                case Continue() if self._paused:
                    self._paused = False
                    going_on = self._report.say(Continued(step=step, command=number))
                    self._keep()
                    yield going_on
                case SaveNow():
                    size, problem = self._keep()
                    yield self._report.say(
                        Checkpointed(step=step, command=number, size=size, problem=problem)
                    )

    def _end_epoch(self, validation: tuple[Measure, ...] | None) -> Iterator[Event]:
        for index, learner in enumerate(self._learners):
            learner.end_epoch(self._epoch, None if validation is None else validation[index])
        self._epochs_ended = self._epoch
        event = self._report.end_of_epoch(self.step, self._epoch, validation)
        last = self._epoch == self._recipe.epochs
        if last or self._keeper.due_after_epoch(self.seconds):
            self._keep()
        if not self._told.knows(event):
            yield event

    def _validate(self) -> tuple[Measure, ...] | None:
        """Loss and accuracy on the validation pictures; None without any, or if stopped."""
        self._report.add_up()
        if not len(self._validation):
            return None
        self._control.before_validation(self.step)
        before = self.seconds
        measures = []
        for index, (learner, traced) in enumerate(zip(self._learners, self._traces, strict=True)):
            logits = evaluate(
                learner.network,
                self._validation,
                traced.activations,
                lambda: self._control.stopping or self._control.suspending or self._should_stop(),
            )
            if logits is None:
                return None
            labels = self._validation.labels
            measures.append(measured(logits, labels, index, self.step, self._recipe.loss))
        self._report.leave_out(self.seconds - before)
        return tuple(measures)

    def _keep(self) -> tuple[int, str]:
        """Write all that is needed to go on from here."""
        sums, said = self._report.state()
        now = self.seconds
        position = Position(
            step=self.step,
            epochs_ended=self._epochs_ended,
            seconds=now,
            command=self._command,
            paused=self._paused,
            tally=sums,
            precision=self._plan.precision,
            threads=self._plan.threads,
            device=self._device.type,
            step_seconds=self._plan.step_seconds,
            graphs=self._plan.graphs,
            told=said,
        )
        return self._keeper.write(now, position, self._learners)

    def last_snapshot(self) -> Iterator[Event]:
        """That of the networks as training left them, if any are told, and those still due."""
        with self._report.clock.stopped():
            yield from self._snapshots.last(self.step, self._epoch, self.seconds)

    def settle(self) -> None:
        """Put the weights into the networks that are to be kept and tested."""
        self._best_epochs = [learner.settle() for learner in self._learners]

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
        """Measure on the test pictures, unless they are not for this run.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        seconds = self.seconds
        if not self._tested:
            return Finished(
                reason=reason,
                seconds=seconds,
                peak_memory=self._peak.bytes(),
                untested=untested(self._learners, self._traces, self._best_epochs),
            )
        test = Pictures(self._dataset.test, self._device)
        results, probabilities = test_results(
            self._learners, self._traces, test, self.step, self._best_epochs, self._recipe.loss
        )
        count, shown = disagreements(probabilities, self._dataset.test)
        return Finished(
            reason=reason,
            seconds=seconds,
            results=results,
            test_size=len(test),
            disagreement_count=count,
            disagreements=shown,
            positives=positives(self._dataset.test),
            paired=paired(probabilities, self._dataset.test.labels),
            peak_memory=self._peak.bytes(),
        )
