"""Batches from a shared pool of pictures, which nobody copies."""

import pytest
import torch

from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Split
from explorer.datasets.reference import DatasetRef
from explorer.network.spec import InputShape
from explorer.training.pictures import Pictures

CPU = torch.device("cpu")


@pytest.fixture
def split() -> Split:
    """Every third of 60 pictures, in the layout that the cache has."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (60, 5, 4, 3), generator=generator).byte()
    rows = torch.arange(0, 60, 3)
    return Split(pixels.permute(0, 3, 1, 2), torch.arange(60)[rows], rows)


def test_batches_are_the_splits_own_pictures(split: Split):
    pictures = Pictures(split, CPU)
    indices = torch.tensor([19, 0, 7])
    images, labels = pictures.batch(indices)
    assert torch.equal(images, split.images[indices].float() / 255)
    assert torch.equal(images, split.pool[indices * 3].float() / 255)
    assert labels.tolist() == [57, 0, 21]
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(torch.cat(list(pictures.in_order(7))), split.images.float() / 255)
    assert len(list(pictures.in_order(7))) == 3


def test_a_split_without_rows_is_its_pool(split: Split):
    whole = Split(split.pool, torch.arange(60))
    pictures = Pictures(whole, CPU)
    assert torch.equal(pictures.batch(torch.tensor([5]))[0], split.pool[5:6].float() / 255)
    assert torch.equal(torch.cat(list(pictures.in_order(50))), split.pool.float() / 255)


def test_nothing_is_copied_on_the_processor(split: Split):
    assert Pictures(split, CPU)._pool.data_ptr() == split.pool.data_ptr()
    row = Split(split.pool, torch.arange(10), torch.arange(20, 30))
    assert row.images.data_ptr() == split.pool[20].data_ptr()


def test_the_sets_of_a_data_set_share_one_pool():
    dataset = prepare(DatasetRef(source="digits"), InputShape(channels=1, height=8, width=8))
    pools = {one.pool.data_ptr() for one in (dataset.train, dataset.validation, dataset.test)}
    assert len(pools) == 1
    assert len(dataset.train.pool) == 1797
