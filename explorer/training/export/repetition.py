"""Training a receipt's run once more, and saying whether the same came out."""

import os
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from explorer.datasets.reference import ZIPPED, DatasetRef
from explorer.datasets.uploads import archive_path, save_upload
from explorer.errors import ExplorerError
from explorer.training.control import ChangeLearningRate, Control
from explorer.training.device import choose_device
from explorer.training.events import Event, Finished, Started
from explorer.training.export.agreement import Agreement, agreement
from explorer.training.export.receipt import Receipt
from explorer.training.export.receipt_reading import OpenReceipt
from explorer.training.loop import train
from explorer.training.probe import Plan

# More threads than this for each processor here are not how anybody computed.
_MOST_THREADS_PER_PROCESSOR = 16


class Repeating(Control):
    """Asks for what was asked for then, after the same steps; others may ask it to stop."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__()
        self._changes = deque(receipt.changes)
        stopped = receipt.ended.reason == "stopped"
        self._last_step = receipt.ended.step if stopped else None
        # Who stops while an epoch is validated gets none of it, which may decide what is best.
        self._unvalidated = {epoch.step for epoch in receipt.epochs if epoch.validation is None}

    def due(self, step: int) -> bool:
        """Whether there is something to look at after `step`, before the next is taken."""
        while self._changes and self._changes[0].step <= step:
            change = self._changes.popleft()
            self.ask(change.command, ChangeLearningRate(learning_rate=change.learning_rate))
        if self._last_step is not None and step >= self._last_step:
            self.stop()
        return super().due(step)

    def before_validation(self, step: int) -> None:
        """Stop where validation was broken off."""
        if step in self._unvalidated:
            self.stop()


def repeat(
    opened: OpenReceipt, directory: Path, control: Control
) -> Generator[Event, None, Agreement | None]:
    """Train the run of a receipt again, in the way it was computed then if this machine can.

    Ends early if the data is not the same, for then nothing can be compared.

    Args:
        opened: The receipt; its job names data that is at hand.
        directory: Where the weights go.
        control: A `Repeating` of the receipt.

    Yields:
        The events of training.

    Returns:
        What is the same and what is not; None if training failed or was broken off.
    """
    told: list[Event] = []
    for event in train(opened.job, directory=directory, control=control, how=_plan(opened.receipt)):
        if event.kind != "progress":
            told.append(event)
        yield event
        if isinstance(event, Started) and _other_data(opened.receipt.started, event):
            break
    if not isinstance(told[-1], Started | Finished):
        return None
    return agreement(opened, told, directory)


def _other_data(then: Started, now: Started) -> bool:
    return bool(then.dataset.hash) and then.dataset.hash != now.dataset.hash


def _plan(receipt: Receipt) -> Plan | None:
    """How it was computed then; None if that is not known, or is nothing for this machine."""
    cpu = choose_device().type == "cpu"
    try:
        plan = TypeAdapter(Plan).validate_python(receipt.started.plan)
    except ValidationError:  # of an earlier release, or of another one
        return None
    most = _MOST_THREADS_PER_PROCESSOR * (os.cpu_count() or 1)
    usable = (
        receipt.started.device.startswith("CPU") == cpu
        and 1 <= plan.threads <= most
        and not (cpu and plan.precision == "fp16")
    )
    return plan if usable else None


@contextmanager
def with_data(opened: OpenReceipt, file: Path | None) -> Iterator[OpenReceipt]:
    """The receipt with its pictures at hand: for a run on people's own, those of a zip.

    Raises:
        ExplorerError: A zip is needed and not given, cannot be read, or is given in vain.
    """
    ref = opened.job.dataset
    if ref.source not in ZIPPED:
        if file is not None:
            raise ExplorerError(
                f"The run was trained on {opened.receipt.started.dataset.name}, not on a zip.",
                "Leave --data out.",
            )
        yield opened
        return
    if file is None:
        if not archive_path(ref).exists():
            raise ExplorerError(
                f"The run was trained on a zip, “{ref.name}”, that is not on this computer.",
                "Name it with --data FILE.zip.",
            )
        yield opened
        return
    try:
        with file.open("rb") as zipped:
            kept = save_upload(zipped, ref.name)
    except OSError as error:
        raise ExplorerError(f"{file} cannot be read: {error.strerror}.") from error
    try:
        yield replace(opened, job=_on(opened, kept))
    finally:
        archive_path(kept).unlink(missing_ok=True)


def _on(opened: OpenReceipt, kept: DatasetRef):
    job = opened.job
    named = {"source": kept.source, "archive": kept.archive}
    return job.model_copy(update={"dataset": job.dataset.model_copy(update=named)})
