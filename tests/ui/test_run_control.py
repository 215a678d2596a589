"""The buttons beside a run: who sees them, and what each asks of the worker."""

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.runs.claim import Claim
from explorer.runs.store import RunStore, open_store
from explorer.server import VISITOR_COOKIE
from explorer.training.control import ChangeLearningRate, Continue, Pause, SaveNow, Wish
from explorer.training.events import Checkpointed, Continued, Event, LearningRateChanged, Paused
from tests.runs.helpers import make_job
from tests.ui.test_run_watch import STARTED

OWNER = "a" * 32


def _script() -> None:
    import streamlit as st

    from explorer.runs.store import open_store
    from explorer.ui.identity import visitor
    from explorer.ui.runs.control import run_control
    from explorer.ui.runs.panel import _head
    from explorer.ui.runs.watch import RunWatch

    store = open_store()
    (run,) = store.runs(visitor())
    watch = RunWatch.of(run)
    watch.refresh(store)
    st.text(watch.phase)
    if st.query_params.get("head"):
        _head(watch, store, True)
    else:
        run_control(watch, store)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: {VISITOR_COOKIE: OWNER}))
    yield open_store()


class Shown:
    """A run in training and the page that shows it."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.app = AppTest.from_function(_script, default_timeout=30)
        self.heard = 0
        run = store.create(self.visitor(), make_job(), "mine")
        claim = Claim.take(store, run.id)
        assert claim is not None
        self.run, self.claim = run, claim
        self.said(STARTED)

    @staticmethod
    def visitor() -> str:
        app = AppTest.from_function(_visitor).run()
        return app.text[0].value

    def said(self, *events: Event) -> None:
        self.claim.record(events, self.heard)
        self.app.run()
        assert not self.app.exception, [each.value for each in self.app.exception]

    def labels(self) -> list[str]:
        return [button.label for button in self.app.button if not button.disabled]

    def press(self, label: str) -> list[Wish]:
        """What the worker hears after a click."""
        next(button for button in self.app.button if button.label == label).click().run()
        assert not self.app.exception, [each.value for each in self.app.exception]
        wishes = self.claim.record([], self.heard).wishes
        self.heard += len(wishes)
        return [wish for _, wish in wishes]


def _visitor() -> None:
    import streamlit as st

    from explorer.ui.identity import visitor

    st.text(visitor())


def test_every_button_asks_for_what_it_says(store: RunStore) -> None:
    shown = Shown(store)
    assert shown.labels() == ["Pause", "Use this rate", "Save now", "Stop"]
    assert shown.press("Save now") == [SaveNow()]
    shown.said(Checkpointed(step=3, command=1, size=2_000_000))
    assert "Step 3: 2\\.0 MB are on disk\\." in [caption.value for caption in shown.app.caption]
    rate = shown.app.number_input[0]
    assert rate.value == pytest.approx(0.01)
    rate.set_value(0.002)
    assert shown.press("Use this rate") == [ChangeLearningRate(learning_rate=0.002)]
    shown.said(LearningRateChanged(step=5, learning_rate=0.002, command=2))
    assert "After step 5: 0.002" in [caption.value for caption in shown.app.caption]
    assert shown.press("Pause") == [Pause()]
    shown.said(Paused(step=6, command=3))
    assert shown.app.text[0].value == "paused"
    assert shown.labels() == ["Continue", "Use this rate", "Save now", "Stop"]
    assert shown.press("Continue") == [Continue()]
    shown.said(Continued(step=6, command=4))
    assert "Pause" in shown.labels()
    assert shown.press("Stop") == []
    assert shown.claim.record([]).stop_reason == "Stopped on request."
    shown.app.run()
    assert shown.labels() == []


def test_a_click_that_comes_too_late_says_so(store: RunStore) -> None:
    shown = Shown(store)
    shown.claim.end([], "finished", None)
    next(button for button in shown.app.button if button.label == "Pause").click().run()
    assert "not being trained" in shown.app.error[0].value


def test_what_happened_to_the_worker_is_shown(store: RunStore) -> None:
    from explorer.runs.claims import in_training, take_over

    shown = Shown(store)
    (training,) = in_training(store)
    assert take_over(store, training, "The worker died.", step=3, death=True)
    shown.app.query_params["head"] = "1"
    shown.app.run()
    assert [warning.value for warning in shown.app.warning] == ["The worker died\\."]
