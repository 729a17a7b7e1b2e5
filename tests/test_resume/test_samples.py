"""Samples and their seeds, from any place on."""

import pickle
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.registry import DATASETS
from mmengine.runner import Runner

from regioncl_mm.resume import (
    ResumableSampler,
    SeededIndex,
    begin,
    is_endless,
    resumable,
)

SEED = 5


@DATASETS.register_module(force=True)
class Draws:
    """Each sample is its index and a number of each generator."""

    size = 10

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        import random

        assert type(index) is int
        return [
            index,
            random.getrandbits(32),
            int(np.random.randint(2**31)),
            int(torch.randint(2**31, ())),
        ]


def loader_of(batch_size=3, workers=0, sampler='DefaultSampler', **changes):
    return Runner.build_dataloader(
        resumable(
            dict(
                batch_size=batch_size,
                num_workers=workers,
                persistent_workers=workers > 0,
                sampler=dict(type=sampler, shuffle=True),
                dataset=dict(type='Draws'),
                collate_fn=dict(type='pseudo_collate'),
                **changes,
            )
        ),
        seed=None,
    )


def samples_of(loader, epoch, batch, batches=None):
    """The samples of an epoch from a batch on."""
    begin(loader, SEED, epoch, batch)
    return [
        list(sample)
        for columns in islice(loader, batches)
        for sample in zip(*columns)
    ]


@pytest.fixture(scope='module')
def whole():
    return {epoch: samples_of(loader_of(), epoch, 0) for epoch in (0, 1)}


def test_the_order_is_that_of_mmengine_with_this_seed(whole):
    for epoch, samples in whole.items():
        sampler = DefaultSampler(range(10), shuffle=True, seed=SEED)
        sampler.set_epoch(epoch)
        assert [sample[0] for sample in samples] == list(sampler)
    drawn = [tuple(sample[1:]) for x in whole.values() for sample in x]
    assert len(set(drawn)) == 20


@pytest.mark.parametrize('batch', range(5))
def test_an_epoch_from_any_batch_on(batch, whole):
    assert samples_of(loader_of(), 1, batch) == whole[1][3 * batch :]


@pytest.mark.parametrize('options', [dict(batch_size=2), dict(workers=2)])
def test_neither_batches_nor_workers_change_a_sample(options, whole):
    loader = loader_of(**options)
    assert samples_of(loader, 0, 2) == whole[0][2 * loader.batch_size :]
    # The next one is whole again, by the workers that are there.
    assert samples_of(loader, 1, 0) == whole[1]


def test_what_was_drawn_before_changes_nothing(whole):
    loader = loader_of()
    begin(loader, SEED, 0, 0)
    samples = []
    for columns in loader:
        samples += [list(sample) for sample in zip(*columns)]
        torch.rand(3), np.random.rand(5)
    assert samples == whole[0]


def test_processes_share_the_samples_of_one(whole, monkeypatch):
    """Whatever their number, a place has its seed."""
    shares = []
    for rank in range(2):
        for module in (
            'mmengine.dataset.sampler',
            'regioncl_mm.resume.samplers',
        ):
            monkeypatch.setattr(
                f'{module}.get_dist_info', lambda place=(rank, 2): place
            )
        shares.append(samples_of(loader_of(batch_size=1), 0, 1))
    assert shares == [whole[0][2::2], whole[0][3::2]]


def test_a_sampler_without_end():
    loader = loader_of(sampler='InfiniteSampler')
    assert is_endless(loader) and not is_endless(loader_of())
    first = samples_of(loader, 0, 0, batches=9)
    endless = InfiniteSampler(range(10), seed=SEED)
    assert [x[0] for x in first] == list(islice(endless, 27))
    assert samples_of(loader, 0, 5, batches=4) == first[15:]
    # An image that comes again is drawn anew.
    assert len({tuple(sample) for sample in first}) == 27


def test_batches_of_a_batch_sampler():
    loader = loader_of(
        batch_sampler=dict(type=torch.utils.data.BatchSampler, drop_last=True),
    )
    first = samples_of(loader, 0, 0)
    assert len(first) == 9
    assert samples_of(loader, 0, 2) == first[6:]
    assert samples_of(loader, 0, 0) == first


def test_a_seed_of_the_config_is_kept():
    sampler = ResumableSampler(
        dict(type='DefaultSampler', seed=8), dataset=range(10)
    )
    sampler.begin(SEED, 0, 0)
    assert list(sampler) == list(DefaultSampler(range(10), seed=8))


def test_what_is_built_already_begins_anew():
    loader = torch.utils.data.DataLoader(Draws(), batch_size=3)
    assert resumable(loader) is loader
    assert begin(loader, SEED, 1, 2) == 0


def test_an_index_is_one_and_keeps_its_seed():
    index = pickle.loads(pickle.dumps(SeededIndex(3, 1 << 60)))
    assert [10, 11, 12, 13][index] == 13
    assert index.seed == 1 << 60


def test_attributes_are_those_of_the_data_set():
    data_set = loader_of().dataset
    assert data_set.size == 10 and len(data_set) == 10
    again = pickle.loads(pickle.dumps(data_set))
    assert again.size == 10
    with pytest.raises(AttributeError):
        getattr(data_set, 'nothing')  # noqa: B009
