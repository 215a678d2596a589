"""A server in a process of its own, its workers, and what must be true of every run in the end."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from explorer.runs.record import Run
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.resume import stored_step
from tests.runs.helpers import the_run, wait_for

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 600.0
"""The longest that anything is waited for: these commands may run on a busy machine."""

# As in `explorer/app.py`, without the pages.
_SERVER = """
import signal, sys
from explorer.runs.queue import Dispatcher
from explorer.runs.store import open_store
dispatcher = Dispatcher(open_store())
dispatcher.start()
signal.sigwait({signal.SIGTERM})
dispatcher.close()
"""


_servers: list["Server"] = []


class Server:
    """What looks after the queue, and can be killed; settings as keyword arguments."""

    def __init__(self, **environment: object) -> None:
        self._environment = {
            **os.environ,
            "EXPLORER_SPARE_WORKERS": "0",
            "OMP_NUM_THREADS": "1",  # the same digits, whoever trains
            **{name: str(value) for name, value in environment.items()},
        }
        _servers.append(self)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER], cwd=ROOT, env=self._environment
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it as `streamlit run` is ended; nothing of it is left."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()


def clean_up() -> None:
    """Leave no process behind, whatever went wrong."""
    for server in _servers:
        server.kill()
    _servers.clear()
    for pid in workers():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def new_store() -> RunStore:
    settings.cache_clear()
    return RunStore(settings().database)


def workers() -> dict[int, bytes]:
    """Living worker processes of this data folder: what they were started with, by process id."""
    ours = f"EXPLORER_DATA_DIR={settings().data_dir}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            command = (folder / "cmdline").read_bytes()
            if b"explorer.runs.worker" in command and ours in (folder / "environ").read_bytes():
                found[int(folder.name)] = command
    return found


def kill_worker(store: RunStore, run_id: str) -> bool:
    """SIGKILL to whoever trains a run or is about to; False if there is nobody."""
    with store.engine.connect() as connection:
        taken = connection.scalar(select(runs_table.c.worker_pid).where(runs_table.c.id == run_id))
    started = [pid for pid, command in workers().items() if run_id.encode() in command]
    for pid in started or ([taken] if taken in workers() else []):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def ended(store: RunStore, run_id: str) -> Run:
    """The run once it has ended, finished."""
    wait_for(lambda: the_run(store, run_id).ended, f"the end of {run_id}", SECONDS)
    run = the_run(store, run_id)
    assert run.status == "finished", (run.status, run.reason)
    return run


def learned(store: RunStore, run_id: str) -> tuple[object, ...]:
    """Losses and accuracies of every epoch and of the test, without times."""
    kept: list[object] = []
    for _, event in store.events(run_id, kinds=("epoch_end", "finished")):
        if event.kind == "epoch_end":
            kept += (event.epoch, event.step, event.train, event.validation)
        elif event.kind == "finished":
            kept += [(result.test_loss, result.test_accuracy) for result in event.results]
    return tuple(kept)


def check_nothing_lost_or_doubled(store: RunStore, run_id: str) -> None:
    """One beginning, one end, every number of the sequence, every step told once and in order."""
    numbered = store.events(run_id)
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    kinds = [event.kind for _, event in numbered]
    for kind in ("started", "training_ended", "saved", "finished"):
        assert kinds.count(kind) == 1, (kind, kinds.count(kind))
    steps = [event.step for _, event in numbered if event.kind == "progress"]
    assert steps == sorted(set(steps)), "a step was told twice"
    epochs = [event.epoch for _, event in numbered if event.kind == "epoch_end"]
    assert epochs == list(range(1, len(epochs) + 1)), "every epoch once"
    directory = the_run(store, run_id).directory
    wait_for(lambda: stored_step(directory) is None, "what is over needs no checkpoint")
