"""From Start to the first point on the curve: `python -m benchmarks.first_point`.

A run of the tutorial CNN and its baseline on MNIST, decoded before, goes through store, dispatcher
and a worker process. The first repetition probes a few steps first; in the others, and in the app
after its forecast, that was done before. Warm: a spare worker that has imported PyTorch is waiting.
Cold: there is none.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

from benchmarks.processes import in_process_of_its_own
from benchmarks.report import report
from explorer.datasets.catalog import prepare
from explorer.datasets.reference import DatasetRef
from explorer.network.presets import TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.runs.queue import Dispatcher
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.recipe import Contender, Job
from explorer.training.recipes import MNIST_TUTORIAL

VISITOR = "a" * 64
_MNIST = DatasetRef(source="mnist")
_IDLE_SECONDS, _PATIENCE_SECONDS = 1.0, 120.0


def first_points(repeats: int) -> list[float]:
    """Seconds of each repetition, with as many spare workers as the settings say."""
    prepare(_MNIST, TUTORIAL_CNN.input)
    store = RunStore(settings().database)
    dispatcher = Dispatcher(store)
    dispatcher.start()
    try:
        return [_first_point(store, number) for number in range(repeats)]
    finally:
        dispatcher.close()


def _first_point(store: RunStore, number: int) -> float:
    if settings().spare_workers:
        _wait_for_idle_child()
    networks = (TUTORIAL_CNN, TUTORIAL_BASELINE)
    contenders = tuple(Contender(name=spec.name, network=spec) for spec in networks)
    job = Job(contenders=contenders, dataset=_MNIST, recipe=MNIST_TUTORIAL)
    start = time.perf_counter()
    run = store.create(VISITOR, job, f"run {number}")
    while not any(event.kind == "progress" for _, event in store.events(run.id)):
        if time.perf_counter() > start + _PATIENCE_SECONDS:
            raise TimeoutError(f"no point on the curve of {store.run(run.id)}")
        time.sleep(0.005)
    seconds = time.perf_counter() - start
    store.request_stop(run.id, VISITOR)
    while (now := store.run(run.id)) and now.ended is None:
        time.sleep(0.05)
    return seconds


def _wait_for_idle_child() -> None:
    """Wait until there is a child process and none has used the processor for a while: Linux."""
    before, since = 0, time.monotonic()
    end = since + _PATIENCE_SECONDS
    while time.monotonic() < end:
        used = sum(_ticks(child) for child in _children())
        if used != before:
            before, since = used, time.monotonic()
        elif used and time.monotonic() - since > _IDLE_SECONDS:
            return
        time.sleep(0.1)
    raise TimeoutError("no spare worker")


def _children() -> list[str]:
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()
    return [child for thread in threads for child in (thread / "children").read_text().split()]


def _ticks(process: str) -> int:
    """What a process has used of the processor, in the system's clock ticks; 0 if it ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def measured(repeats: int) -> dict[str, float]:
    """Median seconds by key, each way in a process of its own."""
    ways = {"first_point_seconds": "1", "first_point_seconds_cold": "0"}
    return {
        key: statistics.median(
            in_process_of_its_own(
                "first_point", "--here", "--repeats", str(repeats), EXPLORER_SPARE_WORKERS=spares
            )
        )
        for key, spares in ways.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--here", action="store_true", help="in this process and data folder")
    chosen = parser.parse_args()
    if chosen.here:
        print(json.dumps(first_points(chosen.repeats)))
    else:
        figures = measured(chosen.repeats)
        rows = [[key, f"{seconds:.2f}"] for key, seconds in figures.items()]
        report(("from Start to the first point", "s"), rows, figures)
