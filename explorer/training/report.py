"""What a training says while it goes on, at the right time and to whoever was not told before."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from torch import Tensor

from explorer.training.clock import Clock
from explorer.training.events import EpochEnd, Event, Measure, Progress
from explorer.training.measure import Tally
from explorer.training.told import Told

Said = TypeVar("Said", bound=Event)

# The probe counts as much as this many steps when the time left is estimated.
_PROBE_WEIGHT = 50
# So many events, about ten seconds of them, are kept in case they do not reach who listens.
_KEPT_EVENTS = 100


class Report:
    """The means of the contenders, the clock, and the last things that were said.

    Args:
        contenders: How many.
        answers: How many answers a picture takes of each: see `measure.answers_to`.
        total: Steps of the whole run.
        probed: Seconds that a step takes, as far as that is known before the first.
        pace: Seconds between two `Progress`; None for none at all.
        told: What earlier processes of this run said.
    """

    def __init__(
        self,
        contenders: int,
        *,
        answers: int,
        total: int,
        probed: float,
        pace: float | None,
        told: Told,
    ) -> None:
        self.clock = Clock()
        self.told = told
        self._total = total
        self._probed = probed
        self._pace = pace
        self._tally = Tally(contenders, answers)
        self._reported = 0.0
        self._recent: deque[Event] = deque(maxlen=_KEPT_EVENTS)

    def begin(self, seconds: float = 0.0) -> None:
        """Set the clock."""
        self.clock.set(seconds)
        self._reported = seconds

    def add(
        self, step: int, answers: Sequence[tuple[Tensor, Tensor] | None], labels: Tensor
    ) -> None:
        """Take in a step: see `Tally.add`."""
        self._tally.add(step, answers, labels)
        if step <= self.told.step:
            self.catch_up(step)

    def catch_up(self, step: int) -> None:
        """From here on all is new to who listens, if this is the step that was told last."""
        if step != self.told.step or not step:
            return
        self._tally.add_up()
        if self._tally.recent_count:
            self._tally.take_recent()
        self.begin(max(self.clock.seconds, self.told.seconds))

    def say(self, event: Said) -> Said:
        """Remember what is about to be said."""
        self._recent.append(event)
        return event

    def progress_if_due(self, step: int, epoch: int) -> Iterator[Progress]:
        """`progress`, if there was none for long enough: shorter at first, where curves bend."""
        if self._pace is None:
            return
        now = self.clock.seconds
        wait = min(self._pace, max(0.01, now / 20)) if step > 1 else 0.0
        if now >= self._reported + wait:
            yield from self.progress(step, epoch)

    def progress(self, step: int, epoch: int) -> Iterator[Progress]:
        """The means since the last time, if there are any and they are news.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        self._tally.add_up()
        if self._pace is None or not self._tally.recent_count or step <= self.told.step:
            return
        count, now = self._tally.recent_count, self.clock.seconds
        since, self._reported = now - self._reported, now
        step_seconds = (now + _PROBE_WEIGHT * self._probed) / (step + _PROBE_WEIGHT)
        yield self.say(
            Progress(
                step=step,
                epoch=epoch,
                samples_per_second=count / max(since, 1e-9),
                seconds=now,
                seconds_left=(self._total - step) * step_seconds,
                contenders=self._tally.take_recent(),
            )
        )

    def add_up(self) -> None:
        """Look at every loss until now.

        Raises:
            DivergedError: If one is infinite or not a number; it names the step.
        """
        self._tally.add_up()

    def leave_out(self, seconds: float) -> None:
        """The pictures per second are those of training alone, without so much other work."""
        self._reported += seconds

    def end_of_epoch(
        self, step: int, epoch: int, validation: tuple[Measure, ...] | None
    ) -> EpochEnd:
        """The means over the epoch.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        self._tally.add_up()
        return self.say(
            EpochEnd(
                epoch=epoch,
                step=step,
                seconds=self.clock.seconds,
                train=self._tally.take_epoch(),
                validation=validation,
            )
        )

    def state(self) -> tuple[dict[str, Any], tuple[Event, ...]]:
        """What a checkpoint keeps: the sums, as JSON, and what was said last.

        Raises:
            DivergedError: If a loss is infinite or not a number.
        """
        self._tally.add_up()
        return self._tally.state(), tuple(self._recent)

    def load_state(self, sums: dict[str, Any], recent: Iterable[Event]) -> Iterator[Event]:
        """Become what `state` described; say again what did not reach who listens."""
        self._tally.load_state(sums)
        for event in recent:
            self._recent.append(event)
            if not self.told.knows(event):
                yield event
