"""A run database of its own for each test."""

from collections.abc import Iterator

import pytest

from explorer.runs.store import RunStore
from explorer.settings import settings


@pytest.fixture
def store() -> Iterator[RunStore]:
    """The store of the configured database, as worker processes of the test see it too."""
    store = RunStore(settings().database)
    yield store
    store.engine.dispose()
