"""A run database of its own for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from explorer.runs.queue import Dispatcher
from explorer.runs.store import RunStore
from explorer.settings import settings
from tests.runs.nursery import Nursery
from tests.runs.throw_away_postgresql import URL_VARIABLE, own_database

MakeDispatcher = Callable[[], Dispatcher]


@pytest.fixture(autouse=True)
def no_spare_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests start many dispatchers; the one about spare workers asks for them."""
    monkeypatch.setenv("EXPLORER_SPARE_WORKERS", "0")
    settings.cache_clear()


@pytest.fixture(autouse=True)
def postgresql_database(own_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite in the test's folder, unless `python -m tests.runs.faults postgresql` asks."""
    server = os.environ.get(URL_VARIABLE)
    if server is None:
        yield
        return
    with own_database(server) as url:
        monkeypatch.setenv("EXPLORER_DATABASE_URL", url)
        settings.cache_clear()
        yield


@pytest.fixture
def store() -> Iterator[RunStore]:
    """The store of the configured database, as worker processes of the test see it too."""
    store = RunStore(settings().database)
    yield store
    store.engine.dispose()


@pytest.fixture
def new_dispatcher(store: RunStore) -> Iterator[MakeDispatcher]:
    """Dispatchers of their own store each, as servers have them; closed after the test."""
    dispatchers: list[Dispatcher] = []

    def make() -> Dispatcher:
        dispatcher = Dispatcher(RunStore(settings().database) if dispatchers else store)
        dispatchers.append(dispatcher)
        dispatcher.start()
        return dispatcher

    yield make
    for dispatcher in dispatchers:
        dispatcher.close()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def fork_workers(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, dispatchers of this process get workers that have imported PyTorch."""
    return lambda: monkeypatch.setattr("explorer.runs.queue.start_worker", nursery.start_worker)


@pytest.fixture
def forked_workers(fork_workers: Callable[[], None]) -> None:
    """Dispatchers of this process get workers that have imported PyTorch already."""
    fork_workers()
