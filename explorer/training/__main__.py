"""`python -m explorer.training`: train from the command line, and go on after an interruption."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import cast

from pydantic import ValidationError

from explorer.datasets.catalog import CATALOG
from explorer.datasets.reference import ZIPPED, DatasetRef, Source
from explorer.errors import ExplorerError
from explorer.network.baseline import adapt, fully_connected_baseline
from explorer.network.presets import CLASSIFIERS, TUTORIAL_CNN
from explorer.training.control import Control
from explorer.training.events import EventAdapter
from explorer.training.recipe import Contender, Job
from explorer.training.recipes import PRESETS
from explorer.training.terminal import Terminal
from explorer.training.told import Told

FINISHED, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_SOURCES = [source for source in CATALOG if source not in ZIPPED]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Returns:
        0 if there is a result; 1 if training failed; 2 if what was asked for makes no sense; 130 if
        it was interrupted and can go on with `--resume`.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        job, folder = _job(asked, parser)
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return _train(job, folder, resume=asked.resume is not None, as_json=asked.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m explorer.training",
        description="Train a network and its fully connected baseline on the same batches; shows "
        "the progress and prints the result.",
        epilog="Interrupt it with Ctrl-C: with --out it can go on later, and gives the same "
        "losses; without, what was learned is measured.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("job", nargs="?", type=Path, metavar="JOB.json", help="a job as JSON")
    what.add_argument("--preset", choices=PRESETS, help="a recipe that is built in")
    what.add_argument("--resume", type=Path, metavar="FOLDER", help="go on in this folder")
    parser.add_argument(
        "--network",
        default=TUTORIAL_CNN.name,
        choices=CLASSIFIERS,
        metavar="NAME",
        help=f"with --preset: {', '.join(CLASSIFIERS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        default="digits",
        choices=_SOURCES,
        help="with --preset: what to train on (default: %(default)s)",
    )
    parser.add_argument("--epochs", type=int, help="instead of those of the job or the preset")
    parser.add_argument("--seed", type=int, help="instead of that of the job or the preset")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where weights and state go")
    parser.add_argument(
        "--json", action="store_true", help="print every event as a line of JSON instead"
    )
    return parser


def _job(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> tuple[Job, Path | None]:
    """What to train and where to keep it.

    Raises:
        ExplorerError: A file cannot be read, or its content makes no sense.
    """
    if asked.resume is not None:
        if asked.epochs is not None or asked.seed is not None or asked.out is not None:
            parser.error("a run is resumed as it was: without --epochs, --seed and --out")
        from explorer.training.resume import stored_job

        return stored_job(asked.resume), asked.resume
    try:
        job = _preset_job(asked) if asked.preset else _read_job(asked.job)
        changes = {
            name: value
            for name in ("epochs", "seed")
            if (value := getattr(asked, name)) is not None
        }
        recipe = type(job.recipe).model_validate(job.recipe.model_dump() | changes)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(place) for place in first["loc"])
        raise ExplorerError(f"{where}: {first['msg']}.", "Correct it.") from error
    return job.model_copy(update={"recipe": recipe}), asked.out


def _read_job(path: Path) -> Job:
    try:
        return Job.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror}.") from error


def _preset_job(asked: argparse.Namespace) -> Job:
    source = cast(Source, asked.data)
    network, info = CLASSIFIERS[asked.network], CATALOG[source]
    assert info.input is not None
    same_channels = network.input.channels == info.input.channels
    fitted = adapt(
        network,
        input=network.input if same_channels else info.input,
        classes=len(info.classes),
        normalisation=network.normalisation if same_channels else None,
    )
    baseline = fully_connected_baseline(fitted)
    return Job(
        contenders=tuple(Contender(name=spec.name, network=spec) for spec in (fitted, baseline)),
        dataset=DatasetRef(source=source, name=info.title),
        recipe=PRESETS[asked.preset].recipe(source),
    )


def _train(job: Job, folder: Path | None, *, resume: bool, as_json: bool) -> int:
    from explorer.training.loop import train
    from explorer.training.resume import forget_run

    control = Control()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if folder is None:
            control.stop()
        else:
            control.suspend()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    terminal = Terminal(sys.stderr, sys.stdout)
    kind = ""
    try:
        for number in before:
            signal.signal(number, interrupt)
        for event in train(job, directory=folder, control=control, told=Told() if resume else None):
            kind = event.kind
            if as_json:
                sys.stdout.write(EventAdapter.dump_json(event).decode() + "\n")
                sys.stdout.flush()
            else:
                terminal.show(event)
    except OSError as error:
        sys.stderr.write(f"\nThe disk refused: {error.strerror}.\n")
        return FAILED
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if kind == "suspended":
        sys.stderr.write(f"Go on with: python -m explorer.training --resume {folder}\n")
        return INTERRUPTED
    if kind == "finished" and folder is not None:
        forget_run(folder)
    return FINISHED if kind == "finished" else FAILED


if __name__ == "__main__":
    sys.exit(main())
