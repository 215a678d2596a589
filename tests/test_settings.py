"""The README's table of settings says what the code says."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from explorer.settings import Settings

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")


def test_the_readme_lists_every_setting_with_its_description() -> None:
    rows = re.findall(r"^\| `EXPLORER_(\w+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert {name.lower(): description for name, _, description in rows} == {
        name: field.description for name, field in Settings.model_fields.items()
    }


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "3")
    assert Settings().max_workers == 3


def test_an_impossible_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_WORKERS", "0")
    with pytest.raises(ValidationError, match="max_workers"):
        Settings()
