"""Two tabs of one visitor: the same press twice makes one run, and both see the same events."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from explorer.runs.store import RunStore
from explorer.training.events import Event
from tests.runs.faults.scene import Server, check_nothing_lost_or_doubled, ended, new_store
from tests.runs.helpers import ANN, ENDLESS, make_job, the_run, wait_for

PRESSES = 200
Seen = TypeVar("Seen")


def main() -> None:
    store, tabs = new_store(), [new_store(), new_store()]
    for press in range(PRESSES):
        start = threading.Barrier(2)
        token = f"press {press}"
        first, second = _in_both(partial(_press, tabs, start, token))
        assert first == second
        store.delete(first, ANN)
    print(f"{PRESSES} presses in two tabs at once: one run each")

    server = Server(EXPLORER_MAX_WORKERS=2)
    run = store.create(ANN, make_job(epochs=100, batch_size=64), "watched")
    first, second = _in_both(lambda tab: _watch(tabs[tab], run.id))
    check_nothing_lost_or_doubled(store, run.id)
    assert first == second == store.events(run.id)
    print(f"two viewers: the same {len(first)} events in the same order")

    stopped = store.create(ANN, make_job(epochs=ENDLESS), "stopped twice")
    wait_for(lambda: the_run(store, stopped.id).status == "running", "it trains")
    _in_both(lambda tab: tabs[tab].request_stop(stopped.id, ANN))
    wait_for(lambda: the_run(store, stopped.id).ended, "it stops")
    assert the_run(store, stopped.id).status == "stopped"
    assert ended(store, run.id)
    server.close()
    print("Stop in both: stopped once")


def _press(tabs: list[RunStore], start: threading.Barrier, token: str, tab: int) -> str:
    start.wait()
    return tabs[tab].create(ANN, make_job(), "pressed", token=token).id


def _watch(store: RunStore, run_id: str) -> list[tuple[int, Event]]:
    """What somebody sees who asks for what is new until the run has ended."""
    seen: list[tuple[int, Event]] = []
    over = False
    while not over:
        over = the_run(store, run_id).ended is not None
        seen += store.events(run_id, seen[-1][0] if seen else 0)
        time.sleep(0.05)
    return seen


def _in_both(action: Callable[[int], Seen]) -> list[Seen]:
    """What `action` returns in two threads at once, given 0 and 1."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(action, (0, 1)))
