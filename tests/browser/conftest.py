"""A running app and a real Chromium for the tests of this folder.

Every test here gets a page that fails the test if the app showed an exception or the browser
reported an uncaught error.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.app import App, launch_chromium

PATIENCE_MS = 20_000  # a busy machine of two processors runs server, worker and browser at once


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Fresh browser profiles: each is another visitor. Errors in any of them fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(error.stack or str(error)))

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(  # type: ignore[arg-type]
            **{"viewport": {"width": 1400, "height": 900}, "accept_downloads": True, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
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
