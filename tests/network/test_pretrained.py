"""Pretrained blocks: torchvision's layers, read-only, frozen or not; advice on them."""

from typing import Any

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, Normalisation, edit
from explorer.network.advice import advice
from explorer.network.blocks import Pretrained, is_inside, read_only_paths
from explorer.network.build import build
from explorer.network.extractors import EXTRACTORS
from explorer.network.layers import (
    BatchNorm2d,
    Conv2d,
    ReLU,
)
from explorer.network.shapes import trace
from explorer.network.summary_text import summary_text
from tests.network.extractor_files import HEAD, MODELS, network, of_torchvision


@pytest.mark.parametrize("model", MODELS)
def test_the_layers_are_torchvisions(model: str) -> None:
    side = max(64, EXTRACTORS[model].smallest)
    spec = network(Pretrained.model_validate({"model": model, "weights": "random"}), side=side)
    torch.manual_seed(0)
    theirs, ours = of_torchvision(model), build(spec).eval()
    weights = theirs.state_dict().values()
    assert [value.shape for value in ours.state_dict().values()] == [each.shape for each in weights]
    ours.load_state_dict(dict(zip(ours.state_dict(), weights, strict=True)))
    pixels = torch.rand(2, 3, side, side + 3)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        expected = theirs(pixels[:1, :, :, :side])
    traced = trace(spec)
    with torch.no_grad():
        torch.testing.assert_close(ours(pixels), theirs(pixels), rtol=1e-4, atol=1e-4)
    assert traced.output_shape == tuple(expected.shape[1:])
    assert traced.parameters == sum(parameter.numel() for parameter in theirs.parameters())
    assert traced.mult_adds == counter.get_total_flops() / 2


@pytest.mark.parametrize("model", MODELS)
def test_the_smallest_picture_is_what_pytorch_says(model: str) -> None:
    smallest = EXTRACTORS[model].smallest
    layers = of_torchvision(model)
    with torch.no_grad():
        assert layers(torch.rand(1, 3, smallest, smallest)).numel() > 0
        for smaller in ((smallest - 1, smallest), (smallest, smallest - 1)) if smallest > 1 else ():
            with pytest.raises(RuntimeError):
                layers(torch.rand(1, 3, *smaller))


def test_every_model_of_the_field_is_known() -> None:
    assert set(MODELS) == set(EXTRACTORS)
    for model in MODELS:
        assert torchvision.models.get_model_weights(model)["IMAGENET1K_V1"].url


def test_rows_inside_have_the_names_of_modules_and_a_receptive_field() -> None:
    spec = network(Pretrained(model="resnet18"), *HEAD)
    traced, built = trace(spec), build(spec)
    for row in traced.rows:
        module = built.get_submodule(row.name)
        assert sum(each.numel() for each in module.parameters()) == row.parameters
        assert row.frozen == (row.name.startswith("features1"))
    assert traced.rows[0].receptive_field
    field = traced.rows[0].receptive_field[0]
    assert (field.size, field.jump) == (435, 32)  # of ResNet-18: Araujo, Norris and Sim, 2019
    assert (traced.frozen_parameters, traced.trainable_parameters) == (11_176_512, 5_130)


# Frozen


def test_frozen_layers_stay_as_they_are_in_training() -> None:
    spec = network(Pretrained(model="googlenet", weights="random"), *HEAD)
    built = build(spec).train()
    before = {name: value.clone() for name, value in built.state_dict().items()}
    learning = [name for name, each in built.named_parameters() if each.requires_grad]
    assert learning == ["fc1.weight", "fc1.bias"]
    optimizer = torch.optim.SGD(built.parameters(), 0.1)
    built(torch.rand(4, 3, 64, 64)).sum().backward()
    optimizer.step()
    changed = {name for name, value in built.state_dict().items() if not value.equal(before[name])}
    assert changed == {"fc1.weight", "fc1.bias"}
    free = build(network(Pretrained(weights="random", frozen=False), *HEAD)).train()
    free(torch.rand(4, 3, 64, 64)).sum().backward()
    assert all(each.grad is not None for each in free.parameters())
    assert any(buffer.count_nonzero() for buffer in free.buffers())  # BatchNorm has counted


def test_totals_tell_what_learns() -> None:
    spec = network(Pretrained(model="vgg11"), *HEAD)
    frozen, free = (trace(edit.change(spec, (0,), frozen=value)) for value in (True, False))
    assert frozen.parameters == free.parameters == 9_225_610
    assert (frozen.trainable_parameters, free.trainable_parameters) == (5_130, 9_225_610)
    text = summary_text(frozen, "own")
    assert "Trainable parameters: 5,130\nFrozen parameters: 9,220,480\n" in text
    assert "Frozen" not in summary_text(free, "own")
    weights = 4 * (9_220_480 + 5_130 * 3)
    first, second = (frozen.training_bytes(size) for size in (0, 8))
    assert first == weights and free.training_bytes(0) == 4 * 3 * 9_225_610
    assert second - first < (free.training_bytes(8) - free.training_bytes(0)) / 10


# Editing


def test_what_is_in_it_can_be_seen_but_not_edited() -> None:
    spec = network(Pretrained(model="vgg16"), *HEAD)
    assert read_only_paths(spec.layers) == ((0,),)
    assert is_inside((0, 3), (0,)) and not is_inside((0,), (0,)) and not is_inside((1, 3), (0,))
    assert edit.at(spec, (0, 0)).kind == "Conv2d"
    for change in (
        lambda: edit.change(spec, (0, 0), out_channels=3),
        lambda: edit.remove(spec, (0, 1)),
        lambda: edit.insert(spec, (0, 2), ReLU()),
        lambda: edit.move(spec, (1,), (0, 0)),
        lambda: edit.duplicate(spec, (0, 0)),
    ):
        with pytest.raises(ExplorerError) as caught:
            change()
        assert "VGG-16 belong together" in caught.value.problem
        assert "Unwrap it first" in caught.value.remedy


def test_unwrapped_the_layers_are_ones_own() -> None:
    spec = network(Pretrained(model="vgg16"), *HEAD)
    free = edit.unwrap(spec, (0,))
    assert len(free.layers) == 31 + 3
    assert trace(free).output_shape == (10,)
    assert trace(edit.change(free, (0,), out_channels=3)).failure is None
    assert trace(free).parameters == trace(spec).parameters == trace(free).trainable_parameters


# Advice


def titles(spec: NetworkSpec) -> dict[str, Any]:
    return {given.title: given for given in advice(spec, trace(spec))}


def test_the_normalisation_of_the_weights_is_advised() -> None:
    title = "The weights expect pictures normalised otherwise"
    for model, mean in (("resnet18", 0.485), ("googlenet", 0.5)):
        spec = network(Pretrained.model_validate({"model": model}), *HEAD)
        repair = titles(spec)[title].repair
        assert repair.spec.normalisation.mean[0] == mean
        assert title not in titles(repair.spec)
        half = Normalisation(mean=(0.1,) * 3, std=(0.5,) * 3)
        assert title in titles(spec.model_copy(update={"normalisation": half}))
        assert title not in titles(edit.change(spec, (0,), weights="random"))


def test_frozen_random_weights_are_advised_against() -> None:
    title = "Random weights that never learn"
    given = titles(network(Pretrained(weights="random"), *HEAD))[title]
    assert title not in titles(given.repair.spec)
    assert title not in titles(network(Pretrained(weights="random", frozen=False), *HEAD))


def test_nothing_is_advised_about_what_cannot_be_edited() -> None:
    given = titles(network(Pretrained(model="vgg16_bn"), *HEAD))
    assert "Bias before BatchNorm" not in given
    own = network(Pretrained(model="vgg16_bn"), Conv2d(kernel_size=1), BatchNorm2d(), ReLU(), *HEAD)
    assert "Bias before BatchNorm" in titles(own)
    assert not any(is_inside(advised.path, (0,)) for advised in advice(own, trace(own)))
    adapted = network(Conv2d(out_channels=3, kernel_size=1), Pretrained(), *HEAD, channels=1)
    assert "Linear maps in a row" not in titles(adapted)
