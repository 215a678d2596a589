"""Runs on a throw-away PostgreSQL server: shared by two servers, stopped under them, all tests."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from tests.runs.faults import streams, two_tabs
from tests.runs.faults.scene import (
    SECONDS,
    Server,
    check_nothing_lost_or_doubled,
    clean_up,
    ended,
    learned,
    new_store,
)
from tests.runs.helpers import ANN, BEN, CY, make_job, wait_for, wait_for_progress
from tests.runs.throw_away_postgresql import URL_VARIABLE, PostgreSQL, own_database

ROOT = Path(__file__).resolve().parents[3]
RUNS, PLACES = 12, 2
# Ended politely, and as if the power had failed; once for longer than a worker may be silent.
OUTAGES = ((signal.SIGINT, 2.0), (signal.SIGQUIT, 2.0), (signal.SIGINT, 35.0), (signal.SIGQUIT, 0))


def main() -> None:
    with PostgreSQL() as postgresql:
        with _new_database(postgresql):
            _two_servers(new_store())
        with _new_database(postgresql):
            _outages(postgresql, new_store())
        for scene in (two_tabs, streams):
            with _new_database(postgresql):
                scene.main()
        tests = [sys.executable, "-m", "pytest", "tests/runs"]
        environment = {**os.environ, URL_VARIABLE: postgresql.url, "OMP_WAIT_POLICY": "PASSIVE"}
        subprocess.run(tests, cwd=ROOT, env=environment, check=True)


@contextmanager
def _new_database(postgresql: PostgreSQL) -> Iterator[None]:
    with own_database(postgresql.url) as url:
        os.environ["EXPLORER_DATABASE_URL"] = url
        try:
            yield
        finally:
            clean_up()
            del os.environ["EXPLORER_DATABASE_URL"]


def _two_servers(store: RunStore) -> None:
    """Both want every run; each run has one worker, and never more train than there are places."""
    visitors = (ANN, BEN, CY)
    ids = [store.create(visitors[n % 3], make_job(), f"run {n}").id for n in range(RUNS)]
    servers = [Server(EXPLORER_MAX_WORKERS=PLACES) for _ in range(2)]
    columns, most = runs_table.c, 0

    def over() -> bool:
        nonlocal most
        with store.engine.connect() as connection:
            states = Counter(connection.scalars(select(columns.status)))
        most = max(most, states["running"])
        return states["finished"] == RUNS

    wait_for(over, "all runs end", SECONDS)
    for run_id in ids:
        check_nothing_lost_or_doubled(store, run_id)
    with store.engine.connect() as connection:
        rows = connection.execute(
            select(columns.server_pid, columns.deaths + columns.interruptions)
        ).all()
    assert sum(row[1] for row in rows) == 0, "no run had a second worker"
    assert most <= PLACES
    by_server = sorted(Counter(row.server_pid for row in rows).values())
    print(
        f"two servers: each of {RUNS} runs was started once ({by_server} of them by each server), "
        f"at most {most} at a time",
        flush=True,
    )
    for server in servers:
        server.close()


def _outages(postgresql: PostgreSQL, store: RunStore) -> None:
    """PostgreSQL is stopped at random moments while two runs train, which notice nothing."""
    seed = time.time_ns() % 1_000_000
    chance = random.Random(seed)
    server = Server(EXPLORER_MAX_WORKERS=2)
    job = make_job(epochs=600, batch_size=64, schedule="one_cycle")
    alone = store.create(ANN, job, "left alone")
    ended(store, alone.id)
    pair = [store.create(visitor, job, "PostgreSQL is stopped").id for visitor in (ANN, BEN)]
    wait_for_progress(store, pair[0])
    for how, seconds in OUTAGES:
        time.sleep(chance.uniform(0, 2))
        postgresql.stop(how)
        time.sleep(seconds)
        postgresql.start()
    for run_id in pair:
        ended(store, run_id)
        check_nothing_lost_or_doubled(store, run_id)
        assert learned(store, run_id) == learned(store, alone.id)
    with store.engine.connect() as connection:
        deaths = connection.scalars(select(runs_table.c.deaths)).all()
    assert sum(deaths) == 0, "no worker was taken for dead"
    server.close()
    print(
        f"PostgreSQL stopped {len(OUTAGES)} times (seed {seed}), once for 35 s: both runs ended "
        "with the losses of the one left alone, by the workers that they began with",
        flush=True,
    )
