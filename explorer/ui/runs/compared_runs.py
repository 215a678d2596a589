"""Several runs that one session looks at together, brought up to date by reading what is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from explorer.errors import ExplorerError
from explorer.figures.curves import POINT_LIMIT, Columns, Curves, Part
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.events import Event, Started
from explorer.ui.runs.watch import ENDED

MOST_RUNS = 12
_MOST_POINTS = 6000
"""Training points of all runs together: what a browser draws without a pause."""
_FEWEST_POINTS = 300
_KINDS = ("started", "progress", "epoch_end")


@dataclass
class ComparedRun:
    """One of the runs, as far as its events were read."""

    run: Run
    curves: Curves
    part: Part
    """What the browser is sent of its curves."""
    steps_per_epoch: int = 0
    read: int = 0
    sent: bool = False

    def take(self, news: Sequence[tuple[int, Event]]) -> None:
        for sequence, event in news:
            self.read = max(self.read, sequence)
            if isinstance(event, Started):
                self.steps_per_epoch = event.steps_per_epoch
        self.curves.add(event for _, event in news)


class ComparedRuns:
    """The runs with these ids, as far as there are any that this release can read."""

    def __init__(self, run_ids: Sequence[str]) -> None:
        self.run_ids = tuple(run_ids)
        self.problems: list[str] = []
        self._runs: dict[str, ComparedRun] = {}
        self._limit = max(_FEWEST_POINTS, min(POINT_LIMIT, _MOST_POINTS // max(1, len(run_ids))))
        self._complete = True

    @property
    def runs(self) -> list[ComparedRun]:
        """In the order of the ids."""
        return list(self._runs.values())

    @property
    def live(self) -> bool:
        """One of them waits or trains."""
        return any(each.run.status not in ENDED for each in self.runs)

    def send_everything(self) -> None:
        """With the next `refresh` the browser gets complete curves: it may have lost its own."""
        self._complete = True

    def refresh(self, store: RunStore) -> None:
        """Read what is new."""
        found = {run.id: run for run in store.runs_of(self.run_ids)}
        missing = len(self.run_ids) - len(found)
        self.problems = [_missing(missing)] if missing else []
        known, self._runs = self._runs, {}
        for run_id, run in found.items():
            try:
                contenders = len(run.job.contenders)
            except ExplorerError as error:
                self.problems.append(str(error))
                continue
            if (compared := known.get(run_id)) is None:
                curves = Curves(contenders)
                compared = ComparedRun(run, curves, curves.complete())
            self._runs[run_id] = compared
            compared.run = run
            self._bring_up_to_date(compared, store)
        self._complete = False

    def _bring_up_to_date(self, compared: ComparedRun, store: RunStore) -> None:
        run = compared.run
        if run.status in ENDED and not compared.read:
            # Its points are kept for all sessions together, so that a long run is read once.
            if self._complete or not compared.sent:
                compared.part, compared.steps_per_epoch = _ended(
                    store, run.id, compared.curves.contenders, self._limit
                )
                compared.sent = True
            else:
                compared.part = _nothing_after(compared.part)
            return
        news = []
        if run.last_sequence > compared.read:
            news = store.events(run.id, after=compared.read, kinds=_KINDS)
            compared.take(news)
            compared.read = max(compared.read, run.last_sequence)
        if self._complete:
            compared.part = compared.curves.complete(self._limit)
        elif news:
            compared.part = compared.curves.news()
        else:
            compared.part = _nothing_after(compared.part)


@lru_cache(maxsize=64)
def _ended(store: RunStore, run_id: str, contenders: int, limit: int) -> tuple[Part, int]:
    """The complete curves of a run that has ended, and its steps per epoch; 0 if it had none."""
    compared = Curves(contenders)
    steps_per_epoch = 0
    for _, event in store.events(run_id, kinds=_KINDS):
        if isinstance(event, Started):
            steps_per_epoch = event.steps_per_epoch
        compared.add([event])
    return compared.complete(limit), steps_per_epoch


def _nothing_after(part: Part) -> Part:
    """That there is no news: empty, and after the last step that was sent."""
    training = part["training"]
    if not training["steps"]:
        return part
    return {
        "after": training["steps"][-1],
        "training": _without_points(training),
        "validation": _without_points(part["validation"]),
    }


def _without_points(columns: Columns) -> Columns:
    """The same columns, empty."""
    empty: Columns = {
        "steps": [],
        "seconds": [],
        "loss": [[] for _ in columns["loss"]],
        "accuracy": [[] for _ in columns["accuracy"]],
    }
    if "average_precision" in columns:
        empty["average_precision"] = [[] for _ in columns["average_precision"]]
    return empty


def _missing(count: int) -> str:
    if count == 1:
        return "One of the runs in this address does not exist, or was deleted."
    return f"{count} of the runs in this address do not exist, or were deleted."
