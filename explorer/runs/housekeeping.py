"""What is tidied up once an hour, for as long as a server lives: deleted runs, old uploads."""

import re

from sqlalchemy import select

from explorer.datasets import cache
from explorer.datasets.uploads import expire_uploads
from explorer.runs import trash
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore

_ARCHIVE = re.compile(r"[A-Za-z0-9_-]{20,60}\.zip")


def tidy(store: RunStore) -> tuple[str, ...]:
    """Remove deleted runs, old uploads that no run refers to, and leftovers of the cache.

    Returns:
        The names of the zips that were deleted.

    Raises:
        SQLAlchemyError: If the database cannot be read; then nothing more is deleted.
        OSError: If a file cannot be deleted.
    """
    trash.empty(store)
    gone = expire_uploads(archives_of_runs(store))
    cache.tidy()
    return gone


def archives_of_runs(store: RunStore) -> set[str]:
    """The names of all zips that a run, whatever became of it, was started with."""
    query = select(runs_table.c.job).where(runs_table.c.job.contains(".zip"))
    with store.engine.connect() as connection:
        jobs = connection.scalars(query).all()
    # Not as a `Job`: a run of another release, which this one cannot read, needs its zip as well.
    return {name for job in jobs for name in _ARCHIVE.findall(job)}
