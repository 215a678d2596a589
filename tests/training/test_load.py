"""What was measured beside other work is known to be so, and does not hold for long."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.training import forecast as forecasting
from explorer.training import load, probe
from explorer.training.forecast import FRESH_SECONDS, forecast, recall
from explorer.training.load import BUSY_SECONDS, QUIET_SHARE, Share, holds
from explorer.training.pictures import Pictures
from explorer.training.probe import plan
from tests.training.jobs import LINEAR, digits, job

CPU = torch.device("cpu")

# On one processor with others that want it too: the share of the time that it had.
CONTENDED = """
import os, subprocess, sys, time
from explorer.training.load import Share
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
forever = [sys.executable, "-c", "while True: pass"]
busy = [subprocess.Popen(forever) for _ in range(int(sys.argv[1]))]
share = Share()
while time.thread_time() < 0.5: pass
print(share.until_now())
for one in busy: one.kill(); one.wait()
"""


def _share(beside: int) -> float:
    done = subprocess.run(
        [sys.executable, "-c", CONTENDED, str(beside)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are chosen on Linux")
def test_beside_three_others_on_one_processor_it_is_far_from_quiet():
    assert _share(3) < 0.6 < QUIET_SHARE


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    now = {"wall": 10.0, "own": 3.0}
    monkeypatch.setattr(load.time, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(load.time, "thread_time", lambda: now["own"])
    return now


def test_the_thread_that_waited_longest_decides(
    clock: dict[str, float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def waited(**nanoseconds: int) -> None:
        for thread, number in nanoseconds.items():
            (tmp_path / thread).mkdir(exist_ok=True)
            (tmp_path / thread / "schedstat").write_text(f"123456789 {number} 42\n")

    monkeypatch.setattr(load, "_THREADS", tmp_path)
    waited(main=5_000_000_000, other=0)
    share = Share()
    assert share.until_now() == 1
    clock["wall"] += 4  # the clock of the thread stands still: it sleeps, and nobody else works
    assert share.until_now() == 1
    waited(main=5_400_000_000, other=1_000_000_000, new=200_000_000)
    assert share.until_now() == 0.75
    waited(other=9_000_000_000)
    assert share.until_now() == 0


def test_where_the_system_does_not_say_its_own_time_decides(
    clock: dict[str, float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(load, "_THREADS", tmp_path / "absent")
    share = Share()
    assert share.until_now() == 1
    clock["wall"] += 4
    assert share.until_now() == 0
    clock["own"] += 1
    assert share.until_now() == 0.25
    clock["own"] += 3.1  # two clocks
    assert share.until_now() == 1


@pytest.mark.parametrize(
    ("share", "age", "quiet_seconds", "expected"),
    [
        (1.0, 1e6, None, True),
        (QUIET_SHARE, 1e6, None, True),
        (0.5, BUSY_SECONDS - 20, None, True),
        (0.5, BUSY_SECONDS + 1, None, False),
        (0.9, BUSY_SECONDS + 1, 3600, True),
        (0.9, 3601, 3600, False),
    ],
)
def test_a_number_holds_for_a_time(
    share: float, age: float, quiet_seconds: float | None, expected: bool, tmp_path: Path
):
    path = tmp_path / "number"
    path.touch()
    then = time.time() - age
    os.utime(path, (then, then))
    assert holds(path, share, quiet_seconds) is expected


@pytest.fixture
def gives(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the machine gives to who measures."""
    given = {"share": 1.0}
    monkeypatch.setattr(Share, "until_now", lambda _self: given["share"])
    monkeypatch.setattr(probe, "_SECONDS_PER_CHOICE", 0.01)
    monkeypatch.setattr(forecasting, "_MEASURED_SECONDS", 0.02)
    return given


def _age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_plan_of_a_busy_machine_is_made_anew_and_that_of_a_quiet_one_stays(
    gives: dict[str, float],
):
    pictures, chosen = Pictures(digits().train, CPU), job(LINEAR)
    path = probe._path(chosen, len(pictures), CPU)
    gives["share"] = 0.45
    busy = plan(chosen, pictures, CPU)
    assert busy.share == 0.45
    assert plan(chosen, pictures, CPU) == busy, "not measured at every start"
    _age(path, BUSY_SECONDS + 1)
    gives["share"] = 0.98
    quiet = plan(chosen, pictures, CPU)
    assert quiet.share == 0.98
    _age(path, 1e7)
    gives["share"] = 0.3
    assert plan(chosen, pictures, CPU) == quiet


def test_a_forecast_of_a_busy_machine_says_so_and_is_made_anew(gives: dict[str, float]):
    chosen = job(LINEAR)
    gives["share"] = 0.45
    first = forecast(chosen)
    assert first.busy and first.lasts == BUSY_SECONDS
    assert recall(chosen) == first
    _age(forecasting._path(chosen), BUSY_SECONDS + 1)
    assert recall(chosen) is None
    gives["share"] = 0.98
    second = forecast(chosen)
    assert not second.busy and second.lasts == FRESH_SECONDS
    _age(forecasting._path(chosen), BUSY_SECONDS + 1)
    assert recall(chosen) == second
    assert not replace(second, share=QUIET_SHARE).busy
