"""Seeds of steps, for all generators and every process."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.logging import MessageHub

from regioncl_mm.resume import mix, seed_host, seed_step, seeds
from regioncl_mm.utils import random_states_restored


@pytest.fixture(autouse=True)
def states():
    with random_states_restored():
        yield


def draws():
    return [
        random.random(),
        np.random.rand(),
        torch.rand(()).item(),
    ]


def test_neighbours_and_orders_are_told_apart():
    seen = {mix(a, b, c) for a in range(9) for b in range(9) for c in range(9)}
    assert len(seen) == 9**3
    assert len({seed & 0xFFFFFFFF for seed in seen}) == 9**3
    assert all(0 <= seed < 1 << 64 for seed in seen)


def test_all_generators_of_the_host_are_seeded():
    before = draws()
    seed_host(mix(1))
    first = draws()
    seed_host(mix(1))
    assert draws() == first
    seed_host(mix(2))
    assert not {*first, *before} & {*draws()}


def step(monkeypatch, rank, iteration, apart=True, seed=7):
    """What a process draws in a step, and what all draw alike."""
    monkeypatch.setattr(seeds, 'get_rank', lambda: rank)
    hub = MessageHub.get_instance('test_seeds')
    runner = SimpleNamespace(
        seed=seed + rank if apart else seed,
        message_hub=hub,
        _randomness_cfg=dict(diff_rank_seed=apart),
    )
    seed_step(runner, iteration)
    return draws(), hub.get_info('step_seed')


def test_processes_differ_and_agree_on_the_seed_of_the_step(monkeypatch):
    (first, common), (second, same) = (
        step(monkeypatch, rank, 3) for rank in range(2)
    )
    assert common == same
    assert not {*first} & {*second}
    assert step(monkeypatch, 0, 4) != (first, common)
    assert step(monkeypatch, 1, 3) == (second, common)


def test_processes_that_are_to_draw_alike_do(monkeypatch):
    first, second = (step(monkeypatch, r, 3, apart=False) for r in range(2))
    assert first == second


def test_the_device_is_seeded_where_there_is_one(monkeypatch):
    seeded = []
    monkeypatch.setattr(torch.cuda, 'is_initialized', lambda: True)
    monkeypatch.setattr(torch.cuda, 'manual_seed', seeded.append)
    for rank in range(2):
        step(monkeypatch, rank, 3)
    assert len({*seeded}) == 2
