"""The runs of a series one after the other, and what they say together, as text."""

from collections.abc import Callable, Generator
from pathlib import Path

from explorer.evaluation.series import kept, score, score_name, spread
from explorer.training.control import Control
from explorer.training.events import EpochEnd, Event, Failed, Finished, Measure
from explorer.training.loop import train
from explorer.training.series import Series

Results = list[tuple[str, tuple[Measure, ...]]]


def train_several(
    series: Series, folder: Path | None, control: Control, begin: Callable[[str], None]
) -> Generator[Event, None, str]:
    """Train all runs of a series, none of which reads the test pictures.

    Args:
        folder: The weights of each run go into a folder of its own in it, named by its number.
        control: Ends them all.
        begin: Told the name of each run before its first event.

    Yields:
        The events of each run but `Finished`.

    Returns:
        The validation results; "" if it was ended or failed.
    """
    results: Results = []
    for number, (name, job) in enumerate(series.members, 1):
        begin(name)
        directory = None if folder is None else folder / f"{number}"
        epochs: dict[int, tuple[Measure, ...]] = {}
        for event in train(job, directory=directory, control=control):
            match event:
                case EpochEnd(validation=measures) if measures:
                    epochs[event.epoch] = measures
                case Finished(reason="stopped"):
                    return ""
                case Finished():
                    results.append((name, kept(epochs, event.trained)))
                    continue
            yield event
            if isinstance(event, Failed):
                return ""
    first = series.members[0][1]
    names = [contender.name for contender in first.contenders]
    return _folds(names, results) if first.fold else _sweep(names, results)


def _folds(names: list[str], results: Results) -> str:
    lines = []
    for index, name in enumerate(names):
        found = spread([score(measures[index]) for _, measures in results])
        lines.append(
            f"{name}: validation {score_name(results[0][1][index])} {found.mean:.2%} ± "
            f"{found.deviation or 0:.2%} (mean ± standard deviation of {found.count} folds)\n"
        )
    return "".join(lines)


def _sweep(names: list[str], results: Results) -> str:
    lines = []
    for index, name in enumerate(names):
        lines.append(f"{name}, by validation {score_name(results[0][1][index])}, best first\n")
        for run, measures in sorted(results, key=lambda one: -score(one[1][index])):
            lines.append(
                f"  {score(measures[index]):.2%}  loss {measures[index].loss:.4f}  {run}\n"
            )
    return "".join(lines)
