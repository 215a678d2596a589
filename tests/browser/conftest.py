"""A running app and a real Chromium for the tests of this folder.

Every test here gets a page that fails the test if the app showed an exception or the browser
reported an uncaught error.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.browser.app import ROOT, App, launch_chromium
from tests.browser.profiles import PATIENCE_MS, Profiles, seen

_PROFILES = pytest.StashKey[Profiles]()
_FAILED = pytest.StashKey[bool]()
PICTURES = ROOT / "screenshots" / "failed"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of a failed test says what its pages showed, and keeps their pictures."""
    report = yield
    profiles = item.stash.get(_PROFILES, None)
    if report.failed and profiles is not None and report.when != "teardown":
        item.stash[_FAILED] = True
        for number, page in enumerate(profiles.pages()):
            picture = PICTURES / f"{item.name}-{number}.png"
            with suppress(Error):
                page.screenshot(path=picture, timeout=5000)
            report.sections.append((f"page {number} ({picture})", seen(page)))
    return report


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


@pytest.fixture(scope="session")
def all_profiles(browser: Browser) -> Profiles:
    """Browser profiles, kept from test to test."""
    return Profiles(browser)


@pytest.fixture
def profiles(all_profiles: Profiles, request: pytest.FixtureRequest) -> Iterator[Profiles]:
    """The profiles of one test. Errors that the app or a browser shows fail the test."""
    request.node.stash[_PROFILES] = all_profiles
    yield all_profiles
    errors = all_profiles.finish(failed=request.node.stash.get(_FAILED, False))
    assert not errors, f"The browser saw errors: {errors}"


@pytest.fixture
def new_visitor(profiles: Profiles) -> Callable[[], Page]:
    """An empty page of another visitor each time."""
    return profiles.visitor


@pytest.fixture
def page(new_visitor: Callable[[], Page]) -> Page:
    """An empty page of a new visitor."""
    return new_visitor()


@pytest.fixture
def new_context(profiles: Profiles) -> Callable[..., BrowserContext]:
    """Profiles of a test's own, for listeners, second tabs, and options such as touch."""
    return profiles.own
