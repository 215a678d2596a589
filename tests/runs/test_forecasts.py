"""Forecasts of a server: one process, the latest wish of each visitor, each measured once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from explorer.runs import forecasts as module
from explorer.runs.forecaster import Answer, answer
from explorer.runs.forecasts import Forecasts
from explorer.training.forecast import Forecast
from tests.training.jobs import LINEAR, job

# In place of the measuring: an answer that names the batch size, which may kill or hang.
PARTNER = """
import json, os, sys, time
for number, line in enumerate(sys.stdin, 1):
    size = json.loads(line)["recipe"]["batch_size"]
    if size == 66: os.kill(os.getpid(), 9)
    if size == 77: time.sleep(60)
    if size == 88: number = os.environ.get("CUDA_VISIBLE_DEVICES")
    time.sleep(0.02)
    print(json.dumps({"problem": f"{size} {os.getpid()} {number}"}), flush=True)
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forecasts]:
    def start(_module: str, _workers: int, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", PARTNER]
        return subprocess.Popen(command, env={**os.environ, **more}, stdin=pipe, stdout=pipe)

    monkeypatch.setattr(module, "start_partner", start)
    served = Forecasts()
    yield served
    served.close()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def problem(served: Forecasts, key: str) -> str:
    until(lambda: served.known(key))
    known = served.known(key)
    assert known is not None
    return known.problem


def test_only_the_latest_wish_of_a_visitor_is_granted_and_each_once(served: Forecasts):
    first = served.ask("mine", job(LINEAR, batch_size=1))
    second = served.ask("mine", job(LINEAR, batch_size=2))
    others = {served.ask(f"visitor {n}", job(LINEAR, batch_size=3)) for n in range(30)}
    served.start()
    assert len(others) == 1
    size, process, _ = problem(served, second).split()
    assert size == "2"
    assert problem(served, others.pop()) == f"3 {process} 2"  # the same process for all
    last = served.ask("mine", job(LINEAR, batch_size=4))
    assert problem(served, last) == f"4 {process} 3"  # and once for the thirty
    assert served.known(first) is None


def test_a_process_that_ends_or_hangs_is_replaced(
    served: Forecasts, monkeypatch: pytest.MonkeyPatch
):
    served.start()
    ended = served.ask("a", job(LINEAR, batch_size=66))
    assert "memory" in problem(served, ended)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.3)
    hanging = served.ask("a", job(LINEAR, batch_size=77))
    assert "too long" in problem(served, hanging)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 20)
    fine = served.ask("a", job(LINEAR, batch_size=5))
    assert problem(served, fine).startswith("5 ")


def test_an_idle_process_ends_and_comes_back(served: Forecasts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.1)
    served.start()
    _, first, _ = problem(served, served.ask("a", job(LINEAR, batch_size=1))).split()
    until(lambda: served._process is None)
    _, second, _ = problem(served, served.ask("a", job(LINEAR, batch_size=2))).split()
    assert first != second


def test_it_measures_on_the_gpu_that_is_chosen_and_moves_with_the_choice(served: Forecasts):
    choices = iter(("1", "1", "0"))
    currently: list[str | None] = []

    def choose(current: str | None) -> str:
        currently.append(current)
        return next(choices)

    served.start(choose)
    _, first, gpu = problem(served, served.ask("a", job(LINEAR, batch_size=88))).split()
    assert gpu == "1"
    _, same, _ = problem(served, served.ask("a", job(LINEAR, batch_size=2))).split()
    assert same == first
    again = job(LINEAR, batch_size=88, optimizer="adam")
    _, second, gpu = problem(served, served.ask("a", again)).split()
    assert (gpu, currently) == ("0", [None, "1", "1"])
    assert second != first


def test_a_job_is_answered_as_json_or_refused_in_words(monkeypatch: pytest.MonkeyPatch):
    from explorer.runs import forecaster

    known = Forecast(10, 0.5, 2.0, 1, 2, None, "CPU", "fp32")
    monkeypatch.setattr(forecaster, "forecast", lambda _job: known)
    said = answer(job(LINEAR).model_dump_json()).model_dump_json()
    assert Answer.model_validate_json(said).forecast == known
    monkeypatch.undo()
    wrong = LINEAR.model_copy(update={"layers": LINEAR.layers[:1]})
    assert "Nothing in the network learns" in answer(job(wrong).model_dump_json()).problem
