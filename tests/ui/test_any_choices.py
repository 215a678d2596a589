"""Whatever is chosen, legal or not, a page shows something and never an exception."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from explorer.ui.links import parameters, parse
from explorer.ui.see.choices import CHOICES
from tests.ui.pages import address_parameters, run, start
from tests.ui.test_choices import settings_of

EXAMPLES_EACH = 12


@pytest.mark.parametrize("page", CHOICES)
def test_any_choices_can_be_shown(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, page)

    @settings(
        max_examples=EXAMPLES_EACH,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(settings_of(page))
    def check(values: dict[str, Any]) -> None:
        app.session_state[f"{page}_choices"] = CHOICES[page].model_validate(values)
        run(app)
        if app.error:  # more work than is done, in words
            assert app.button(key=f"{page}_back")
            return
        shown = app.session_state[f"{page}_choices"]
        assert address_parameters(app) == parameters(shown, page)[0]
        again, notices = parse(page, address_parameters(app))
        assert notices == [] and parameters(again, page)[0] == address_parameters(app)

    check()
