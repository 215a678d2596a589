"""Browser profiles for tests: each is another visitor of the app.

Most of what opening the app costs is starting a browser's process and reading Streamlit's
JavaScript, again in every new profile. Profiles are therefore kept from test to test and made a
stranger's again in between: without cookies and stored values, on an empty page, of the first
size. What cannot be taken back, such as listeners or touch, needs a profile of its own.
"""

from collections.abc import Callable

from playwright.sync_api import Browser, BrowserContext, Error, Page

PATIENCE_MS = 60_000  # a busy machine of two processors may run two servers, workers and browsers
SIZE = {"width": 1400, "height": 900}

_FORGET = "() => { try { localStorage.clear(); sessionStorage.clear(); } catch { /* no page */ } }"
# What components tell of themselves for tests: above all why one of them is waited for.
_HOOKS = """(hosts) => hosts.map((host) => `${host.className} ${JSON.stringify(host.dataset)}`)"""


class Profiles:
    """The profiles that a process of tests has, and which of them the present test uses."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: list[Page] = []
        self._kept: list[Page] = []  # of the present test, as are:
        self._own: list[BrowserContext] = []
        self._errors: list[str] = []

    def visitor(self) -> Page:
        """An empty page of another visitor, whose profile is kept for later tests."""
        page = self._idle.pop(0) if self._idle else self._make().new_page()
        self._kept.append(page)
        return page

    def own(self, **options: object) -> BrowserContext:
        """A profile for one test, with options of Playwright's `new_context`."""
        context = self._make(**options)
        self._own.append(context)
        return context

    def pages(self) -> list[Page]:
        """All pages of the present test."""
        contexts = [page.context for page in self._kept] + self._own
        return [page for context in contexts for page in context.pages]

    def finish(self, failed: bool) -> list[str]:
        """End the test: the errors that the app or the browser showed in any of its pages.

        After a failure nothing is kept: the page may be in any state.
        """
        for page in self.pages():
            self._errors.extend(page.locator('[data-testid="stException"]').all_inner_texts())
        errors, self._errors = self._errors, []
        for context in self._own:
            context.close()
        for page in self._kept:
            if failed or errors:
                page.context.close()
            else:
                self._idle.append(_stranger(page))
        self._own, self._kept = [], []
        # What the last moments of these pages may still have said is no later test's.
        self._errors = []
        return errors

    def _make(self, **options: object) -> BrowserContext:
        context = self._browser.new_context(  # type: ignore[arg-type]
            **{"viewport": SIZE, "accept_downloads": True, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", self._watch)
        return context

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._errors.append(error.stack or str(error)))


def _stranger(page: Page) -> Page:
    """Make the visitor of this page one who was never here before."""
    for each in page.context.pages:
        each.evaluate(_FORGET)
        if each != page:
            each.close()
    page.unroute_all(behavior="ignoreErrors")
    page.goto("about:blank")
    page.context.clear_cookies()
    page.mouse.move(-1, -1)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    return page


def seen(page: Page, lines: int = 40) -> str:
    """What a page shows and what its components say, for the report of a failed test."""
    told: list[str] = []
    for what in (
        lambda: page.locator(".stMain, body").last.inner_text(timeout=1000).splitlines()[:lines],
        lambda: page.locator(
            ".player, .network, .curves, .run-curves, .feature-maps, .snapshots"
        ).evaluate_all(_HOOKS),
    ):
        told.extend(_or_why_not(what))
    return "\n".join([page.url[:200], *(line[:300] for line in told if line.strip())])


def _or_why_not(ask: Callable[[], list[str]]) -> list[str]:
    try:
        return ask()
    except Error as error:
        return [f"({error.message.splitlines()[0]})"]
