"""A run of any length, stopped anywhere, sees what it would have seen."""

from itertools import chain, islice
from unittest.mock import patch

import mmengine.dataset.sampler
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_properties.shapes import LENGTHS, SEEDS

samplers = pytest.importorskip('regioncl_mm.resume.samplers')

SHUFFLED = dict(type='DefaultSampler', shuffle=True)
ENDLESS = dict(type='InfiniteSampler', shuffle=True)
PROCESSES = st.integers(1, 4)


def of_process(config, length, rank, processes):
    """The sampler of one of several processes."""
    info = rank, processes
    with patch.object(
        mmengine.dataset.sampler, 'get_dist_info', lambda: info
    ), patch.object(samplers, 'get_dist_info', lambda: info):
        sampler = samplers.ResumableSampler(config, range(length))
    return sampler, info


def drawn(config, length, rank, processes, seed, epoch, start=0, count=None):
    """Indices and their seeds, from a place in an epoch on."""
    sampler, info = of_process(config, length, rank, processes)
    sampler.begin(seed, epoch, start)
    with patch.object(
        mmengine.dataset.sampler, 'get_dist_info', lambda: info
    ), patch.object(samplers, 'get_dist_info', lambda: info):
        return [(int(i), i.seed) for i in islice(sampler, count)]


@given(LENGTHS, PROCESSES, SEEDS, st.integers(0, 3), st.data())
def test_an_epoch_goes_on_where_it_stopped(
    length, processes, seed, epoch, data
):
    rank = data.draw(st.integers(0, processes - 1))
    where = length, rank, processes, seed, epoch
    whole = drawn(SHUFFLED, *where)
    start = data.draw(st.integers(0, len(whole)))
    assert drawn(SHUFFLED, *where, start) == whole[start:]


@given(LENGTHS, PROCESSES, SEEDS, st.lists(st.integers(0, 12), max_size=5))
def test_a_run_without_epochs_goes_on_as_often_as_one_likes(
    length, processes, seed, parts
):
    where = length, processes - 1, processes, seed, 0
    found, start = [], 0
    for count in parts:
        found += drawn(ENDLESS, *where, start, count)
        start += count
    assert found == drawn(ENDLESS, *where, 0, sum(parts))


@given(LENGTHS, PROCESSES, SEEDS, st.integers(0, 3))
def test_processes_share_an_epoch_as_one_has_it(
    length, processes, seed, epoch
):
    """Sample by sample with the same seed; the first fill up the last turn."""
    alone = drawn(SHUFFLED, length, 0, 1, seed, epoch)
    assert sorted(index for index, _ in alone) == list(range(length))
    shares = [
        drawn(SHUFFLED, length, rank, processes, seed, epoch)
        for rank in range(processes)
    ]
    together = list(chain(*zip(*shares)))
    assert len({len(share) for share in shares}) == 1
    assert together[:length] == alone
    assert {index for index, _ in together} == set(range(length))


@given(LENGTHS, PROCESSES, SEEDS)
def test_no_two_samples_have_one_seed(length, processes, seed):
    """Of all epochs and processes."""
    seeds = [
        of_sample
        for epoch in range(3)
        for rank in range(processes)
        for _, of_sample in drawn(
            SHUFFLED, length, rank, processes, seed, epoch
        )
    ]
    assert len(set(seeds)) == len(seeds)
