"""Words and numbers for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.text import count, duration, percent, plain, times


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.2 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (130, "2 min 10 s"),
        (3599.7, "1 h 0 min"),
        (3900, "1 h 5 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers() -> None:
    assert percent(0.9312) == "93.1\N{NO-BREAK SPACE}%"
    assert [times(ratio) for ratio in (1.0755, 73.58, 0.00213, 1234.5)] == [
        "1.08×",
        "73.6×",
        "0.00213×",
        "1,234×",
    ]
    assert [count(1, "epoch"), count(1200, "picture")] == ["1 epoch", "1,200 pictures"]


@given(st.text())
def test_nothing_in_plain_text_means_anything_in_markdown(text: str) -> None:
    escaped = plain(text)
    unescaped, bare = "", ""
    characters = iter(escaped)
    for character in characters:
        if character == "\\":
            unescaped += next(characters)
        else:
            unescaped += character
            bare += character
    written = " ".join(text.split())
    assert unescaped.replace("\u2060", "") == written.replace("\u2060", "")
    assert not set(bare) & set("\\`*_{}[]()<>#+-.!|~:$&^=")


def test_addresses_and_icons_cannot_be_recognised() -> None:
    for text in ("https://example.org", "www.example.org", "a@example.org", ":material/home:"):
        assert text not in plain(text).replace("\\", "")
