"""How a process joins a Ray cluster: tried until it works, in a thread that nobody has to wait for.

`ray.init` may take a quarter of an hour to say that nobody answers at an address, and cannot be
interrupted. So whoever needs the cluster looks whether this process is there yet, can say so to
people meanwhile, and can end. A cluster that comes later is joined then.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.settings import settings
from explorer.training.control import Control
from explorer.training.events import Event, Preparing

ADDRESS_FILE = "EXPLORER_RAY_ADDRESS_FILE"
"""Environment variable: the file that will hold the address of the server's own cluster."""
TICK_SECONDS = 0.1
TELL_SECONDS = 10
"""A cluster that runs is joined sooner."""
_RETRY_SECONDS = 2
_PACKAGE = Path(__file__).resolve().parents[1]

logger = logging.getLogger(__name__)


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


class Joining:
    """The attempts of this process to join the cluster of `RAY_ADDRESS`, one after the other."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._hopeless: ExplorerError | None = None
        self.refusal = ""
        """What Ray said to the last attempt; empty while it says nothing."""
        threading.Thread(target=self._run, name="ray-joining", daemon=True).start()

    def joined(self, seconds: float) -> bool:
        """Whether this process is in the cluster within so many seconds.

        Raises:
            ExplorerError: It never will be: Ray is not installed.
        """
        over = self._over.wait(seconds)
        if self._hopeless is not None:
            raise self._hopeless
        return over

    def _run(self) -> None:
        try:
            ray = require_ray()
            while not self._try(ray):
                time.sleep(_RETRY_SECONDS)
        except ExplorerError as error:
            self._hopeless = error
        self._over.set()

    def _try(self, ray: Any) -> bool:
        address = _address()
        if address is None:
            return False
        try:
            _init(ray, address)
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            logger.warning("The Ray cluster could not be joined: %s", error)
            self.refusal = _first_line(error)
            ray.shutdown()
            return False
        return True


def _init(ray: Any, address: str) -> None:
    # Not the database's URL, whose password is no business of the cluster's.
    ours = {name: value for name, value in os.environ.items() if name.startswith("EXPLORER_")}
    ours.pop("EXPLORER_DATABASE_URL", None)
    ours["EXPLORER_DATA_DIR"] = str(settings().data_dir.resolve())
    ray.init(
        address,
        runtime_env={
            "py_modules": [str(_PACKAGE)],
            "excludes": ["**/__pycache__"],
            "env_vars": {"OMP_WAIT_POLICY": "PASSIVE", **ours},
        },
        log_to_driver=False,
        logging_level=logging.ERROR,
    )


def _address() -> str | None:
    """Where the cluster is; None as long as the server's own has not started."""
    if ADDRESS_FILE not in os.environ:
        return os.environ.get("RAY_ADDRESS", "auto")
    try:
        return Path(os.environ[ADDRESS_FILE]).read_text()
    except FileNotFoundError:
        return None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


@cache
def joining() -> Joining:
    """This process's own; the first call begins it."""
    return Joining()


def join(control: Control) -> Iterator[Event]:
    """Wait until this process has joined the cluster, or is to stop or to leave the run.

    Yields:
        What people should know if that takes long.

    Raises:
        ExplorerError: Ray is not installed.
    """
    start, told = time.monotonic(), ""
    while not (joining().joined(TICK_SECONDS) or control.stopping or control.suspending):
        if time.monotonic() - start > TELL_SECONDS and (words := _waiting()) != told:
            told = words
            yield Preparing(message=words, done=0, total=0)


def _waiting() -> str:
    """Why it takes long, and what would help."""
    if ADDRESS_FILE in os.environ:
        return "The server’s own Ray cluster is not there yet. This run goes on as soon as it is."
    where = os.environ.get("RAY_ADDRESS")
    what = f"The Ray cluster at {where} does not answer" if where else "No Ray cluster is found"
    why = joining().refusal
    said = f" (Ray says: {why.rstrip('.')})" if why else ""
    return (
        f"{what}{said}. This run goes on by itself as soon as it can be reached: whoever runs "
        "the server should start that cluster, or restart the server with a RAY_ADDRESS that "
        "answers."
    )
