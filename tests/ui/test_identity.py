"""Whose session it is: from the cookie, the login, or a number of the session's own."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.server import VISITOR_COOKIE

ANN, BEN = "a" * 32, "b" * 32
LOGIN = {"is_logged_in": True, "iss": "https://accounts.example", "sub": "17"}


def _script() -> None:
    import streamlit as st

    from explorer.ui.identity import visitor

    st.text(visitor())


def _visitor(
    monkeypatch: pytest.MonkeyPatch,
    cookies: Mapping[str, str] | None = None,
    user: Mapping[str, Any] | None = None,
) -> str:
    """The id in a new session, with these cookies and this login as Streamlit reports them."""
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: dict(cookies or {})))
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: dict(user or {}))
    app = AppTest.from_function(_script).run()
    assert not app.exception
    first = app.text[0].value
    assert app.run().text[0].value == first, "a rerun is the same visitor"
    return first


def test_the_cookie_is_the_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = _visitor(monkeypatch, {VISITOR_COOKIE: ANN})
    assert ann == _visitor(monkeypatch, {VISITOR_COOKIE: ANN, "other": "x"})
    assert ann != _visitor(monkeypatch, {VISITOR_COOKIE: BEN})


def test_the_stored_id_does_not_give_the_cookie_away(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = _visitor(monkeypatch, {VISITOR_COOKIE: ANN})
    assert re.fullmatch("[0-9a-f]{64}", ann)
    assert ANN not in ann


@pytest.mark.parametrize("value", ["", "a" * 31, "A" * 32, "a" * 32 + "\n", "admin"])
def test_a_cookie_that_is_not_ours_is_nobody(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    forged = {VISITOR_COOKIE: value}
    assert _visitor(monkeypatch, forged) != _visitor(monkeypatch, forged)


def test_without_a_cookie_each_session_is_a_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _visitor(monkeypatch) != _visitor(monkeypatch)


def test_a_login_counts_more_than_the_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    at_home = _visitor(monkeypatch, {VISITOR_COOKIE: ANN}, LOGIN)
    assert at_home == _visitor(monkeypatch, {VISITOR_COOKIE: BEN}, LOGIN)
    assert at_home != _visitor(monkeypatch, {VISITOR_COOKIE: ANN})
    for other in ({"sub": "18"}, {"iss": "https://other.example"}):
        assert at_home != _visitor(monkeypatch, {VISITOR_COOKIE: ANN}, {**LOGIN, **other})


@pytest.mark.parametrize(
    "user", [{**LOGIN, "is_logged_in": False}, {"is_logged_in": True}, {"email": "a@b.example"}]
)
def test_a_login_that_does_not_say_who_is_none(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]
) -> None:
    cookie = {VISITOR_COOKIE: ANN}
    assert _visitor(monkeypatch, cookie, user) == _visitor(monkeypatch, cookie)


def test_nobody_becomes_another_by_a_crafted_value(monkeypatch: pytest.MonkeyPatch) -> None:
    crafted = {**LOGIN, "iss": "https://accounts.example 17", "sub": "x"}
    other = {**LOGIN, "iss": "https://accounts.example", "sub": "17 x"}
    assert _visitor(monkeypatch, user=crafted) != _visitor(monkeypatch, user=other)
