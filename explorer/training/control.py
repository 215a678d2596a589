"""What people want of a run while it trains; asked for in one thread, answered by training.

Training asks `Control.due` before every step, which costs nothing, and answers what it
finds between two steps. Wishes are numbered from 1 and granted in that order, each once: the number
of the last one granted is part of every checkpoint.
"""

import threading
from collections import deque
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class ChangeLearningRate(_Wish):
    """Go on as if the recipe had said another learning rate; schedules start from it."""

    kind: Literal["learning_rate"] = "learning_rate"
    learning_rate: float = Field(gt=0, le=10)


class Pause(_Wish):
    """Take no more steps until `Continue`."""

    kind: Literal["pause"] = "pause"


class Continue(_Wish):
    """Go on after `Pause`."""

    kind: Literal["continue"] = "continue"


class SaveNow(_Wish):
    """Write a checkpoint at once."""

    kind: Literal["save"] = "save"


Wish = Annotated[ChangeLearningRate | Pause | Continue | SaveNow, Field(discriminator="kind")]
WishAdapter: TypeAdapter[Wish] = TypeAdapter(Wish)


class Control:
    """The wishes on their way to one training; may be used by any number of threads."""

    def __init__(self) -> None:
        self._wishes: deque[tuple[int, Wish]] = deque()
        self._news = threading.Condition()
        self.attention = False
        """There is something to look at."""
        self.stopping = False
        """End training and measure what was learned."""
        self.suspending = False
        """Write a checkpoint and end: another process will go on."""

    def due(self, step: int) -> bool:
        """Whether there is something to look at after `step`, before the next is taken."""
        return self.attention

    def before_validation(self, step: int) -> None:
        """Called when all steps of an epoch are taken; who repeats a run may want to stop here."""

    def ask(self, number: int, wish: Wish) -> None:
        """Have a wish granted; `number` tells it from the others."""
        with self._news:
            self._wishes.append((number, wish))
            self._notify()

    def stop(self) -> None:
        """Have training end soon."""
        with self._news:
            self.stopping = True
            self._notify()

    def suspend(self) -> None:
        """Have the process give its place away."""
        with self._news:
            self.suspending = True
            self._notify()

    def _notify(self) -> None:
        self.attention = True
        self._news.notify_all()

    def take(self) -> list[tuple[int, Wish]]:
        """The wishes that came since this was last asked, with their numbers."""
        with self._news:
            wishes = list(self._wishes)
            self._wishes.clear()
            # Who wants training to end wants it until it has ended.
            self.attention = self.stopping or self.suspending
            return wishes

    def wait(self, seconds: float) -> None:
        """Sleep until there is something to look at, but no longer than that."""
        with self._news:
            self._news.wait_for(lambda: self.attention, seconds)
