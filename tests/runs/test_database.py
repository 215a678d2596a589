"""Which databases can be used, and what is said about those that cannot."""

import pytest
from sqlalchemy import Engine

from explorer.errors import ExplorerError
from explorer.runs import database


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("PostgreSQL at home", "not a URL"),
        ("cobol://host/runs", "cobol one, and its driver is not installed"),
        ("postgresql+psycopg://ann:secret@/runs?host=/nowhere", "cannot be reached"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(ExplorerError, match=words) as refusal:
        database.connect(url)
    assert "EXPLORER_DATABASE_URL" in refusal.value.remedy
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_the_addresses_of_hosting_services_are_understood(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def create(url: object, **_: object) -> Engine:
        made.append(str(url))
        raise ModuleNotFoundError("stopped here")

    monkeypatch.setattr(database, "create_engine", create)
    with pytest.raises(ExplorerError):
        database.connect(f"{scheme}://host/runs")
    assert made == ["postgresql+psycopg://host/runs"]
