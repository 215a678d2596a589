"""Training in a process of its own that is killed at a step, and what it had said until then."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import torch

from explorer.training import keeper
from explorer.training.control import ChangeLearningRate, Control
from explorer.training.events import Event, EventAdapter, Progress
from explorer.training.loop import train
from explorer.training.recipe import Job
from tests.training import jobs

ROOT = Path(__file__).resolve().parents[2]


def killed_run(job: Job, folder: Path, *, kill_at: int, rate_at: dict[int, float]) -> list[Event]:
    """Train in a child that is sent SIGKILL after step `kill_at`; what it said until it died."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_text(job.model_dump_json())
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.training.killed", folder, json.dumps(rate_at)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    events: list[Event] = []
    for line in child.stdout:
        events.append(EventAdapter.validate_json(line))
        if isinstance(events[-1], Progress) and events[-1].step >= kill_at:
            break
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()
    return events


def with_rates(job: Job, rate_at: dict[int, float], **options: object) -> Iterable[Event]:
    """The events of training, with learning rates that are changed by hand after some steps."""
    control = Control()
    options.setdefault("dataset", jobs.digits(job.contenders[0].network.input))
    number = 0
    for event in train(job, pace=0, control=control, **options):  # type: ignore[arg-type]
        yield event
        if isinstance(event, Progress) and event.step in rate_at:
            number += 1
            control.ask(number, ChangeLearningRate(learning_rate=rate_at[event.step]))


def main(folder: Path, rate_at: dict[int, float]) -> None:
    """What the child does."""
    torch.set_num_threads(1)  # as in the test
    keeper.MOST_SECONDS_BETWEEN = 0.0  # as often as its cost allows
    job = Job.model_validate_json((folder / "job.json").read_text())
    for event in with_rates(job, rate_at, directory=folder):
        os.write(1, EventAdapter.dump_json(event) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), {int(k): v for k, v in json.loads(sys.argv[2]).items()})
