"""A batch that does not fit into memory is looked at in two halves; then what fits is said."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.training import session
from explorer.training.device import HalvesTooLargeError
from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    EventAdapter,
    Failed,
    Finished,
)
from explorer.training.learner import Learner
from explorer.training.told import told_by
from tests.training.jobs import LINEAR, job, of, run
from tests.training.learners import NETWORK, batches, learner

ROOT = Path(__file__).resolve().parents[2]


def allows(largest: int) -> Callable[[nn.Module, tuple[Tensor]], None]:
    """A hook before `forward` that refuses batches of more pictures, as PyTorch does."""

    def hook(module: nn.Module, inputs: tuple[Tensor]) -> None:
        if module.training and len(inputs[0]) > largest:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    return hook


def limited(monkeypatch: pytest.MonkeyPatch, largest: int) -> None:
    """From here on the first contender of a training can only look at so many pictures at once."""

    class Limited(Learner):
        def __init__(self, contender: Any, *rest: Any) -> None:
            super().__init__(contender, *rest)
            if contender.name == "Linear":
                self.network.register_forward_pre_hook(allows(largest))

    monkeypatch.setattr(session, "Learner", Limited)


@pytest.mark.parametrize("recipe", [{}, {"class_weights": "balanced", "label_smoothing": 0.1}])
def test_halves_take_the_same_step_as_the_whole(recipe: dict[str, Any]):
    whole, halves = learner(**recipe), learner(**recipe)
    halves.network.register_forward_pre_hook(allows(40))
    for number, (images, labels) in enumerate(batches(3), 1):
        expected, came = (each.step(images, labels, number) for each in (whole, halves))
        torch.testing.assert_close(came, expected)
    assert (whole.halved_at, halves.halved_at) == (None, 1)
    for name, weight in whole.network.state_dict().items():
        torch.testing.assert_close(halves.network.state_dict()[name], weight)


def test_a_run_goes_on_in_halves_and_says_so(monkeypatch: pytest.MonkeyPatch):
    chosen = job(LINEAR, NETWORK, epochs=2)
    expected = of(run(chosen), EpochEnd)
    limited(monkeypatch, 32)
    events = run(chosen, pace=0.0)
    (halved,) = of(events, BatchHalved)
    assert (halved.step, halved.contender, halved.batch_size) == (1, "Linear", 64)
    assert isinstance(events[-1], Finished)
    for came, before in zip(of(events, EpochEnd), expected, strict=True):
        for one, other in zip(came.train, before.train, strict=True):
            assert one.loss == pytest.approx(other.loss, rel=1e-4)
    assert told_by(events).knows(halved)


def test_after_a_death_it_is_not_said_again_and_also_not_kept_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """The process dies right after it was said, or right before: nothing else was told since."""
    limited(monkeypatch, 32)
    chosen = job(LINEAR, NETWORK, epochs=2)
    first = run(chosen, pace=0.0, directory=tmp_path / "whole")
    place = next(n for n, event in enumerate(first) if isinstance(event, BatchHalved))
    for known, times in ((place + 1, 0), (place, 1)):
        again = run(chosen, pace=0.0, directory=tmp_path / f"{known}", told=told_by(first[:known]))
        assert len(of(again, BatchHalved)) == times
        assert isinstance(again[-1], Finished)


def test_halves_that_do_not_fit_either_end_it_with_what_may(monkeypatch: pytest.MonkeyPatch):
    limited(monkeypatch, 31)
    failed = run(job(LINEAR))[-1]
    assert isinstance(failed, Failed)
    assert "not even for half a batch" in failed.what and "batch_size of 16" in failed.remedy


def test_batches_too_small_to_halve_and_other_errors_are_as_before():
    small = learner()
    small.network.register_forward_pre_hook(allows(1))
    images, labels = batches(1)[0]
    with pytest.raises(RuntimeError, match="can't allocate"):
        small.step(images[:3], labels[:3], 1)
    with pytest.raises(HalvesTooLargeError):
        small.step(images, labels, 1)
    with pytest.raises(RuntimeError, match=r"shape|size|channels"):
        learner().step(images[:, :, :2], labels, 1)


def test_a_checkpoint_keeps_that_batches_are_halved():
    before, after = learner(), learner()
    before.network.register_forward_pre_hook(allows(40))
    before.step(*batches(1)[0], 1)
    after.load_state(before.state())
    assert after.halved_at == 1
    state = learner().state()
    del state.numbers["halved_at"]  # as earlier releases wrote it
    after.load_state(state)
    assert after.halved_at is None


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
def test_a_process_that_is_refused_memory_trains_in_halves():
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.memory_limit"],
        cwd=ROOT,
        # Or glibc may set aside 64 MB of the limit for a second thread, whenever two collide.
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    events = [EventAdapter.validate_json(line) for line in done.stdout.splitlines()]
    assert [event.contender for event in of(events, BatchHalved)] == ["Wide"]
    assert isinstance(events[-1], Finished)
