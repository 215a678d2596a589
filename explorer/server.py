"""What stands between the network and the app, and what tidies up behind it once an hour.

Visitor cookie, upload limit and security headers are plain ASGI, so that WebSockets and streamed
answers pass through untouched.
"""

import asyncio
import logging
import re
import secrets

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.runs.housekeeping import tidy
from explorer.runs.store import RunStore
from explorer.settings import settings

VISITOR_COOKIE = "explorer_visitor"
VISITOR_PATTERN = re.compile(r"[0-9a-f]{32}")
# The longest that browsers keep a cookie.
COOKIE_SECONDS = 400 * 24 * 3600

HOUSEKEEPING_SECONDS = 3600

# A form around an uploaded file adds boundaries and headers to it.
FORM_OVERHEAD_BYTES = 1024 * 1024

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # A run's address is its key: it must not reach other sites.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
}


logger = logging.getLogger(__name__)


async def housekeeping(store: RunStore) -> None:
    """Remove deleted runs and uploads that nobody needs, at once and every hour, without end."""
    while True:
        try:
            await asyncio.to_thread(tidy, store)
        except (SQLAlchemyError, OSError):
            # A busy database or a disk that is gone for now: there is another time.
            logger.exception("Could not tidy up the uploads; the next try is in an hour")
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


def middleware() -> list[Middleware]:
    """For `st.App(middleware=...)`."""
    return [Middleware(UploadLimit), Middleware(SecurityHeaders), Middleware(VisitorCookie)]


def visitor_cookie(header: str) -> str | None:
    """The visitor's id from a Cookie header; None unless it has exactly our form."""
    value = cookie_parser(header).get(VISITOR_COOKIE, "")
    return value if VISITOR_PATTERN.fullmatch(value) else None


class VisitorCookie:
    """Gives each browser a random 128-bit id with the first page it opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_page(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if visitor_cookie(headers.get("cookie", "")) is not None:
            await self.app(scope, receive, send)
            return
        cookie = (
            f"{VISITOR_COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age={COOKIE_SECONDS}; "
            "HttpOnly; SameSite=Lax"
        )
        forwarded = headers.get("x-forwarded-proto", "").partition(",")[0].strip()
        if scope["scheme"] == "https" or forwarded == "https":
            cookie += "; Secure"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _is_page(scope: Scope) -> bool:
    """Asked by a browser for a page; also when the answer is "not modified", without a type."""
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")


class SecurityHeaders:
    """Adds what browsers need to know to protect people, where the app did not say it itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class _TooLargeError(Exception):
    """More bytes arrived than are allowed."""


class UploadLimit:
    """Refuses requests larger than EXPLORER_MAX_UPLOAD_MB, announced or not, with status 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = settings().max_upload_mb * 1024 * 1024 + FORM_OVERHEAD_BYTES
        announced = Headers(scope=scope).get("content-length", "")
        # Python refuses to read numbers of thousands of digits; 18 digits are an exabyte.
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            await self._refuse(scope, receive, send)
            return
        received = 0
        answered = False

        async def receive_bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _TooLargeError
            return message

        async def send_watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, receive_bounded, send_watched)
        except _TooLargeError:
            if answered:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"An upload may have at most {settings().max_upload_mb} MB."
        response = PlainTextResponse(text, 413, {"Connection": "close"})
        await response(scope, receive, send)
