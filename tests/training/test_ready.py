"""What cannot be trained is refused before it takes memory, in words and numbers."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torchvision.models import resnet18

from explorer.datasets.reference import DatasetRef
from explorer.network.block_pretrained import Pretrained
from explorer.network.layers import Conv2d, Flatten, Linear
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training import device, loop, ready
from explorer.training.events import Failed, Finished, Started
from explorer.training.failures import explain_memory
from explorer.training.recipe import Contender, Job, Recipe
from tests.training.jobs import CNN, DIGITS, DROPOUT, LINEAR, SMALL_INPUT, digits, job, of, run


def network(*layers: Any) -> NetworkSpec:
    return NetworkSpec(name="Mine", input=SMALL_INPUT, layers=layers)


def failure(*networks: Any, **recipe: Any) -> Failed:
    (event,) = run(job(*networks, **recipe))
    assert isinstance(event, Failed)
    return event


def test_the_wrong_number_of_classes():
    event = failure(network(Flatten(), Linear(out_features=7)))
    assert event.what == "“Mine” puts out 7 values for a picture, but Digits has 10 classes."
    assert "Linear layer of 10 out_features" in event.remedy


def test_no_row_of_values_at_the_end():
    assert "puts out 3×6×6 values" in failure(network(Conv2d(out_channels=3, kernel_size=3))).what


def test_a_layer_that_does_not_fit():
    event = failure(network(Conv2d(out_channels=3, kernel_size=11), Flatten()))
    assert event.what.startswith("Layer `conv1` cannot work")


def test_data_prepared_for_another_input():
    (event,) = loop.train(job(CNN), dataset=digits())
    assert isinstance(event, Failed)
    assert "(1, 28, 28)" in event.what and "(1, 8, 8)" in event.what


def test_batch_normalisation_of_one_picture():
    assert "needs more than 1 picture" in failure(DROPOUT, batch_size=1).what
    assert isinstance(run(job(LINEAR, batch_size=1))[-1], Finished)


def test_too_little_memory_names_a_batch_size_that_fits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ready, "available_memory", lambda _device: 2_000_000)
    event = failure(DROPOUT, batch_size=8192)
    assert "batches of 8,192 pictures needs about" in event.what
    fitting = int(
        event.remedy.removeprefix("Use a batch_size of at most ").rstrip(".").replace(",", "")
    )
    assert isinstance(run(job(DROPOUT, batch_size=fitting))[-1], Finished)
    assert "batch_size of at most" in failure(DROPOUT, batch_size=fitting + 1).remedy
    monkeypatch.setattr(ready, "available_memory", lambda _device: 100)
    assert failure(DROPOUT).remedy == "Use a smaller network."
    monkeypatch.setattr(ready, "available_memory", lambda _device: None)
    assert isinstance(run(job(DROPOUT))[-1], Finished)


def test_memory_that_runs_out_is_explained():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(10**14)
    explained = explain_memory(caught.value, job(CNN))
    assert explained is not None and "batch_size of 32" in explained.remedy
    assert explain_memory(torch.OutOfMemoryError("CUDA out of memory."), job(CNN)) is not None
    assert explain_memory(RuntimeError("something else"), job(CNN)) is None


def test_other_errors_are_not_swallowed(monkeypatch: pytest.MonkeyPatch):
    def broken(*_args: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(loop, "ready", broken)
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        run(job(CNN))


def test_the_machine_is_described():
    cpu = torch.device("cpu")
    assert device.describe_device(cpu).startswith("CPU, ")
    memory = device.available_memory(cpu)
    assert memory is None or memory > 1_000_000
    started = of(run(job(LINEAR)), Started)[0]
    assert started.device.startswith(("CPU, ", "GPU: "))


@pytest.mark.parametrize(
    "recipe",
    [
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"batch_size": 0},
        {"batch_size": 10**9},
        {"epochs": 0},
        {"momentum": 1},
        {"validation_fraction": 0},
        {"optimizer": "magic"},
        {"unknown": 1},
    ],
)
def test_recipes_are_bounded(recipe: dict[str, Any]):
    with pytest.raises(ValidationError):
        Recipe(**recipe)


def test_every_choice_is_explained():
    assert all(field.description for field in Recipe.model_fields.values())


def test_jobs_survive_json_and_contenders_can_be_told_apart():
    chosen = job(CNN, LINEAR.model_copy(update={"input": TUTORIAL_CNN.input}))
    assert Job.model_validate_json(chosen.model_dump_json()) == chosen
    with pytest.raises(ValidationError, match="different names"):
        job(CNN, CNN)
    with pytest.raises(ValidationError, match="same input shape"):
        job(CNN, LINEAR)
    with pytest.raises(ValidationError):
        Job(contenders=(), dataset=DIGITS)
    with pytest.raises(ValidationError):
        Contender(name="", network=TUTORIAL_CNN)
    with pytest.raises(ValidationError, match="archive"):
        DatasetRef(source="folder")


def test_frozen_layers_need_less_memory():
    def needed(*, frozen: bool, tested_weights: str) -> int:
        block = Pretrained(model="resnet18", weights="random", frozen=frozen)
        shape = InputShape(channels=3, height=32, width=32)
        spec = NetworkSpec(
            name="Mine", input=shape, layers=(block, Flatten(), Linear(out_features=10))
        )
        one = job(spec, tested_weights=tested_weights)
        return ready.weight_bytes(one, [trace(spec)])

    of_model = sum(weight.numel() for weight in resnet18().parameters()) - 1000 * 513
    for tested_weights in ("last", "best"):
        learning = needed(frozen=False, tested_weights=tested_weights)
        less = learning - needed(frozen=True, tested_weights=tested_weights)
        assert less == 3 * 4 * of_model  # a gradient and two numbers that Adam remembers
