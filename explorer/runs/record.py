"""A training run as read from the database, and where its files are."""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import Row

from explorer.errors import ExplorerError
from explorer.runs.schema import runs_table
from explorer.settings import settings
from explorer.training.recipe import Job

Status = Literal["queued", "running", "paused", "finished", "stopped", "failed"]
"""A run that is "paused" gave its place away; one that rests in its place is "running"."""

_RUN_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Run:
    """A training run as it was when it was read; moments are in UTC."""

    id: str
    visitor: str
    name: str
    status: Status
    created: datetime
    started: datetime | None
    ended: datetime | None
    reason: str | None
    """Why it stopped or failed, for people."""
    stopping: bool
    """A stop was asked for; the worker has not ended yet."""
    heartbeat: datetime | None
    last_sequence: int
    job_json: str
    paused: datetime | None = None
    """Since when it rests, in its place or without one."""
    note: str | None = None
    """What happened to its worker, for people, while it goes on."""
    purpose: str = "training"
    """As the job's: whether it is a training or a test of learning rates."""
    series: str | None = None
    """The id of the series it belongs to, if it was made in one press with others."""
    series_label: str | None = None
    remark: str = ""
    """What its owner wrote about it."""

    @cached_property
    def job(self) -> Job:
        """What was to be trained.

        Raises:
            ExplorerError: It was stored by a release whose jobs this one cannot read.
        """
        try:
            return _jobs.read(self.job_json)
        except ValidationError as error:
            raise ExplorerError(
                f"The run “{self.name}” was stored by another release, whose networks or recipes "
                "this one cannot read.",
                "Delete it, or open it with the release that made it.",
            ) from error

    @property
    def directory(self) -> Path:
        """Where its files are."""
        return run_directory(self.id)


class Jobs:
    """Jobs by the text that they are stored as: they never change, and are read again and again.

    The longest are 400,000 characters long and take eight times as many bytes when they were read,
    so the texts of those that are kept are bounded together: those that were asked for last.
    """

    def __init__(self, most_characters: int = 4_000_000) -> None:
        self._most = most_characters
        self._kept: OrderedDict[str, Job] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def read(self, text: str) -> Job:
        """The job; may be used by any number of threads.

        Raises:
            ValidationError: This release cannot read it.
        """
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        job = Job.model_validate_json(text)
        with self._lock:
            if text not in self._kept:
                self._kept[text] = job
                self._characters += len(text)
            while self._characters > self._most:
                oldest, _ = self._kept.popitem(last=False)
                self._characters -= len(oldest)
        return job


_jobs = Jobs()


@dataclass(frozen=True)
class RunStatus:
    """The little that a page asks for several times a second."""

    status: Status
    last_sequence: int
    stopping: bool
    reason: str | None
    paused: bool = False
    note: str | None = None
    gpu: str | None = None
    """Where there are several: the one it trains on, or was trained on last."""


def is_stopping(status: str, stop_reason: str | None) -> bool:
    """A stop was asked for and has not happened."""
    return status in ("queued", "running") and stop_reason is not None


def run_directory(run_id: str) -> Path:
    """The folder of a run's files, which need not exist yet.

    Raises:
        ExplorerError: Not a run id, for instance because it holds a path.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise ExplorerError(
            "This is not the id of a run: ids are 22 letters, digits, “-” or “_”.",
            "Copy the whole link of the run.",
        )
    return settings().data_dir / "runs" / run_id


RUN_COLUMNS = (
    runs_table.c.id,
    runs_table.c.visitor,
    runs_table.c.name,
    runs_table.c.status,
    runs_table.c.created,
    runs_table.c.started,
    runs_table.c.ended,
    runs_table.c.reason,
    runs_table.c.stop_reason,
    runs_table.c.heartbeat,
    runs_table.c.last_sequence,
    runs_table.c.job,
    runs_table.c.paused,
    runs_table.c.note,
    runs_table.c.purpose,
    runs_table.c.series,
    runs_table.c.series_label,
    runs_table.c.remark,
)


def run_of(row: Row[*tuple[Any, ...]]) -> Run:
    return Run(
        id=row.id,
        visitor=row.visitor,
        name=row.name,
        status=row.status,
        created=row.created,
        started=row.started,
        ended=row.ended,
        reason=row.reason,
        stopping=is_stopping(row.status, row.stop_reason),
        heartbeat=row.heartbeat,
        last_sequence=row.last_sequence,
        job_json=row.job,
        paused=row.paused,
        note=row.note,
        purpose=row.purpose,
        series=row.series,
        series_label=row.series_label,
        remark=row.remark or "",
    )
