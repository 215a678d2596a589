"""Databases of earlier releases go on being used."""

import threading

from sqlalchemy import create_engine, inspect

from explorer.runs.schema import metadata
from explorer.runs.store import RunStore
from explorer.settings import settings
from explorer.training.control import Pause
from explorer.training.events import Preparing
from tests.runs.helpers import ANN, make_job

# As 0.1.0 made them before runs could be paused.
EARLIER = """
CREATE TABLE runs (
    id VARCHAR(32) NOT NULL, visitor VARCHAR(64) NOT NULL, token VARCHAR(64),
    name VARCHAR(80) NOT NULL, status VARCHAR(16) NOT NULL, job TEXT NOT NULL,
    created DOUBLE PRECISION NOT NULL, started DOUBLE PRECISION, ended DOUBLE PRECISION,
    reason TEXT, stop_reason TEXT,
    heartbeat DOUBLE PRECISION, host VARCHAR(255), server_pid INTEGER, worker_pid INTEGER,
    last_sequence BIGINT NOT NULL, PRIMARY KEY (id), UNIQUE (visitor, token)
);
CREATE INDEX ix_runs_status ON runs (status);
CREATE INDEX runs_of_visitor ON runs (visitor, created);
CREATE TABLE schema (id INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE events (
    run_id VARCHAR(32) NOT NULL, sequence BIGINT NOT NULL, kind VARCHAR(32) NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (run_id, sequence),
    FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE INDEX events_by_kind ON events (run_id, kind, sequence);
INSERT INTO schema VALUES (1, 1);
"""
RECIPE = (
    '"recipe":{"optimizer":"sgd","learning_rate":0.01,"momentum":0.9,"weight_decay":0.0,'
    '"batch_size":64,"epochs":5,"seed":0,"precision":"auto","validation_fraction":0.1,'
    '"normalisation":"network"}'
)
NETWORK = (
    '{"name":"n","input":{"channels":1,"height":8,"width":8},'
    '"layers":[{"kind":"Flatten"},{"kind":"Linear","out_features":10}]}'
)
JOB = (
    f'{{"contenders":[{{"name":"n","network":{NETWORK}}}],'
    f'"dataset":{{"source":"digits","archive":null,"name":"Digits"}},{RECIPE}}}'
)
RUN = "A" * 22


def _execute(statements: str) -> None:
    """Write into the database as another release does, which knows nothing of this one's code."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings().database)
    with engine.begin() as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.exec_driver_sql(statement)
    engine.dispose()


def _earlier_database() -> None:
    body = '{"kind":"preparing","message":"reading","done":1,"total":2}'
    _execute(
        f"{EARLIER}"
        "INSERT INTO runs (id, visitor, name, status, job, created, last_sequence) "
        f"VALUES ('{RUN}', '{ANN}', 'old', 'queued', '{JOB}', 1000000000, 1);"
        f"INSERT INTO events VALUES ('{RUN}', 1, 'preparing', '{body}')"
    )


def test_a_database_of_before_gets_the_new_columns_and_keeps_its_runs() -> None:
    _earlier_database()
    stores: list[RunStore] = []
    start = threading.Barrier(4)

    def open_it() -> None:
        start.wait()
        stores.append(RunStore(settings().database))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 4, "servers that start at once do not hinder each other"
    store = stores[0]
    for table in metadata.sorted_tables:
        have = {column["name"] for column in inspect(store.engine).get_columns(table.name)}
        assert have == {column.name for column in table.columns}
    (run,) = store.runs(ANN)
    assert (run.id, run.status, run.paused, run.note) == (RUN, "queued", None, None)
    assert run.job.recipe.epochs == 5
    assert store.events(RUN) == [(1, Preparing(message="reading", done=1, total=2))]
    assert store.position(RUN) == 1
    new = store.create(ANN, make_job(), "new")
    assert store.position(new.id) == 2
    for each in stores:
        each.engine.dispose()


def test_an_earlier_release_can_go_on_writing_into_it() -> None:
    """It knows nothing of the new columns, so none of them may need a value."""
    store = RunStore(settings().database)
    _execute(
        "INSERT INTO runs (id, visitor, name, status, job, created, started, last_sequence) "
        f"VALUES ('{RUN}', '{ANN}', 'old', 'running', '{JOB}', 1000000000, 1000000001, 0)"
    )
    store.ask(RUN, ANN, Pause())
    assert store.run(RUN) is not None
    store.engine.dispose()


def test_every_index_is_there_also_of_columns_that_came_later() -> None:
    _earlier_database()
    store = RunStore(settings().database)
    found = {index["name"] for index in inspect(store.engine).get_indexes("runs")}
    assert {index.name for index in metadata.tables["runs"].indexes} <= found
    store.engine.dispose()
