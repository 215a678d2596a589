"""Folds of cross-validation: disjoint, covering all but the test, alike, the same for a seed."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Dataset, Decoded
from explorer.datasets.folds import dealt
from explorer.datasets.reference import DatasetRef, Fold, Grouping
from explorer.errors import ExplorerError
from explorer.network.spec import InputShape
from tests.datasets.test_splitting import any_data, decoded, numbers, prepared


def turns(data: Decoded, folds: int, **ways: Any) -> list[Dataset]:
    return [prepared(data, fold=Fold(number=one + 1, of=folds), **ways) for one in range(folds)]


@settings(max_examples=50)
@given(
    data=any_data(),
    folds=st.integers(2, 8),
    group=st.sampled_from(["none", "name"]),
    stratify=st.booleans(),
)
def test_folds_are_disjoint_and_cover_all_but_the_test(
    data: Decoded, folds: int, group: Grouping, stratify: bool
):
    try:
        datasets = turns(data, folds, group=group, stratify=stratify)
    except ExplorerError as error:
        assert "too few for" in error.problem or "cannot be divided" in error.problem
        return
    alone = datasets[0].test
    validated: list[int] = []
    for dataset in datasets:
        assert torch.equal(numbers(dataset.test), numbers(alone))
        train, validation = numbers(dataset.train), numbers(dataset.validation)
        assert len(train) and len(validation)
        everything = torch.cat([train, validation, numbers(dataset.test)])
        assert sorted(everything.tolist()) == list(range(len(data.labels)))
        if group == "name":
            groups = data.groups["name"]
            kept = set(groups[train].tolist()) & set(groups[validation].tolist())
            assert not kept
        validated += validation.tolist()
    assert sorted(validated + numbers(alone).tolist()) == list(range(len(data.labels)))
    assert len({dataset.hash for dataset in datasets}) == folds


@given(
    labels=st.lists(st.integers(0, 4), min_size=10, max_size=200),
    folds=st.integers(2, 10),
    seed=st.integers(0, 100),
)
def test_folds_differ_by_one_picture_at_most_of_any_class_and_in_all(
    labels: list[int], folds: int, seed: int
):
    classes = torch.tensor(labels)
    fold_of = dealt(classes, None, folds, seed)
    assert torch.equal(fold_of, dealt(classes, None, folds, seed))
    for chosen in (fold_of, *(fold_of[classes == label] for label in set(labels))):
        sizes = chosen.bincount(minlength=folds)
        assert int(sizes.max() - sizes.min()) <= 1


def test_another_seed_deals_otherwise_and_the_test_stays():
    data = decoded([number % 3 for number in range(300)])
    first, other = (prepared(data, seed, fold=Fold(number=1, of=5)) for seed in (0, 1))
    assert not torch.equal(numbers(first.validation), numbers(other.validation))
    assert torch.equal(numbers(first.test), numbers(prepared(data, 7).test))
    assert first.notes[0].startswith("Fold 1 of 5:")


def shares(fold_of: Tensor, labels: Tensor, folds: int) -> Tensor:
    """(folds, labels): which share of each label is in each fold."""
    counts = torch.stack([labels[fold_of == fold].bincount(minlength=3) for fold in range(folds)])
    return counts / labels.bincount(minlength=3)


def test_whole_groups_spread_the_classes_about_evenly():
    generator = torch.Generator().manual_seed(0)
    groups = torch.randint(0, 150, (3000,), generator=generator)
    labels = (groups % 3 + torch.randint(0, 2, (3000,), generator=generator)) % 3
    fold_of = dealt(labels, groups, 5, seed=0)
    assert torch.allclose(shares(fold_of, labels, 5), torch.tensor(0.2), atol=0.02)


@pytest.mark.parametrize("group", ["none", "name"])
def test_more_folds_than_there_is_to_deal_are_refused(group: Grouping):
    data = decoded([0, 1] * 4, [0, 1, 2, 0, 1, 2, 0, 1], parts=[0] * 6 + [2] * 2)
    with pytest.raises(ExplorerError, match="too few for 7 folds") as caught:
        turns(data, 7, group=group)
    assert caught.value.remedy == f"Use at most {6 if group == 'none' else 3} folds."


def test_the_validation_pictures_of_the_source_are_dealt_too():
    data = decoded([0, 1] * 15, parts=[0] * 20 + [1] * 5 + [2] * 5)
    datasets = turns(data, 5)
    assert [len(dataset.validation) for dataset in datasets] == [5] * 5
    assert all(numbers(dataset.test).tolist() == [*range(25, 30)] for dataset in datasets)


def test_the_catalog_deals_the_digits():
    ref, input = DatasetRef(source="digits"), InputShape(channels=1, height=8, width=8)
    whole, turn = prepare(ref, input), prepare(ref, input, fold=Fold(number=3, of=10))
    assert torch.equal(whole.test.images, turn.test.images)
    assert len(turn.validation) in (143, 144)
    assert len(turn.train) + len(turn.validation) == len(whole.train) + len(whole.validation)


def test_there_is_no_fold_beyond_the_last():
    with pytest.raises(ValueError, match="no fold 4 of 3"):
        Fold(number=4, of=3)
