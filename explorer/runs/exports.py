"""The files that a run is taken away as; each is made when somebody asks for it."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from explorer.errors import ExplorerError
from explorer.network.codegen import source
from explorer.runs.record import Run
from explorer.runs.store import RunStore
from explorer.training.checkpoint import load_spec
from explorer.training.events import Event, Saved
from explorer.training.export.curves_table import write_curves
from explorer.training.export.event_files import write_event_files
from explorer.training.export.points import safe_name
from explorer.training.export.receipt_writing import KINDS, write_receipt

CURVES, EVENT_FILES, SETTINGS = "curves.csv", "tensorboard.zip", "job.json"
RECEIPT = "receipt.zip"
MEASURING_KINDS = ("progress", "epoch_end", "finished")
_WEIGHTS = re.compile(r"contender-[0-9]{1,2}\.safetensors")
_CODE = re.compile(r"network_([0-9]{1,2})\.py")


def weights_file(run: Run, store: RunStore, name: str) -> Path:
    """The file of weights of that name, for instance `contender-1.safetensors`.

    Raises:
        ExplorerError: The run has none of that name.
    """
    path = run.directory / name
    if not (_WEIGHTS.fullmatch(name) and name in saved_files(run, store).values()):
        raise _absent(name)
    if not path.is_file():
        raise ExplorerError(f"The weights of “{run.name}” are gone.", "Train the networks again.")
    return path


def saved_files(run: Run, store: RunStore) -> dict[str, str]:
    """Names of the files of weights, by contender; none before they are there."""
    for event in store.last_of_each(run.id, ("saved",)):
        if isinstance(event, Saved):
            return event.files
    return {}


def write_export(run: Run, store: RunStore, name: str, file: BinaryIO) -> str:
    """Write one of a run's files; returns what to call it.

    Args:
        name: `CURVES`, `EVENT_FILES`, `SETTINGS`, `RECEIPT`, or the code of a network:
            `network_1.py`.
        file: Open for writing, and for seeking.

    Raises:
        ExplorerError: There is no such file of this run, or not yet.
        OSError: If the disk is full.
    """
    if code := _CODE.fullmatch(name):
        file.write(_code(run, store, int(code[1])).encode())
    elif name in _WRITERS:
        _WRITERS[name](run, store, file)
    else:
        raise _absent(name)
    return f"{safe_name(run.name)}-{name}"


def _curves(run: Run, store: RunStore, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, "utf-8", newline="")
    write_curves(text, _names(run), _measurements(run, store))
    text.detach()


def _event_files(run: Run, store: RunStore, file: BinaryIO) -> None:
    events, began = _measurements(run, store), run.started or run.created
    with ZipFile(file, "w") as archive:
        write_event_files(archive, _names(run), events, began)


def _receipt(run: Run, store: RunStore, file: BinaryIO) -> None:
    events = [event for _, event in store.events(run.id, kinds=KINDS)]
    write_receipt(file, run.name, run.job, events, run.directory)


def _settings(run: Run, _store: RunStore, file: BinaryIO) -> None:
    file.write(f"{run.job.model_dump_json(indent=2)}\n".encode())


_WRITERS: dict[str, Callable[[Run, RunStore, BinaryIO], None]] = {
    CURVES: _curves,
    EVENT_FILES: _event_files,
    SETTINGS: _settings,
    RECEIPT: _receipt,
}


def _names(run: Run) -> list[str]:
    return [contender.name for contender in run.job.contenders]


def _measurements(run: Run, store: RunStore) -> list[Event]:
    """All that was measured.

    Raises:
        ExplorerError: Nothing was, so far.
    """
    events = [event for _, event in store.events(run.id, kinds=MEASURING_KINDS)]
    if not events:
        raise ExplorerError(
            f"The run “{run.name}” has no curves so far.", "Wait for its first steps."
        )
    return events


def _code(run: Run, store: RunStore, number: int) -> str:
    """The network as it was trained: with the input normalisation that the weights came with."""
    contenders = run.job.contenders
    if not 1 <= number <= len(contenders):
        raise _absent(f"network_{number}.py")
    contender = contenders[number - 1]
    name = saved_files(run, store).get(contender.name)
    if name is None:
        return source(contender.network)
    return source(load_spec(weights_file(run, store, name)))


def _absent(name: str) -> ExplorerError:
    return ExplorerError(f"This run has no file {name!a}.", "Choose one on the run's page.")
