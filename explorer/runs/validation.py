"""What runs reached on the pictures they validate with, read for many runs at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import func, select

from explorer.evaluation.series import kept
from explorer.runs.schema import events_table
from explorer.runs.store import RunStore
from explorer.training.events import EpochEnd, Event, EventAdapter, Finished, Measure, Started

_columns = events_table.c
_KINDS = ("started", "epoch_end", "finished")


@dataclass(frozen=True)
class Validated:
    """How far a run has come; contenders in the order of its job."""

    epochs: int = 0
    """How many have ended."""
    validation: tuple[Measure, ...] = ()
    """Of the weights that it keeps, or of the latest as long as it trains; empty if not known."""
    validated_with: int = 0
    """How many pictures."""
    finished: Finished | None = field(default=None, repr=False)


def validated(store: RunStore, run_ids: Collection[str]) -> dict[str, Validated]:
    """Each of these runs, as far as it goes."""
    said = _last_of_each(store, run_ids)
    return {run_id: _validated(store, run_id, said.get(run_id, [])) for run_id in run_ids}


def _last_of_each(store: RunStore, run_ids: Collection[str]) -> dict[str, list[Event]]:
    """Of each run the last event of each kind that matters, in one read."""
    last = (
        select(_columns.run_id, func.max(_columns.sequence).label("sequence"))
        .where(_columns.run_id.in_(run_ids), _columns.kind.in_(_KINDS))
        .group_by(_columns.run_id, _columns.kind)
        .subquery()
    )
    query = select(_columns.run_id, _columns.body).join(
        last, (_columns.run_id == last.c.run_id) & (_columns.sequence == last.c.sequence)
    )
    said: dict[str, list[Event]] = {}
    with store.engine.connect() as connection:
        for row in connection.execute(query):
            said.setdefault(row.run_id, []).append(EventAdapter.validate_json(row.body))
    return said


def _validated(store: RunStore, run_id: str, events: list[Event]) -> Validated:
    epochs, validation, pictures, finished = 0, (), 0, None
    for event in events:
        match event:
            case Started():
                pictures = event.dataset.validation
            case EpochEnd():
                epochs, validation = event.epoch, event.validation or ()
            case Finished():
                finished = event
    if validation and finished and any(one.best_epoch for one in finished.trained):
        validation = kept_validation(store, run_id)
    return Validated(epochs, validation, pictures, finished)


@lru_cache(maxsize=2000)
def kept_validation(store: RunStore, run_id: str) -> tuple[Measure, ...]:
    """What each contender of an ended run reached with the weights it keeps; empty if not known.

    Such a run says nothing more: all its epochs are read once for everybody.
    """
    epochs, trained = {}, ()
    for _, event in store.events(run_id, kinds=("epoch_end", "finished")):
        match event:
            case EpochEnd(validation=measures) if measures:
                epochs[event.epoch] = measures
            case Finished():
                trained = event.trained
    return kept(epochs, trained) if epochs else ()
