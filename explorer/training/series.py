"""Several runs that answer one question: k-fold cross-validation, and sweeps of settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from explorer.datasets.reference import Fold
from explorer.training.recipe import Job, Recipe

_NAME = 40


@dataclass(frozen=True)
class Series:
    """Jobs to be trained one after the other, each under a name of at most 80 characters."""

    label: str
    members: tuple[tuple[str, Job], ...]

    @property
    def epochs(self) -> int:
        """How many epochs all of them are to train, together."""
        return sum(job.recipe.epochs for _, job in self.members)


def cross_validation(job: Job, folds: int) -> Series:
    """The same job once for each of so many folds."""
    members = tuple(
        (
            f"Fold {number} of {folds} · {_network(job)}",
            _candidate(job, fold=Fold(number=number, of=folds)),
        )
        for number in range(1, folds + 1)
    )
    return Series(f"{folds}-fold cross-validation · {_network(job)} on {_data(job)}", members)


def sweep(jobs: Sequence[Job], rates: Sequence[float], batch_sizes: Sequence[int]) -> Series:
    """Each job, which is about another network, with each learning rate and each batch size.

    The largest batches come first, as they are the quickest: so there is soon something to compare.

    Raises:
        ValidationError: A learning rate or batch size is out of bounds.
    """
    members = []
    for batch_size, job, rate in product(sorted(batch_sizes, reverse=True), jobs, sorted(rates)):
        changes = {"learning_rate": rate, "batch_size": batch_size}
        recipe = Recipe.model_validate(job.recipe.model_dump() | changes)
        name = f"{_network(job)} · learning rate {rate:g} · batch {batch_size}"
        members.append((name, _candidate(job, recipe=recipe)))
    network = _network(jobs[0]) if len(jobs) == 1 else f"{len(jobs)} networks"
    return Series(f"Sweep · {network} on {_data(jobs[0])}", tuple(members))


def _candidate(job: Job, **changes: object) -> Job:
    """The job with changes, as one of several: read that often, the test would be no test."""
    return job.model_copy(update={"purpose": "candidate", **changes})


def _network(job: Job) -> str:
    return job.contenders[0].name[:_NAME]


def _data(job: Job) -> str:
    return job.dataset.name[: _NAME // 2] or job.dataset.source
