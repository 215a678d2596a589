"""What is said before and after a training about its time and memory."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.runs.forecaster import Answer
from explorer.runs.forecasts import Forecasts
from explorer.training.events import Finished, Started
from explorer.training.forecast import Forecast
from explorer.ui.train import forecast as module
from explorer.ui.train.forecast import outcome, routes, words
from tests.training.jobs import LINEAR, job, of, run

KNOWN = Forecast(100, 0.1, 2.0, 310_000_000, 2_000_000_000, None, "CPU, 2 threads", "fp32")


def test_time_and_memory_are_said():
    text, problem = words(Answer(forecast=KNOWN), 5)
    assert text.startswith("Expect ≈ 12 s per epoch, 1 min 0 s in all, 310 MB of memory")
    assert not problem


def test_a_busy_machine_is_named():
    assert "other work" not in words(Answer(forecast=replace(KNOWN, share=0.95)), 5)[0]
    text, problem = words(Answer(forecast=replace(KNOWN, share=0.4512)), 5)
    assert "had other work and gave this only 45% of its time" in text
    assert not problem


@pytest.mark.parametrize(("fitting", "remedy"), [(96, "at most 96"), (0, "A smaller network")])
def test_what_does_not_fit_is_said_with_what_would(fitting: int, remedy: str):
    large = Forecast(100, 0.1, 2.0, 3_100_000_000, 2_000_000_000, fitting, "GPU: X", "bf16")
    text, problem = words(Answer(forecast=large), 5)
    assert problem and "needs about 3.1 GB of GPU memory, and 2.0 GB are free" in text
    assert remedy in text


def test_the_browser_is_told_as_soon_as_it_is_known(monkeypatch: pytest.MonkeyPatch):
    served = Forecasts()
    monkeypatch.setattr(module, "forecasts", lambda: served)
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.4)
    client = TestClient(Starlette(routes=routes()))  # type: ignore[arg-type]
    key = served.ask("a", job(LINEAR))
    assert client.get(f"/forecast/{key}?epochs=2").status_code == 202
    served._answers[key] = (float("inf"), Answer(forecast=KNOWN))
    assert "24 s in all" in client.get(f"/forecast/{key}?epochs=2").json()["text"]
    for wrong in ("", "0", "-1", "99999", "x"):
        assert client.get(f"/forecast/{key}?epochs={wrong}").status_code == 400


def test_afterwards_it_is_compared_with_what_came():
    events = run(job(LINEAR))
    started, finished = of(events, Started)[0], of(events, Finished)[0]
    told = started.model_copy(update={"predicted_seconds": 4.0, "predicted_memory": 300_000_000})
    came = finished.model_copy(update={"seconds": 5.0, "peak_memory": 310_000_000})
    assert outcome(told, came) == (
        "4.0 s predicted, 5.0 s needed; 300 MB predicted, 310 MB of memory needed."
    )
    assert outcome(told, came.model_copy(update={"reason": "stopped"})) == ""
