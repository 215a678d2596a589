"""How ended runs did, small enough to keep for many of them."""

from dataclasses import dataclass
from functools import lru_cache

from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.runs.validation import kept_validation
from explorer.training.events import Finished, Measure, Result, Trained


@dataclass(frozen=True)
class Outcome:
    """What came of a run, contenders in the order of the job.

    A run that left its test pictures alone is without results; then `untested` are its contenders,
    and `validation` is what they reached there, if an epoch ended.
    """

    results: tuple[Result, ...]
    test_size: int
    seconds: float
    """Wall time from the first step to the end, without pauses."""
    untested: tuple[Trained, ...] = ()
    validation: tuple[Measure, ...] = ()

    @property
    def best_accuracy(self) -> float:
        """Of the contender that did best, as a fraction of the test pictures."""
        return max(result.test_accuracy for result in self.results)


def outcome(run: Run, store: RunStore) -> Outcome | None:
    """The results of a run that has ended; None if it has not, or ended without any."""
    return _read(store, run.id) if run.status in ("finished", "stopped") else None


@lru_cache(maxsize=2000)
def _read(store: RunStore, run_id: str) -> Outcome | None:
    """What an ended run said at its end, which never changes."""
    for _, event in store.events(run_id, kinds=("finished",)):
        if isinstance(event, Finished) and event.trained:
            validation = kept_validation(store, run_id) if event.untested else ()
            return Outcome(
                event.results, event.test_size, event.seconds, event.untested, validation
            )
    return None
