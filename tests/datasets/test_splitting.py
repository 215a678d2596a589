"""Train, validation and test: three different sets, whatever the pictures and the choices."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.datasets.dataset import Dataset, Decoded, Part, Split
from explorer.datasets.folds import dealt
from explorer.datasets.groups import group_facts, group_numbers, name_group
from explorer.datasets.reference import Grouping
from explorer.datasets.splitting import TEST_FRACTION, split
from explorer.errors import ExplorerError


def decoded(
    labels: list[int], groups: list[int] | None = None, parts: list[int] | None = None
) -> Decoded:
    """Pictures of one pixel, each of another colour: the number of the picture in three bytes."""
    count = len(labels)
    numbers = torch.arange(count)
    pixels = torch.stack([numbers % 256, numbers // 256 % 256, torch.full((count,), 7)], dim=1)
    return Decoded(
        images=pixels.byte()[:, :, None, None],
        labels=torch.tensor(labels),
        parts=torch.tensor(parts or [0] * count, dtype=torch.uint8),
        classes=tuple(f"class {label}" for label in range(max(labels) + 1)),
        conversion="",
        groups={} if groups is None else {"name": torch.tensor(groups)},
    )


def numbers(one: Split) -> Tensor:
    """Which pictures a split holds, read from their pixels."""
    return one.images[:, 0, 0, 0].long() + 256 * one.images[:, 1, 0, 0].long()


def splits(dataset: Dataset) -> tuple[Split, Split, Split]:
    return dataset.train, dataset.validation, dataset.test


def prepared(data: Decoded, seed: int = 0, fraction: float = 0.1, **ways: object) -> Dataset:
    return split("some", data, seed=seed, validation_fraction=fraction, **ways)  # type: ignore[arg-type]


@st.composite
def any_data(draw: st.DrawFn) -> Decoded:
    count = draw(st.integers(3, 120))
    classes = draw(st.integers(1, 6))

    def of(most: int) -> st.SearchStrategy[list[int]]:
        return st.lists(st.integers(0, most), min_size=count, max_size=count)

    # Also data sets with parts of their own, of which any may be empty.
    parts = draw(st.none() | of(2))
    data = decoded(draw(of(classes - 1)), draw(of(draw(st.integers(0, 30)))), parts)
    return several(data) if draw(st.booleans()) else data


def several(data: Decoded) -> Decoded:
    """The same with labels (N, classes): each picture also shows the class of its number, or none.

    Every fifth shows none.
    """
    numbers, classes = torch.arange(len(data.labels)), len(data.classes)
    labels = torch.zeros(len(numbers), classes, dtype=torch.uint8)
    labels[numbers, data.labels] = 1
    labels[numbers, numbers % classes] = 1
    labels[numbers % 5 == 4] = 0
    return replace(data, labels=labels)


def test_pictures_of_several_labels_are_split_with_about_the_same_share_of_each() -> None:
    generator = torch.Generator().manual_seed(3)
    shares = torch.tensor([0.5, 0.2, 0.05, 0.01])
    labels = (torch.rand(2000, 4, generator=generator) < shares).byte()
    data = replace(decoded([k % 4 for k in range(2000)]), labels=labels)
    found = prepared(data, fraction=0.1)
    assert len(found.test) == pytest.approx(400, rel=0.02)
    assert len(found.validation) == pytest.approx(160, rel=0.03)
    for one, share in ((found.test, 0.2), (found.validation, 0.08)):
        wanted = share * labels.sum(dim=0)
        assert (one.labels.sum(dim=0) - wanted).abs().max() <= 3
        assert torch.equal(one.labels, labels[numbers(one)])
    of_fold = torch.stack(
        [labels[dealt(labels, None, 5, seed=0) == k].sum(dim=0) for k in range(5)]
    )
    assert (of_fold - labels.sum(dim=0) / 5).abs().max() <= 3
    assert found.multi_label and found.hash != prepared(data, seed=1).hash


@given(
    data=any_data(),
    seed=st.integers(0, 2**31),
    fraction=st.floats(0.01, 0.5),
    group=st.sampled_from(["none", "name"]),
    stratify=st.booleans(),
)
def test_every_picture_is_in_exactly_one_set(
    data: Decoded, seed: int, fraction: float, group: Grouping, stratify: bool
):
    try:
        dataset = prepared(data, seed, fraction, group=group, stratify=stratify)
    except ExplorerError as error:
        assert "cannot be divided" in error.problem
        return
    found = torch.cat([numbers(one) for one in splits(dataset)])
    assert sorted(found.tolist()) == list(range(len(data.labels)))
    for part, one in zip(Part, splits(dataset), strict=True):
        own = numbers(one)
        assert len(own) > 0
        assert torch.equal(one.labels, data.labels[own])
        assert own.tolist() == sorted(own.tolist())
        if part is not Part.TRAIN:  # what the source says is for validation or test stays so
            given_ = torch.nonzero(data.parts == part).flatten()
            assert not len(given_) or torch.equal(own, given_)
    if group == "name" and not (data.parts > 0).any():
        groups = data.groups["name"]
        kinds = [set(groups[numbers(one)].tolist()) for one in splits(dataset)]
        assert sum(map(len, kinds)) == len(set.union(*kinds))


@given(data=any_data(), seed=st.integers(0, 100))
def test_the_test_pictures_are_the_same_for_every_seed_and_validation_repeats(
    data: Decoded, seed: int
):
    try:
        one, again, other = (prepared(data, number) for number in (seed, seed, seed + 1))
    except ExplorerError:
        return
    assert torch.equal(numbers(one.test), numbers(other.test))
    assert torch.equal(numbers(one.validation), numbers(again.validation))
    assert one.hash == again.hash


def test_whole_groups_come_near_the_wanted_share_of_every_class():
    generator = torch.Generator().manual_seed(0)
    groups = torch.randint(0, 150, (3000,), generator=generator)
    labels = (groups % 3 + torch.randint(0, 2, (3000,), generator=generator)) % 3
    dataset = prepared(decoded(labels.tolist(), groups.tolist()), fraction=0.25, group="name")
    wanted = (0.8 * 0.75, 0.8 * 0.25, TEST_FRACTION)
    for one, share in zip(splits(dataset), wanted, strict=True):
        shares = one.labels.bincount(minlength=3) / labels.bincount(minlength=3)
        assert torch.allclose(shares, torch.tensor(share), atol=0.03)


def test_another_seed_chooses_other_groups():
    groups = [number // 5 for number in range(300)]
    data = decoded([number % 2 for number in range(300)], groups)
    chosen = [prepared(data, seed, group="name").validation for seed in range(4)]
    assert len({tuple(numbers(one).tolist()) for one in chosen}) == 4


def test_without_stratifying_chance_decides_about_the_classes():
    data = decoded([0] * 500 + [1] * 500)
    stratified = prepared(data, fraction=0.5)
    assert stratified.validation.labels.bincount().tolist() == [200, 200]
    by_chance = prepared(data, fraction=0.5, stratify=False)
    assert len(by_chance.validation) == 400
    assert by_chance.validation.labels.bincount().tolist() != [200, 200]


def test_a_group_with_all_of_a_class_stays_where_it_can_be_learned():
    labels = [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    groups = [9, 9, 9, 1, 1, 2, 2, 3, 3, 4]
    dataset = prepared(decoded(labels, groups), group="name")
    assert dataset.train.labels.bincount().tolist()[0] == 3
    assert "There is no picture of “class 0” to test with." in dataset.notes


def test_too_few_groups_are_refused_in_words():
    data = decoded([0, 1] * 10, [0, 1] * 10)
    with pytest.raises(ExplorerError, match="as they form 2 groups") as caught:
        prepared(data, group="name")
    assert "keep nothing together" in caught.value.remedy
    assert len(prepared(data).test) == 4  # and each picture for itself it works


def test_a_class_that_only_the_test_has_is_told():
    dataset = prepared(decoded([0, 0, 0, 1, 1, 1, 2], parts=[0, 0, 0, 0, 0, 0, 2]))
    assert "There is no picture of “class 2” to train on." in dataset.notes
    assert "There is no picture of “class 0”, “class 1” to test with." in dataset.notes


@pytest.mark.parametrize(
    "change",
    [
        lambda data: replace(data, images=data.images.flip(0)),
        lambda data: replace(data, labels=data.labels.flip(0)),
        lambda data: replace(data, classes=(*data.classes[:-1], "renamed")),
        lambda data: replace(data, parts=data.parts.flip(0)),
    ],
)
def test_the_hash_tells_pictures_labels_classes_and_parts(change):
    data = decoded([0] * 10 + [1] * 20, parts=[2] * 5 + [0] * 25)
    assert (
        prepared(data).hash == prepared(decoded([0] * 10 + [1] * 20, parts=[2] * 5 + [0] * 25)).hash
    )
    assert len({prepared(data).hash, prepared(change(data)).hash}) == 2
    assert prepared(data, seed=1).hash != prepared(data, seed=2).hash


def test_names_that_differ_in_their_last_number_are_one_group():
    names = {
        "anna_012.jpg": "anna",
        "anna_013.JPG": "anna",
        "walk (3).png": "walk",
        "scan-7.2.jpeg": "scan-7",
        "IMG_7079_MOV-19_jpg.rf.626a2e5128d4726dede_01393.jpg": "IMG_7079_MOV",
        "0001.jpg": "",
        "no number.png": "no number",
    }
    assert {name: name_group(name) for name in names} == names


def test_pictures_of_no_group_are_groups_of_their_own():
    groups = ["a", "", "a", "b", ""]
    assert len(group_numbers(groups).unique()) == 4
    assert int(group_numbers(groups)[0]) == int(group_numbers(groups)[2])
    facts = group_facts(groups, [0, 0, 2, 0, 2])
    assert (facts.count, facts.largest, facts.shared) == (4, ("a", 2), 1)
