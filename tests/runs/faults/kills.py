"""100 SIGKILLs at random moments of workers and servers; the runs end as one left alone."""

import random
import time

from tests.runs.faults.scene import (
    Server,
    check_nothing_lost_or_doubled,
    ended,
    kill_worker,
    learned,
    new_store,
    workers,
)
from tests.runs.helpers import ANN, BEN, make_job, wait_for

KILLS = 100
# At the most: from before the worker has begun until after the run may have ended.
LONGEST_PAUSE = 4.0


def main() -> None:
    store = new_store()
    seed = time.time_ns() % 1_000_000
    chance = random.Random(seed)
    print(f"random numbers from seed {seed}")
    server = Server(EXPLORER_MAX_WORKERS=2)
    job = make_job(epochs=150, batch_size=64, schedule="one_cycle")
    alone = store.create(ANN, job, "left alone")
    ended(store, alone.id)
    expected = learned(store, alone.id)
    killed = {"worker": 0, "server": 0, "worker without server": 0}
    runs = 0
    while sum(killed.values()) < KILLS:
        pair = [store.create(visitor, job, "under fire").id for visitor in (ANN, BEN)]
        runs += 2
        # Each worker dies once by itself, which it is allowed to, and once with its server.
        for victim in (pair[0], "server", pair[1], "all"):
            time.sleep(chance.uniform(0, LONGEST_PAUSE))
            if victim in ("server", "all"):
                server.kill()
                killed["server"] += 1
                for run_id in pair if victim == "all" else ():
                    killed["worker without server"] += kill_worker(store, run_id)
                server.start()
            else:
                killed["worker"] += kill_worker(store, victim)
        for run_id in pair:
            ended(store, run_id)
            check_nothing_lost_or_doubled(store, run_id)
            assert learned(store, run_id) == expected, "the losses of the run left alone"
        print(f"{sum(killed.values())} kills, {runs} runs", flush=True)
    wait_for(lambda: not workers(), "no process is left behind")
    server.close()
    print(f"killed: {killed}; {runs} runs ended with the losses of the one left alone")
