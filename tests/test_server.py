"""The middleware around a small app: cookie, upload limit and headers, through real requests."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Scope
from starlette.websockets import WebSocket

from explorer.server import SECURITY_HEADERS, VISITOR_COOKIE, middleware, visitor_cookie
from explorer.settings import settings

MEGABYTE = 1024 * 1024
PAGE = {"accept": "text/html,application/xhtml+xml"}


async def _page(_request: Request) -> HTMLResponse:
    return HTMLResponse("<p>page</p>", headers={"X-Frame-Options": "DENY"})


async def _upload(request: Request) -> PlainTextResponse:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return PlainTextResponse(str(size))


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.cookies.get(VISITOR_COOKIE, "none"))
    await socket.close()


APP = Starlette(
    routes=[
        Route("/", _page),
        Route("/upload", _upload, methods=["PUT"]),
        WebSocketRoute("/socket", _socket),
    ],
    middleware=middleware(),
)


def _run(task: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: the browser tests leave a running event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, task).result()


class Browser:
    """Sends requests to the app and keeps its cookies."""

    def __init__(self, address: str = "http://testserver") -> None:
        self.address = address
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(APP)
            async with httpx.AsyncClient(
                transport=transport, base_url=self.address, cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        return _run(ask())

    def get(self, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", "/", headers=headers)

    def put(self, content: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("PUT", "/upload", content=content, headers=headers)

    def socket(self) -> list[Message]:
        """What the app sends on a WebSocket opened with this browser's cookies."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope: Scope = {
            "type": "websocket",
            "path": "/socket",
            "headers": [(b"cookie", cookie.encode())],
            "subprotocols": [],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            sent.append(message)

        _run(APP(scope, receive, send))
        return sent


@pytest.fixture
def small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD_MB", "2")
    settings.cache_clear()


def test_the_first_page_brings_a_cookie_that_stays() -> None:
    browser = Browser()
    first = browser.get(PAGE).headers["set-cookie"]
    assert re.fullmatch(
        rf"{VISITOR_COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax", first
    )
    assert "set-cookie" not in browser.get(PAGE).headers
    assert f"{VISITOR_COOKIE}={browser.socket()[1]['text']};" in first


def test_each_browser_gets_another_cookie() -> None:
    cookies = {Browser().get(PAGE).headers["set-cookie"] for _ in range(20)}
    assert len(cookies) == 20


def test_only_pages_set_the_cookie() -> None:
    browser = Browser()
    assert "set-cookie" not in browser.get({"accept": "*/*"}).headers
    assert "set-cookie" not in browser.put(b"x", PAGE).headers


@pytest.mark.parametrize("value", ["", "short", "A" * 32, "a" * 33, "../" + "a" * 29])
def test_a_cookie_that_is_not_ours_is_replaced(value: str) -> None:
    headers = {**PAGE, "cookie": f"{VISITOR_COOKIE}={value}"}
    assert "set-cookie" in Browser().get(headers).headers
    assert visitor_cookie(headers["cookie"]) is None


def test_cookies_of_other_apps_on_the_same_host_do_not_hide_ours() -> None:
    ours = "0123456789abcdef" * 2
    assert visitor_cookie(f'odd[]=1; {{"json": 1}}; {VISITOR_COOKIE}={ours}; x') == ours


@pytest.mark.parametrize(
    ("address", "headers", "secure"),
    [
        ("http://testserver", {}, False),
        ("https://testserver", {}, True),
        ("http://testserver", {"x-forwarded-proto": "https"}, True),
        ("http://testserver", {"x-forwarded-proto": "https, http"}, True),
        ("http://testserver", {"x-forwarded-proto": "http"}, False),
    ],
)
def test_over_https_the_cookie_is_secure(
    address: str, headers: dict[str, str], secure: bool
) -> None:
    cookie = Browser(address).get({**PAGE, **headers}).headers["set-cookie"]
    assert cookie.endswith("; Secure") is secure


def test_every_answer_has_the_security_headers_once_and_keeps_the_apps_own() -> None:
    answer = Browser().get()
    for name, value in SECURITY_HEADERS.items():
        expected = "DENY" if name == "X-Frame-Options" else value
        assert answer.headers.get_list(name) == [expected]


@pytest.mark.usefixtures("small_uploads")
def test_uploads_up_to_the_limit_pass() -> None:
    answer = Browser().put(bytes(2 * MEGABYTE))
    assert (answer.status_code, answer.text) == (200, str(2 * MEGABYTE))


@pytest.mark.usefixtures("small_uploads")
@pytest.mark.parametrize("length", [str(3 * MEGABYTE + 1), "9" * 30, "9" * 5000])
def test_an_upload_announced_as_too_large_is_refused_unread(length: str) -> None:
    answer = Browser().put(b"tiny", {"content-length": length})
    assert answer.status_code == 413
    assert "at most 2 MB" in answer.text


@pytest.mark.usefixtures("small_uploads")
def test_a_streamed_upload_is_refused_once_it_is_too_large() -> None:
    produced = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal produced
        while produced < 50:
            produced += 1
            yield bytes(MEGABYTE)

    answer = Browser().put(endless())
    assert answer.status_code == 413
    assert produced <= 4, "what follows is not even read"
