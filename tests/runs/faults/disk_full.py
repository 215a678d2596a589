"""A disk that is full while runs train and are started: a small file system in memory, as root."""

import os
import subprocess
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from explorer.runs.processes import worker_log
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.control import SaveNow
from tests.runs.faults.scene import (
    SECONDS,
    Server,
    check_nothing_lost_or_doubled,
    ended,
    learned,
    new_store,
)
from tests.runs.helpers import ANN, BEN, make_job, the_run, wait_for, wait_for_progress

MEGABYTES = 12
# Less and more than the silence after which a worker is thought to hang.
FULL_SECONDS = (8, 35)


def main() -> None:
    if os.geteuid() != 0:
        print("skipped: only root may mount a file system")
        return
    mounted = settings().data_dir
    mounted.mkdir(parents=True)
    size = f"size={MEGABYTES}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(mounted)], check=True)
    try:
        _fill_and_free(mounted)
    finally:
        subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def _fill_and_free(mounted: Path) -> None:
    store = new_store()
    server = Server(EXPLORER_MAX_WORKERS=1)
    job = make_job(epochs=1000, batch_size=24)
    alone = store.create(ANN, job, "with room")
    ended(store, alone.id)
    for seconds in FULL_SECONDS:
        run = store.create(ANN, job, f"full for {seconds} s")
        wait_for_progress(store, run.id)
        _fill(store, mounted)
        try:
            store.ask(run.id, ANN, SaveNow())
            told = "a wish still fitted in"
        except OperationalError as error:
            told = str(error.orig)
        time.sleep(seconds)
        written = store.events(run.id)
        assert the_run(store, run.id).status == "running"
        (mounted / "filler").unlink()
        ended(store, run.id)
        check_nothing_lost_or_doubled(store, run.id)
        assert store.events(run.id)[: len(written)] == written
        assert learned(store, run.id) == learned(store, alone.id)
        workers = worker_log(run.id).read_text()
        print(
            f"full for {seconds} s in the middle of training ({told}): nothing lost; writing was "
            f"refused {workers.count('Could not store')} times",
            flush=True,
        )
        store.delete(run.id, ANN)
    _start_without_room(store, mounted)
    server.close()


def _start_without_room(store: RunStore, mounted: Path) -> None:
    run = store.create(BEN, make_job(), "no room to start")
    wait_for_progress(store, run.id)
    _fill(store, mounted)
    wait_for(lambda: _refused(store), "the database refuses", SECONDS)
    (mounted / "filler").unlink()
    ended(store, run.id)
    ended(store, store.create(BEN, make_job(), "room again").id)
    print("the queue outlives it: the next run trains")


def _refused(store: RunStore) -> bool:
    try:
        store.create(ANN, make_job(), "x" * 80)
    except OperationalError:
        return True
    return False


def _fill(store: RunStore, mounted: Path) -> None:
    """Write until the system says that no space is left (ENOSPC), to the last byte."""
    with store.engine.connect() as connection:  # else the database goes on in its written-ahead log
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    with (mounted / "filler").open("wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError as error:
                assert error.errno == 28, error
