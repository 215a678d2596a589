"""A running app and a real Chromium for the tests of this folder.

Every test here gets a page that fails the test if the app showed an exception or the browser
reported an uncaught error.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
READY_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class App:
    """The app as people start it, with a data folder of its own, on a free port."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.parent / "server.log"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "explorer/app.py"]
                + ["--server.port", str(self.port)],
                cwd=ROOT,
                env={**os.environ, "EXPLORER_DATA_DIR": str(self.data_dir), **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self.process.poll() is None, f"The app did not start:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"The app did not answer:\n{self.log.read_text()}"
            time.sleep(0.1)  # between two questions to a starting server, not before an assertion

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None


@pytest.fixture(scope="session")
def start_app(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., App]]:
    """Start further apps, each with its own data folder; all are stopped at the end."""
    apps: list[App] = []

    def start(**environment: str) -> App:
        app = App(tmp_path_factory.mktemp("app") / "data", environment)
        apps.append(app)
        app.start()
        return app

    yield start
    for app in apps:
        app.stop()


@pytest.fixture(scope="session")
def app(start_app: Callable[..., App]) -> App:
    """One app for all tests of a run; visitors are told apart by their browser contexts."""
    return start_app()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "No chromium on the path: install Debian's package 'chromium'."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Fresh browser profiles: each is another visitor. Errors in any of them fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(str(error)))

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(  # type: ignore[arg-type]
            **{"viewport": {"width": 1400, "height": 900}, "accept_downloads": True, **options}
        )
        context.set_default_timeout(20_000)
        context.on("page", watch)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        for page in context.pages:
            shown = page.locator('[data-testid="stException"]')
            errors.extend(shown.nth(index).inner_text() for index in range(shown.count()))
        context.close()
    assert not errors, f"The browser saw errors: {errors}"


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page in a fresh browser profile."""
    return new_context().new_page()
