"""`python -m explorer.datasets`: prepare data sets before people come, and see what is there."""

import argparse
import logging
import re
import sys
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar, cast

from explorer.datasets import cache, prepared
from explorer.datasets.catalog import CATALOG, DatasetInfo, decoding, is_present
from explorer.datasets.convert import Report
from explorer.datasets.dataset import Decoded, Part
from explorer.datasets.downloadable import DOWNLOADS
from explorer.datasets.reference import ZIPPED, DatasetRef, Fit, Source
from explorer.errors import ExplorerError
from explorer.network.base import shape_text
from explorer.network.spec import InputShape
from explorer.settings import settings

# For photographs of any size: what a small network learns from in reasonable time.
DEFAULT_INPUT = InputShape(channels=3, height=64, width=64)
NAMED: dict[Source, DatasetInfo] = {
    source: info for source, info in CATALOG.items() if source not in ZIPPED
}
_LISTED = 20
_TERMINAL_SECONDS, _LOG_SECONDS = 0.1, 5.0  # between two lines of progress
T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; 0 if all of it worked, 1 if something did not."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    asked = _parser().parse_args(arguments)
    if asked.command == "prepare":
        sources: list[str] = asked.data
        if asked.name and (len(sources) != 1 or sources[0] in NAMED):
            _parser().error("--name is for a single folder or zip.")
        worked = [_prepare(source, asked.name, asked.input, asked.fit) for source in sources]
        return 0 if all(worked) else 1
    if asked.command == "remove":
        return 0 if _tried(asked.name, lambda: _remove(asked.name)) else 1
    _list()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m explorer.datasets",
        description="Download and decode data sets before an offline workshop, and offer folders "
        "and zips of pictures to everybody who uses the server.",
        epilog=f"Everything is kept in {settings().data_dir} (EXPLORER_DATA_DIR).",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser(
        "prepare",
        help="download what is missing and decode it",
        description="Download what is missing and decode it, so that nobody has to wait for it.",
    )
    prepare.add_argument(
        "data",
        nargs="+",
        metavar="DATA",
        help=f"{', '.join(NAMED)}; or a folder or zip with one folder of pictures per class, or "
        "with a CSV of their labels",
    )
    prepare.add_argument("--name", default="", help="what to call a folder or zip")
    prepare.add_argument(
        "--input",
        action="append",
        type=_input,
        metavar="C×H×W",
        help="size to decode at, for instance 3x90x90, as often as there are networks; the "
        f"default is a data set's own, and {shape_text(DEFAULT_INPUT.shape)} for voc2012, folders "
        "and zips",
    )
    prepare.add_argument(
        "--fit",
        choices=("crop", "pad", "stretch"),
        default="crop",
        help="how pictures of other proportions come to that size (default: crop)",
    )
    commands.add_parser("list", help="say what is there")
    remove = commands.add_parser("remove", help="no longer offer a prepared folder or zip")
    remove.add_argument("name", help="its name as listed")
    return parser


def _input(text: str) -> InputShape:
    if not (found := re.fullmatch(r"(\d+)[x×](\d+)[x×](\d+)", text)):
        raise argparse.ArgumentTypeError(f"{text} is no channels x height x width, like 3x90x90.")
    channels, height, width = map(int, found.groups())
    if channels not in (1, 3) or not (0 < height <= 4096 and 0 < width <= 4096):
        raise argparse.ArgumentTypeError(
            f"{text}: there are 1 or 3 channels, and 1 to 4,096 pixels on each side."
        )
    return InputShape(channels=channels, height=height, width=width)


def _prepare(source: str, name: str, inputs: list[InputShape] | None, fit: Fit) -> bool:
    if source in NAMED:
        return _tried(source, lambda: _prepare_named(cast(Source, source), inputs, fit))
    if not Path(source).exists() and not re.search(r"[/\\.]", source):
        _complain(
            f"{source}: There is no data set, folder or zip of this name. Data sets are: "
            f"{', '.join(NAMED)}."
        )
        return False
    return _tried(source, lambda: _prepare_pictures(Path(source), name, inputs, fit))


def _tried(what: str, action: Callable[[], None]) -> bool:
    """Whether it worked; if not, why is said."""
    try:
        action()
    except (ExplorerError, OSError) as error:
        _complain(f"{what}: {error}")
        return False
    return True


def _prepare_named(source: Source, inputs: list[InputShape] | None, fit: Fit) -> None:
    info = CATALOG[source]
    for input in inputs or [info.input or DEFAULT_INPUT]:
        _decode(DatasetRef(source=source, name=info.title, fit=fit), input)


def _prepare_pictures(path: Path, name: str, inputs: list[InputShape] | None, fit: Fit) -> None:
    made = _watched(prepared.add(path, name, fit=fit), path.name)
    numbered = ", ".join(f"{index} {one}" for index, one in enumerate(made.classes[:_LISTED]))
    more = f" and {len(made.classes) - _LISTED:,} more" * (len(made.classes) > _LISTED)
    several = ", perhaps several at once" * made.multi_label
    _say(f"{made.ref.name}: {made.pictures:,} pictures of {numbered}{more}{several}")
    for problem in made.problems:
        _say(f"  {problem}")
    skipped: tuple[tuple[str, str], ...] = ()
    for input in inputs or [DEFAULT_INPUT]:
        try:
            skipped = _decode(made.ref, input).skipped
        except ExplorerError:
            if not made.inputs:  # nobody is offered what nobody could use so far
                prepared.remove(made.ref.name)
            raise
        made = prepared.decoded_at(made, input)
    for file, why in skipped[:_LISTED]:
        _say(f"  Left out: {file} ({why})")
    if len(skipped) > _LISTED:
        _say(f"  and {len(skipped) - _LISTED:,} more")


def _decode(ref: DatasetRef, input: InputShape) -> Decoded:
    began = time.monotonic()
    messages: set[str] = set()
    decoded = _watched(decoding(ref, input), ref.name, messages)
    counts = ", ".join(
        f"{count:,} {words}"
        for part, words in (
            (Part.TRAIN, "to train on"),
            (Part.VALIDATION, "for validation"),
            (Part.TEST, "for the test"),
        )
        if (count := int((decoded.parts == part).sum()))
    )
    how = (
        f"decoded in {time.monotonic() - began:.1f} s"
        if cache.DECODING in messages
        else "was there already"
    )
    _say(
        f"{ref.name} at {shape_text(input.shape)}: {counts}; {decoded.images.numel() / 1e6:,.1f} "
        f"MB, {how}"
    )
    return decoded


def _remove(name: str) -> None:
    prepared.remove(name)
    _say(f"{name} is no longer offered")


def _list() -> None:
    _say("Data sets (python -m explorer.datasets prepare NAME):")
    width = max(map(len, NAMED))
    for source, info in NAMED.items():
        there = "here" if is_present(source) else f"not here: {_download(source)}"
        _say(
            f"  {source:{width}}  {info.pictures or 0:>6,} pictures, {len(info.classes):>3} "
            f"classes, {shape_text(info.input.shape) if info.input else 'many sizes'}, {there}"
        )
    offered = prepared.all_prepared()
    _say("Prepared here for everybody:" if offered else "No folder or zip is prepared here.")
    for one in offered:
        sizes = ", ".join(shape_text(input.shape) for input in one.inputs) or "no size yet"
        _say(
            f"  {one.ref.name}: {one.pictures:,} pictures, {len(one.classes):,} classes, "
            f"decoded at {sizes}"
        )
    entries = cache.entries()
    total = sum(entry.bytes for entry in entries)
    _say(f"Decoded, {total / 1e6:,.1f} MB in {settings().data_dir / 'cache'}:")
    for entry in entries:
        left_out = f", {entry.skipped:,} left out" if entry.skipped else ""
        _say(
            f"  {entry.title} at {shape_text(entry.input)}: {entry.pictures:,} pictures, "
            f"{entry.bytes / 1e6:,.1f} MB{left_out}"
        )


def _download(source: Source) -> str:
    return f"a download of {DOWNLOADS[source].megabytes} MB"


def _watched(steps: Generator[Report, None, T], title: str, messages: set[str] | None = None) -> T:
    """What the steps return; meanwhile their reports are shown, and their messages collected."""
    terminal = sys.stderr.isatty()
    pace = _TERMINAL_SECONDS if terminal else _LOG_SECONDS
    last, due = "", 0.0
    try:
        while True:
            message, done, total = next(steps)
            if messages is not None:
                messages.add(message)
            if message == last and time.monotonic() < due:
                continue
            last, due = message, time.monotonic() + pace
            progress = f" {done:,} of {total:,}" if total else ""
            line = f"{title}: {message}{progress}"
            sys.stderr.write(f"\r\033[K{line}" if terminal else f"{line}\n")
            sys.stderr.flush()
    except StopIteration as end:
        return end.value
    finally:
        if terminal:
            sys.stderr.write("\r\033[K")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
