"""Batches of an evaluation are read once, if they are small."""

import pytest
import torch
from mmengine.dataset import default_collate
from torch.utils.data import DataLoader, Dataset

from regioncl_mm.evaluation import held_batches
from regioncl_mm.evaluation.held_batches import HeldBatches


class Reads(Dataset):
    """Image i is i, of 8 bytes; it counts how often one is read."""

    count = 0

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.count += 1
        image = torch.full((2, 2, 2), index, dtype=torch.uint8)
        return dict(inputs=image, data_samples=str(index))


@pytest.fixture
def batches():
    return HeldBatches(
        DataLoader(Reads(), batch_size=2, collate_fn=default_collate)
    )


def levels(batches):
    return [batch['inputs'][:, 0, 0, 0].tolist() for batch in batches]


EXPECTED = [[0, 1], [2, 3], [4]]


def test_they_are_read_once(batches):
    for _ in range(3):
        assert levels(batches) == EXPECTED
    assert batches.dataset.count == 5


def test_what_a_reader_does_to_a_batch_is_forgotten(batches):
    for _ in range(2):
        for batch in batches:
            assert batch.pop('inputs').dtype == torch.uint8
    assert levels(batches) == EXPECTED


def test_a_reader_that_stops_early_leaves_no_part(batches):
    next(iter(batches))
    assert levels(batches) == levels(batches) == EXPECTED


@pytest.mark.parametrize('room, reads', [(47, 10), (48, 5)])
def test_large_ones_are_read_anew(batches, monkeypatch, room, reads):
    """Three batches of at most 16 bytes."""
    monkeypatch.setattr(held_batches, 'MAX_BYTES', room)
    assert levels(batches) == levels(batches) == EXPECTED
    assert batches.dataset.count == reads
