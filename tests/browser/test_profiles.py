"""A profile that was used before is as good as a new one, and what went wrong in it is told."""

from playwright.sync_api import Browser

from tests.browser.app import App
from tests.browser.profiles import SIZE, Profiles

_TRACES = """() => ({
  cookies: document.cookie,
  stored: [localStorage.length, sessionStorage.length],
  size: { width: innerWidth, height: innerHeight },
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
})"""


def test_a_kept_profile_is_a_strangers_again(app: App, browser: Browser) -> None:
    profiles = Profiles(browser)
    page = profiles.visitor()
    page.goto(f"{app.url}/readyz")
    untouched = page.evaluate(_TRACES)
    assert untouched["size"] == SIZE
    page.evaluate(
        """() => {
          document.cookie = "who=ann";
          localStorage.setItem("sidebar", "narrow");
          sessionStorage.setItem("session", "hers");
        }"""
    )
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 800, "height": 700})
    page.route("**/readyz", lambda route: route.fulfill(body="<p>another</p>"))
    page.context.new_page().goto(f"{app.url}/readyz")
    assert page.evaluate(_TRACES) != untouched
    assert profiles.finish(failed=False) == []

    again = profiles.visitor()
    assert again is page
    assert again.context.pages == [page]
    again.goto(f"{app.url}/readyz")
    assert again.evaluate(_TRACES) == untouched
    assert again.inner_text("body") == "ready"
    assert profiles.visitor() is not page  # two visitors at a time are two people
    profiles.finish(failed=True)
    assert profiles.visitor() is not page  # after a failure it may be in any state
    profiles.finish(failed=True)


def test_errors_of_kept_and_own_profiles_are_told_once(browser: Browser) -> None:
    profiles = Profiles(browser)
    for page in (profiles.visitor(), profiles.own().new_page()):
        with page.expect_event("pageerror"):
            page.evaluate("setTimeout(() => { throw new Error('thrown here'); })")
        page.set_content('<div data-testid="stException">shown here</div>')
    errors = profiles.finish(failed=False)
    assert sum("thrown here" in error for error in errors) == 2
    assert sum("shown here" in error for error in errors) == 2
    profiles.visitor()
    assert profiles.finish(failed=False) == []
