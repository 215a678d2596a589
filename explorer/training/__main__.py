"""`python -m explorer.training`: train from the command line, and go on after an interruption."""

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, cast

from pydantic import ValidationError

from explorer.datasets.catalog import CATALOG
from explorer.datasets.reference import MOST_FOLDS, ZIPPED, DatasetRef, Source
from explorer.errors import ExplorerError
from explorer.network.baseline import adapt, fully_connected_baseline
from explorer.network.presets import CLASSIFIERS, TUTORIAL_CNN
from explorer.training.control import Control
from explorer.training.events import Event, EventAdapter
from explorer.training.recipe import Contender, Job
from explorer.training.recipes import PRESETS
from explorer.training.series import Series, cross_validation, sweep
from explorer.training.terminal import Terminal
from explorer.training.told import Told

FINISHED, FAILED, USAGE, CLOSE, DIFFERENT, INTERRUPTED = 0, 1, 2, 3, 4, 130

_SOURCES = [source for source in CATALOG if source not in ZIPPED]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Returns:
        0 if there is a result; 1 if training failed; 2 if what was asked for makes no sense; 130 if
        it was interrupted and can go on with `--resume`. With `--receipt` 0 means that the same
        came out to the last bit, 3 that it is as close as chance allows, 4 that it is different.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    parser = _parser()
    asked = parser.parse_args(arguments)
    swept = asked.learning_rates or asked.batch_sizes
    if sum(map(bool, (asked.folds, swept, asked.resume, asked.receipt))) > 1:
        parser.error("--folds, a sweep, --resume and --receipt exclude each other")
    try:
        if asked.receipt is not None:
            return _repeat(asked, parser)
        job, folder = _job(asked, parser)
        if asked.folds or swept:
            return _train_series(_series(job, asked), folder, as_json=asked.json)
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
    what.add_argument(
        "--receipt",
        type=Path,
        metavar="FILE.zip",
        help="train the run of a receipt again and say whether the same comes out: status 0 if so "
        "to the last bit, 3 if it is as close as chance allows, 4 if it is different",
    )
    parser.add_argument(
        "--network",
        default=TUTORIAL_CNN.name,
        choices=CLASSIFIERS,
        metavar="NAME",
        help=f"with --preset: {', '.join(CLASSIFIERS)} (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        metavar="NAME",
        help=f"with --preset: what to train on, {', '.join(_SOURCES)} (default: digits); with "
        "--receipt: the zip of pictures that the run was trained on, if it was",
    )
    parser.add_argument("--epochs", type=int, help="instead of those of the job or the preset")
    parser.add_argument("--seed", type=int, help="instead of that of the job or the preset")
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(2, MOST_FOLDS + 1),
        metavar="K",
        help="k-fold cross-validation: K runs, each of which validates with another fold of the "
        "pictures that are not for the test; prints mean and standard deviation",
    )
    parser.add_argument(
        "--learning-rates",
        type=float,
        nargs="+",
        metavar="RATE",
        help="a sweep: one run with each, and with each of --batch-sizes; prints what validation "
        "says, the best first",
    )
    parser.add_argument("--batch-sizes", type=int, nargs="+", metavar="SIZE", help="likewise")
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
    if asked.data not in (None, *_SOURCES):
        parser.error(f"--data is one of {', '.join(_SOURCES)}, not {asked.data}")
    try:
        job = _preset_job(asked) if asked.preset else _read_job(asked.job)
        changes = {
            name: value
            for name in ("epochs", "seed")
            if (value := getattr(asked, name)) is not None
        }
        recipe = type(job.recipe).model_validate(job.recipe.model_dump() | changes)
    except ValidationError as error:
        raise _explained(error) from error
    return job.model_copy(update={"recipe": recipe}), asked.out


def _series(job: Job, asked: argparse.Namespace) -> Series:
    """The runs that were asked for.

    Raises:
        ExplorerError: A learning rate or batch size is out of bounds.
    """
    if asked.folds:
        return cross_validation(job, asked.folds)
    rates = asked.learning_rates or [job.recipe.learning_rate]
    try:
        return sweep([job], rates, asked.batch_sizes or [job.recipe.batch_size])
    except ValidationError as error:
        raise _explained(error) from error


def _explained(error: ValidationError) -> ExplorerError:
    first = error.errors()[0]
    where = ".".join(str(place) for place in first["loc"])
    return ExplorerError(f"{where}: {first['msg']}.", "Correct it.")


def _read_job(path: Path) -> Job:
    try:
        return Job.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror}.") from error


def _preset_job(asked: argparse.Namespace) -> Job:
    source = cast(Source, asked.data or "digits")
    network, info = CLASSIFIERS[asked.network], CATALOG[source]
    native = info.input or network.input.model_copy(update={"channels": 3})
    same_channels = network.input.channels == native.channels
    fitted = adapt(
        network,
        input=network.input if same_channels else native,
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
    from explorer.training.files import forget_run
    from explorer.training.loop import train

    control = Control()
    events = train(job, directory=folder, control=control, told=Told() if resume else None)
    interrupt = control.stop if folder is None else control.suspend
    kind, _ = _show(events, interrupt, as_json)
    if kind == "suspended":
        sys.stderr.write(f"Go on with: python -m explorer.training --resume {folder}\n")
        return INTERRUPTED
    if kind == "finished" and folder is not None:
        forget_run(folder)
    return FINISHED if kind == "finished" else FAILED


def _train_series(series: Series, folder: Path | None, *, as_json: bool) -> int:
    from explorer.training.several import train_several

    control = Control()

    def begin(name: str) -> None:
        sys.stderr.write(f"{name}\n")

    runs = train_several(series, folder, control, begin)
    kind, told = _show(runs, control.stop, as_json)
    if not told:
        return FAILED if kind == "failed" else INTERRUPTED
    sys.stdout.write(told)
    return FINISHED


def _repeat(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Train a receipt's run again.

    Raises:
        ExplorerError: The receipt or its data cannot be used.
    """
    if asked.epochs is not None or asked.seed is not None:
        parser.error("a receipt is repeated as it is: without --epochs and --seed")
    from explorer.training.export.receipt_reading import open_receipt
    from explorer.training.export.repetition import Repeating, repeat, with_data
    from explorer.training.export.verdict_text import verdict_text
    from explorer.training.files import forget_run

    with ExitStack() as stack:
        opened = stack.enter_context(open_receipt(asked.receipt))
        opened = stack.enter_context(with_data(opened, asked.data and Path(asked.data)))
        folder = asked.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        control = Repeating(opened.receipt)
        kind, found = _show(repeat(opened, folder, control), control.suspend, asked.json)
        forget_run(folder)
    if found is None:
        return INTERRUPTED if kind == "suspended" else FAILED
    text = found.model_dump_json() + "\n" if asked.json else verdict_text(opened.receipt, found)
    sys.stdout.write(text)
    return {"same": FINISHED, "close": CLOSE, "different": DIFFERENT}[found.verdict]


def _show(events: Iterator[Event], interrupt: Callable[[], None], as_json: bool) -> tuple[str, Any]:
    """Show events as they come; returns the kind of the last, and what came of them all.

    `interrupt` is called when somebody presses Ctrl-C.
    """

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        interrupt()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    terminal = Terminal(sys.stderr, sys.stdout)
    kind = "failed"
    try:
        for number in before:
            signal.signal(number, interrupted)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return kind, end.value
            kind = event.kind
            if as_json:
                sys.stdout.write(EventAdapter.dump_json(event).decode() + "\n")
                sys.stdout.flush()
            else:
                terminal.show(event)
    except OSError as error:
        sys.stderr.write(f"\nThe disk refused: {error.strerror}.\n")
        return "failed", None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
