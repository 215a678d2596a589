"""300 events a second from each of 4 worker processes, while 20 readers poll."""

import json
import multiprocessing
import threading
import time
from pathlib import Path

from explorer.runs.claim import Claim
from explorer.runs.writer import Writer
from explorer.settings import settings
from explorer.training.events import Measure, Progress
from tests.runs.faults.scene import new_store
from tests.runs.helpers import make_job, wait_for

WRITERS, READERS, A_SECOND, SECONDS = 4, 20, 300, 20
POLL_SECONDS = 0.5  # as the page does


def main() -> None:
    store = new_store()
    ids = [store.create(str(number) * 64, make_job(), "talks").id for number in range(WRITERS)]
    folder = settings().data_dir
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(run_id,)) for run_id in ids]
    readers = [spawn.Process(target=_read, args=(ids, folder, number)) for number in range(5)]
    for process in (*writers, *readers):
        process.start()
    for process in (*writers, *readers):
        process.join()
        assert process.exitcode == 0
    told = [event for run_id in ids for event in store.events(run_id)]
    assert len(told) == WRITERS * A_SECOND * SECONDS
    notes = [json.loads(path.read_text()) for path in folder.glob("reader-*.json")]
    delays = sorted(delay for note in notes for delay in note)
    assert len(notes) == READERS
    middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    print(
        f"{len(told):,} events of {WRITERS} processes, each seen once and in order by each of "
        f"{READERS} readers; from telling to reading {middle:.2f} s (median), {late:.2f} s (99 %)"
    )


def _event(number: int) -> Progress:
    measures = (Measure(loss=1 / number, accuracy=0.5),) * 2
    return Progress(
        step=number,
        epoch=1,
        samples_per_second=1,
        seconds=time.time(),
        seconds_left=0,
        contenders=measures,
    )


def _write(run_id: str) -> None:
    claim = Claim.take(new_store(), run_id)
    assert claim is not None
    start = time.monotonic()
    with Writer(claim) as writer:
        for number in range(1, A_SECOND * SECONDS + 1):
            writer.put(_event(number))
            time.sleep(max(0.0, start + number / A_SECOND - time.monotonic()))
    writer.end("finished", None)


def _read(ids: list[str], folder: Path, number: int) -> None:
    """Four readers in one process, as a server has them: one of each run."""
    threads = [
        threading.Thread(target=_read_one, args=(run_id, folder / f"reader-{number}-{index}.json"))
        for index, run_id in enumerate(ids)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read_one(run_id: str, note: Path) -> None:
    store, last, delays = new_store(), 0, []

    def look() -> bool:
        nonlocal last
        status = store.status(run_id)
        assert status is not None
        for sequence, event in store.events(run_id, last):
            assert event.kind == "progress"
            assert sequence == event.step == last + 1, "none lost, doubled or out of order"
            last = sequence
            delays.append(time.time() - event.seconds)
        return status.status == "finished"

    wait_for(look, f"the end of {run_id}", 300, POLL_SECONDS)
    assert last == A_SECOND * SECONDS
    note.write_text(json.dumps(delays))
