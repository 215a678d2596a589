"""Writing a receipt."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from explorer.errors import ExplorerError
from explorer.network.codegen import source
from explorer.training.checkpoint import load_spec
from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    Event,
    Finished,
    LearningRateChanged,
    Saved,
    Started,
    TrainingEnded,
)
from explorer.training.export.curves_table import write_curves
from explorer.training.export.receipt import JOB, RECEIPT, Receipt, weights_name
from explorer.training.export.receipt_text import explanation, use_script
from explorer.training.recipe import Job

KINDS = (
    *("started", "progress", "epoch_end", "learning_rate_changed", "training_ended"),
    *("batch_halved", "saved", "finished"),
)
"""The kinds of events that a receipt is made of."""


def write_receipt(
    file: BinaryIO, name: str, job: Job, events: Iterable[Event], directory: Path
) -> None:
    """Write the receipt of a run.

    Args:
        file: Open for writing, and for seeking.
        name: What the run is called.
        job: What was trained.
        events: All of the run, or those of `KINDS`.
        directory: Where the run's files are.

    Raises:
        ExplorerError: The run has no results, or its weights are gone.
        OSError: If the disk is full.
    """
    events = list(events)
    receipt, files = _receipt(name, events)
    names = [contender.name for contender in job.contenders]
    weights = [directory / Path(files.get(contender, "gone")).name for contender in names]
    if not all(path.is_file() for path in weights):
        raise ExplorerError(f"The weights of “{name}” are gone.", "Train the networks again.")
    specs = [load_spec(path) for path in weights]
    curves = io.StringIO(newline="")
    write_curves(curves, names, events)
    texts = {
        "README.txt": explanation(receipt, job),
        RECEIPT: receipt.model_dump_json(indent=1),
        JOB: job.model_dump_json(indent=2),
        "curves.csv": curves.getvalue(),
        "use.py": use_script(receipt, job),
        **{f"network_{number}.py": source(spec) for number, spec in enumerate(specs, 1)},
    }
    with ZipFile(file, "w") as archive:
        for called, text in texts.items():
            archive.writestr(called, text, ZIP_DEFLATED)
        for number, path in enumerate(weights):
            archive.write(path, weights_name(number))  # random digits: nothing to compress


def _receipt(name: str, events: list[Event]) -> tuple[Receipt, dict[str, str]]:
    """The events that matter, and the names of the files of weights."""
    changes = tuple(event for event in events if isinstance(event, LearningRateChanged))
    halved = tuple(event for event in events if isinstance(event, BatchHalved))
    epochs = tuple(event for event in events if isinstance(event, EpochEnd))
    last = {type(event): event for event in events}
    started, ended = last.get(Started), last.get(TrainingEnded)
    saved, finished = last.get(Saved), last.get(Finished)
    if not (
        isinstance(started, Started)
        and isinstance(ended, TrainingEnded)
        and isinstance(saved, Saved)
        and isinstance(finished, Finished)
        and finished.trained
    ):
        raise ExplorerError(
            f"The run “{name}” has no results, so there is nothing to repeat.",
            "Wait until it has finished, or start a new one.",
        )
    receipt = Receipt(
        name=name,
        made=datetime.now(UTC).replace(microsecond=0),
        started=started,
        changes=changes,
        halved=halved,
        epochs=epochs,
        ended=ended,
        # Whoever may hand on a run need not be allowed to hand on its pictures.
        finished=finished.model_copy(update={"disagreements": ()}),
    )
    return receipt, saved.files
