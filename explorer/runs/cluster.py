"""The same training, on a Ray cluster (`EXPLORER_EXECUTOR=ray`).

The worker process of a run stays beside the server and speaks with the database; here it only
passes on what is said and wished. The training itself is a Ray actor, on whichever machine has
room. It reads data and writes checkpoints and weights under EXPLORER_DATA_DIR, which all machines
share; the app's code is sent along. When its machine is lost, the worker ends with the status
`LOST`, and the queue has another worker take the run up from its checkpoint.
"""

import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.settings import settings
from explorer.training.control import Control, Wish
from explorer.training.events import Event, EventAdapter, Failed, Preparing
from explorer.training.nothing import nothing_done
from explorer.training.recipe import Job
from explorer.training.told import Told

LOST = 75
"""Exit status of a worker that lost its machine: EX_TEMPFAIL of sysexits.h, "try again"."""
SILENT_SECONDS = 25
_TICK_SECONDS = 0.1
_PING_SECONDS = 5
_TOKEN = ".shared"
_PACKAGE = Path(__file__).resolve().parents[1]
_NICENESS = 5

logger = logging.getLogger(__name__)


class ClusterLostError(Exception):
    """The machine that trained, or the whole cluster, cannot be reached any more."""


def require_ray() -> Any:
    """The module.

    Raises:
        ExplorerError: It is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ExplorerError(
            "EXPLORER_EXECUTOR is “ray”, and Ray is not installed.",
            "Install it (pip install ray), or unset EXPLORER_EXECUTOR to train on this machine.",
        ) from error
    return ray


def connect() -> None:
    """Join the cluster of RAY_ADDRESS, unless this process has joined it.

    Raises:
        ExplorerError: Ray is not installed.
        ClusterLostError: There is no cluster at that address.
    """
    ray = require_ray()
    if ray.is_initialized():
        return
    # Not the database's URL, whose password is no business of the cluster's.
    ours = {name: value for name, value in os.environ.items() if name.startswith("EXPLORER_")}
    ours.pop("EXPLORER_DATABASE_URL", None)
    ours["EXPLORER_DATA_DIR"] = str(settings().data_dir.resolve())
    try:
        ray.init(
            os.environ.get("RAY_ADDRESS", "auto"),
            runtime_env={
                "py_modules": [str(_PACKAGE)],
                "excludes": ["**/__pycache__"],
                "env_vars": {"OMP_WAIT_POLICY": "PASSIVE", **ours},
            },
            log_to_driver=False,
            logging_level=logging.WARNING,
        )
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        first_line = str(error).strip().partition("\n")[0]
        raise ClusterLostError(f"The Ray cluster could not be joined: {first_line}") from error


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
    """As `explorer.training.loop.train`, somewhere on the cluster.

    Raises:
        ClusterLostError: The machine that trained is lost, or the cluster.
        ExplorerError: Ray is not installed.
        Exception: What training raised there.
    """
    ray = require_ray()
    yield Preparing(message="Waiting for a place on the cluster", done=0, total=0)
    connect()
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
    try:
        yield from _relayed(ray, trainer, events, control, told)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        first_line = str(error).strip().partition("\n")[0]
        raise ClusterLostError(f"The machine that trained was lost: {first_line}") from error
    finally:
        with suppress(Exception):
            ray.kill(trainer)


def _relayed(ray: Any, trainer: Any, events: Any, control: Control, told: Told) -> Iterator[Event]:
    """Events as they come; wishes as they are heard; silence as a loss."""
    said: tuple[bool, bool] = (False, False)
    begun = False
    answer, asked = None, 0.0
    while True:
        ready, _ = ray.wait([events], timeout=_TICK_SECONDS)
        if ready:
            try:
                body = ray.get(next(events))
            except StopIteration:
                return
            begun = True
            yield EventAdapter.validate_json(body)
            if not control.attention:
                continue
        wanted = (control.stopping, control.suspending)
        if not begun and any(wanted) and not told.started:
            yield from nothing_done(suspending=control.suspending)
            return
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


class LocalCluster:
    """A Ray of this server's own, in a process that ends with it; nothing if RAY_ADDRESS is set."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._address = ""
        if settings().executor == "ray" and "RAY_ADDRESS" not in os.environ:
            require_ray()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "explorer.runs.cluster"],
                env={**os.environ, "PYTHONPATH": str(_PACKAGE.parent)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        """What workers need to know; waits until the cluster is there, which takes seconds."""
        if self._process is None:
            return {}
        if not self._address:
            assert self._process.stdout is not None
            self._address = self._process.stdout.readline().strip()
        # A cluster that Ray starts by itself asks for the token that it left in ~/.ray.
        return {"RAY_ADDRESS": self._address, "RAY_AUTH_MODE": "token"}

    def close(self) -> None:
        """End it, and whatever still trains on it."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """A cluster of this machine alone; prints its address and ends when the standard input does."""
    ray = require_ray()
    ray.init("local", include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
    sys.stdout.write(ray.get_runtime_context().gcs_address + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    ray.shutdown()


if __name__ == "__main__":
    main()
