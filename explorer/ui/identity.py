"""Whose session this is."""

import hashlib
import json
import secrets

import streamlit as st

from explorer.server import VISITOR_COOKIE, VISITOR_PATTERN

_WITHOUT_COOKIE = "visitor_without_cookie"


def visitor() -> str:
    """The id under which this person's runs are stored, 64 hexadecimal digits.

    It is made of the login where `st.login` is configured and the person logged in; else of the
    cookie that the app set with the first page; else, where the browser refuses cookies, of a
    random number for this session. What is stored is a digest: whoever reads the database learns no
    cookie to pose as somebody.
    """
    identity = _login() or _cookie() or _session()
    # JSON keeps the parts apart, whatever characters a login's claims contain.
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def _login() -> tuple[str, ...] | None:
    # Issuer and subject together are what OpenID Connect guarantees to be unique and lasting.
    issuer, subject = st.user.get("iss"), st.user.get("sub")
    if st.user.get("is_logged_in") and issuer and subject:
        return ("login", str(issuer), str(subject))
    return None


def _cookie() -> tuple[str, ...] | None:
    value = st.context.cookies.get(VISITOR_COOKIE, "")
    return ("cookie", value) if VISITOR_PATTERN.fullmatch(value) else None


def _session() -> tuple[str, ...]:
    if _WITHOUT_COOKIE not in st.session_state:
        st.session_state[_WITHOUT_COOKIE] = secrets.token_hex(16)
    return ("session", st.session_state[_WITHOUT_COOKIE])
