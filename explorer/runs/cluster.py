"""The same training, on a Ray cluster (`EXPLORER_EXECUTOR=ray`).

The worker process of a run stays beside the server and speaks with the database; here it only
passes on what is said and wished. The training itself is a Ray actor, on whichever machine has
room. It reads data and writes checkpoints and weights under EXPLORER_DATA_DIR, which all machines
share; the app's code is sent along. When its machine is lost, the worker ends with the status
`LOST`, and the queue has another worker take the run up from its checkpoint.
"""

import os
import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.runs.joining import TICK_SECONDS, join, require_ray
from explorer.settings import settings
from explorer.training.control import Control, Wish
from explorer.training.events import Event, EventAdapter, Failed, Preparing
from explorer.training.nothing import nothing_done
from explorer.training.recipe import Job
from explorer.training.told import Told

LOST = 75
"""Exit status of a worker that lost its machine: EX_TEMPFAIL of sysexits.h, "try again"."""
SILENT_SECONDS = 25
_PING_SECONDS = 5
_TOKEN = ".shared"
_NICENESS = 5


class ClusterLostError(Exception):
    """The machine that trained, or the whole cluster, cannot be reached any more."""


class Trainer:
    """An actor: trains one run on a machine of the cluster, and hears what is wished meanwhile."""

    def __init__(self) -> None:
        self._control = Control()

    def train(self, job: str, directory: Path, token: str, told: Told) -> Iterator[str]:
        """The events of `explorer.training.loop.train`, as JSON."""
        shared = directory / _TOKEN
        if not shared.exists() or shared.read_text() != token:
            failed = Failed(
                what=f"{os.uname().nodename}, a machine of the cluster, does not see the folder "
                f"{directory}.",
                why="Runs keep their data and checkpoints there, so that any machine can go on.",
                remedy="Mount the server's EXPLORER_DATA_DIR at the same place on all machines.",
            )
            yield failed.model_dump_json()
            return
        from explorer.training.loop import train

        os.nice(_NICENESS)
        read = Job.model_validate_json(job)
        for event in train(read, directory=directory, control=self._control, told=told):
            yield event.model_dump_json()

    def hear(self, wishes: list[tuple[int, Wish]], stopping: bool, suspending: bool) -> None:
        """Pass wishes on to the training; also asked in order to see whether this lives."""
        for number, wish in wishes:
            self._control.ask(number, wish)
        if stopping:
            self._control.stop()
        if suspending:
            self._control.suspend()


def train(job: Job, *, directory: Path, control: Control, told: Told) -> Iterator[Event]:
    """As `explorer.training.loop.train`, somewhere on the cluster, as soon as it can be reached.

    Raises:
        ClusterLostError: The machine that trained is lost, or the cluster.
        ExplorerError: Ray is not installed.
        Exception: What training raised there.
    """
    yield Preparing(message="Joining the Ray cluster", done=0, total=0)
    yield from join(control)
    if control.stopping or control.suspending:
        yield from _without_place(job, directory, control, told)
        return
    ray = require_ray()
    yield Preparing(message="Waiting for a place on the cluster", done=0, total=0)
    trainer: Any = None
    try:
        trainer, events = _begin(ray, job, directory, told)
        placed = yield from _relayed(ray, trainer, events, control)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        first_line = str(error).strip().partition("\n")[0]
        raise ClusterLostError(f"The machine that trained was lost: {first_line}") from error
    finally:
        with suppress(Exception):
            ray.kill(trainer)
    if not placed:
        yield from _without_place(job, directory, control, told)


def _begin(ray: Any, job: Job, directory: Path, told: Told) -> tuple[Any, Any]:
    """An actor that has a place or waits for one, and the events it will tell."""
    token = secrets.token_hex(8)
    (directory / _TOKEN).write_text(token)
    gpus = settings().ray_gpus
    if gpus is None:
        gpus = min(1, ray.cluster_resources().get("GPU", 0))
    actor = ray.remote(
        num_cpus=settings().ray_cpus, num_gpus=gpus, concurrency_groups={"hearing": 1}
    )
    trainer = actor(Trainer).remote()
    events = trainer.train.options(num_returns="streaming").remote(
        job.model_dump_json(), directory.resolve(), token, told
    )
    return trainer, events


def _without_place(job: Job, directory: Path, control: Control, told: Told) -> Iterator[Event]:
    """The end of a worker's part that had not come to training.

    What an earlier one has learned, on a machine of the cluster, is measured and kept here.
    """
    if told.started and not control.suspending:
        from explorer.training.loop import train as train_here

        yield from train_here(job, directory=directory, control=control, told=told)
    else:
        yield from nothing_done(suspending=control.suspending)


def _relayed(ray: Any, trainer: Any, events: Any, control: Control) -> Generator[Event, None, bool]:
    """Events as they come; wishes as they are heard; silence as a loss.

    Returns:
        False if it was to stop or to leave before there was a place for it.
    """
    said: tuple[bool, bool] = (False, False)
    begun = False
    answer, asked = None, 0.0
    while True:
        ready, _ = ray.wait([events], timeout=TICK_SECONDS)
        if ready:
            try:
                body = ray.get(next(events))
            except StopIteration:
                return True
            begun = True
            yield EventAdapter.validate_json(body)
            if not control.attention:
                continue
        wanted = (control.stopping, control.suspending)
        if not begun and any(wanted):
            return False
        now = time.monotonic()
        if answer is not None and ray.wait([answer], timeout=0)[0]:
            ray.get(answer)
            answer = None
        if begun and answer is not None and now - asked > SILENT_SECONDS:
            raise ClusterLostError(
                f"The machine that trains did not answer for {now - asked:.0f} s"
            )
        wishes = control.take() if control.attention else []
        if wishes or wanted != said or (answer is None and now - asked > _PING_SECONDS):
            news = trainer.hear.options(concurrency_group="hearing").remote(wishes, *wanted)
            said = wanted
            if answer is None:
                answer, asked = news, now
