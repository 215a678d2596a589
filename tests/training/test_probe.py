"""The probe: chooses what is faster, once for each job and machine."""

import time
from pathlib import Path

import pytest
import torch

from explorer.settings import settings
from explorer.training import probe
from explorer.training.pictures import Pictures
from explorer.training.probe import Plan, plan
from tests.training.jobs import LINEAR, digits, job

CPU = torch.device("cpu")


@pytest.fixture
def pictures() -> Pictures:
    return Pictures(digits().train, CPU)


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int], float]:
    """Step times by precision and threads in place of measured ones."""
    times: dict[tuple[str, int], float] = {}

    def pretend(_job, _pictures, _device, precision, threads) -> Plan:
        return Plan(precision, threads, times[precision, threads])

    monkeypatch.setattr(probe, "_try", pretend)
    monkeypatch.setattr(probe, "_with_graphs", lambda _job, _pictures, _device, best: best)
    monkeypatch.setattr(probe, "supports_bf16", lambda _device: True)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    return times


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({("fp32", 8): 1.0, ("bf16", 8): 0.5}, ("bf16", 8)),
        ({("fp32", 8): 1.0, ("bf16", 8): 0.97}, ("fp32", 8)),
        ({("fp32", 8): 1.0, ("bf16", 8): 2.0}, ("fp32", 8)),
        ({("fp32", 8): 0.002, ("bf16", 8): 0.003, ("fp32", 1): 0.001}, ("fp32", 1)),
        ({("fp32", 8): 0.002, ("bf16", 8): 0.001, ("bf16", 1): 0.003}, ("bf16", 8)),
        # where others want the processors too, threads that wait for each other are slow
        ({("fp32", 8): 0.2, ("bf16", 8): 0.3, ("fp32", 1): 0.02}, ("fp32", 1)),
    ],
)
def test_the_fastest_is_chosen_if_it_is_worth_it(timed, pictures: Pictures, times, expected):
    timed.update(times)
    chosen = plan(job(LINEAR, precision="auto"), pictures, CPU)
    assert (chosen.precision, chosen.threads) == expected
    assert chosen.step_seconds == times[expected]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_precision_that_was_asked_for_is_kept(timed, pictures: Pictures, precision: str):
    timed.update({("fp32", 8): 1.0, ("bf16", 8): 1.0})
    assert plan(job(LINEAR, precision=precision), pictures, CPU).precision == precision


def test_a_gpu_without_bf16_is_tried_in_fp16(
    timed, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(probe, "supports_bf16", lambda _device: False)
    monkeypatch.setattr(probe, "describe_device", lambda _device: "GPU: an old one")
    timed.update({("fp32", 8): 1.0, ("fp16", 8): 0.5})
    gpu = torch.device("cuda")
    assert plan(job(LINEAR, precision="auto"), pictures, gpu).precision == "fp16"
    timed.update({("fp32", 8): 0.002, ("fp16", 8): 0.0025})  # and not with fewer threads
    assert plan(job(LINEAR, precision="auto", batch_size=63), pictures, gpu).precision == "fp32"


def test_a_deterministic_run_leaves_nothing_to_measurement(timed, pictures: Pictures):
    timed.update({("fp32", 8): 0.002, ("bf16", 8): 0.0001, ("fp32", 1): 0.0001})
    chosen = plan(job(LINEAR, precision="auto", deterministic=True), pictures, CPU)
    assert (chosen.precision, chosen.threads) == ("fp32", 8)


def test_augmentation_is_part_of_a_timed_step(pictures: Pictures, monkeypatch: pytest.MonkeyPatch):
    steps: list[int] = []

    def augmenter(_recipe):
        def augment(images: torch.Tensor, step: int) -> torch.Tensor:
            steps.append(step)
            time.sleep(0.02)
            return images

        return augment

    monkeypatch.setattr(probe, "augmenter", augmenter)
    assert plan(job(LINEAR), pictures, CPU).step_seconds > 0.02
    assert steps[:2] == [1, 2]


def test_a_single_quick_step_decides_nothing(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Uneven:
        def __init__(self, *_: object) -> None:
            pass

        def step(
            self, _images: torch.Tensor, _labels: torch.Tensor, number: int
        ) -> tuple[torch.Tensor, torch.Tensor]:
            time.sleep(0 if number == 3 else 0.02)
            return torch.zeros(()), torch.zeros(1, 10)

    monkeypatch.setattr(probe, "Learner", Uneven)
    assert plan(job(LINEAR), pictures, CPU).step_seconds > 0.02


def test_the_choice_is_remembered_for_the_job_whatever_its_seed(timed, pictures: Pictures):
    timed.update({("fp32", 8): 1.0, ("bf16", 8): 0.5})
    first = plan(job(LINEAR, precision="auto"), pictures, CPU)
    timed.update({("fp32", 8): 0.1, ("bf16", 8): 0.5, ("fp32", 1): 0.2})
    assert plan(job(LINEAR, precision="auto", seed=5), pictures, CPU) == first
    assert plan(job(LINEAR, precision="auto", batch_size=32), pictures, CPU).precision == "fp32"


def test_a_damaged_memory_is_asked_anew(timed, pictures: Pictures):
    timed.update({("fp32", 8): 1.0, ("bf16", 8): 0.5})
    chosen = job(LINEAR, precision="auto")
    first = plan(chosen, pictures, CPU)
    (file,) = (settings().data_dir / "cache" / "plans").iterdir()
    file.write_text('{"precision": "fp')
    assert plan(chosen, pictures, CPU) == first


def test_without_a_place_to_remember_training_goes_on(
    timed, pictures: Pictures, own_data_dir: Path
):
    timed.update({("fp32", 8): 1.0, ("bf16", 8): 0.5})
    own_data_dir.write_text("a file, not a folder")
    assert plan(job(LINEAR, precision="auto"), pictures, CPU).precision == "bf16"


def test_real_steps_are_timed(pictures: Pictures):
    torch.set_num_threads(2)  # given back by the fixture
    chosen = plan(job(LINEAR, precision="auto"), pictures, CPU)
    assert chosen.step_seconds > 0
    assert 1 <= chosen.threads <= torch.get_num_threads() == 2
