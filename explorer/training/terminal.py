"""The events of a training for people at a terminal: a progress bar, then the result."""

import time
from collections.abc import Sequence
from typing import TextIO

from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    Event,
    Failed,
    Finished,
    LearningRateChanged,
    Measure,
    Preparing,
    Progress,
    RangeCurve,
    RangeTested,
    Result,
    Resumed,
    Saved,
    Started,
    Suspended,
)

_WIDTH = 24
# Into a file or a pipe, a line now and then instead of a bar that moves.
_LOG_SECONDS = 10.0


class Terminal:
    """Progress goes to `progress`, the result to `result`."""

    def __init__(self, progress: TextIO, result: TextIO) -> None:
        self._progress = progress
        self._result = result
        self._moves = progress.isatty()
        self._due = 0.0
        self._steps = 0
        self._names: tuple[str, ...] = ()
        self._advised = False

    def show(self, event: Event) -> None:
        """Write what the event is to whoever watches."""
        match event:
            case Preparing():
                done = f" {event.done:,} of {event.total:,}" if event.total else ""
                self._bar(f"{event.message}{done}")
            case Started():
                self._steps = event.steps_per_epoch * event.epochs
                self._names = tuple(one.name for one in event.contenders)
                self._line(
                    f"{' and '.join(self._names)} on {event.dataset.name}: {event.epochs} epochs "
                    f"of {event.steps_per_epoch:,} steps, {event.device}, {event.precision}, "
                    f"about {event.predicted_seconds:.0f} s"
                )
            case Progress():
                share = event.step / max(1, self._steps)
                bar = "#" * round(_WIDTH * share)
                self._bar(
                    f"[{bar:-<{_WIDTH}}] {share:4.0%}  loss {_losses(event.contenders)}  "
                    f"{event.samples_per_second:,.0f} pictures/s, {event.seconds_left:.0f} s left"
                )
            case EpochEnd():
                checked = event.validation or event.train
                which = "validation" if event.validation else "training"
                self._line(
                    f"epoch {event.epoch}: {which} loss {_losses(checked)}, accuracy "
                    f"{' / '.join(f'{one.accuracy:.2%}' for one in checked)}"
                    f"{_ranked(checked)}"
                )
            case LearningRateChanged():
                self._line(f"learning rate {event.learning_rate:g} after step {event.step:,}")
            case BatchHalved():
                self._line(
                    f"Not enough memory: from step {event.step:,} on “{event.contender}” looks at "
                    f"each batch of {event.batch_size:,} in two halves and adds up their gradients."
                )
            case Resumed():
                self._line(f"Going on after step {event.step:,}. {event.note}".rstrip())
            case Suspended():
                self._line(f"Interrupted after step {event.step:,}.")
            case RangeTested():
                self._clear()
                self._advised = True
                for one in event.contenders:
                    self._result.write(f"{one.name}: {_advice(one)}\n")
            case Saved():
                self._line(f"Saved {', '.join(event.files.values())}")
            case Finished():
                self._finish(event)
            case Failed():
                self._line(" ".join(filter(None, (event.what, event.why, event.remedy))))

    def _finish(self, event: Finished) -> None:
        self._clear()
        width = max((len(result.name) for result in event.results), default=0)
        for result in event.results:
            ranked = _ranked([result])
            best = f", weights of epoch {result.best_epoch}" if result.best_epoch else ""
            self._result.write(
                f"{result.name:<{width}}  test accuracy {result.test_accuracy:.2%}, loss "
                f"{result.test_loss:.4f}{ranked}, {result.parameters:,} parameters, "
                f"{result.seconds:.1f} s{best}\n"
            )
        if event.untested:
            self._result.write("Test set not read: this run was part of a series.\n")
        elif not event.results and not self._advised:
            self._result.write("Stopped before there was a result.\n")
        self._result.flush()

    def _bar(self, text: str) -> None:
        if self._moves:
            self._progress.write(f"\r\033[K{text}")
        elif time.monotonic() >= self._due:
            self._due = time.monotonic() + _LOG_SECONDS
            self._progress.write(f"{text}\n")
        self._progress.flush()

    def _line(self, text: str) -> None:
        self._clear()
        self._progress.write(f"{text}\n")
        self._progress.flush()

    def _clear(self) -> None:
        if self._moves:
            self._progress.write("\r\033[K")


def _ranked(measures: Sequence[Measure | Result]) -> str:
    """Mean average precisions, where pictures have several labels."""
    values = [one.mean_average_precision for one in measures]
    if all(value is None for value in values):
        return ""
    told = (f"{value:.4f}" if value is not None else "none" for value in values)
    return f", mean average precision {' / '.join(told)}"


def _advice(curve: RangeCurve) -> str:
    if curve.suggestion is None:
        return "its loss fell at no learning rate"
    return f"learning rate {curve.suggestion:g}, a tenth of where its loss is lowest"


def _losses(measures: Sequence[Measure]) -> str:
    return " / ".join(f"{one.loss:.4f}" for one in measures)
