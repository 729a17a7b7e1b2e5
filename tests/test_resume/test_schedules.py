"""Schedules that are wound forward are where stepping takes them."""

import mmengine.optim.scheduler as schedulers
import pytest
import torch
from torch import nn

from regioncl_mm.resume import wind_forward

STEPS = 4  # an epoch


def build(names):
    parameters = [nn.Parameter(torch.zeros(1)) for _ in range(5)]
    optimizer = torch.optim.SGD(
        [
            dict(params=[parameter], lr=0.1 * (1 + i % 2), weight_decay=i % 3)
            for i, parameter in enumerate(parameters)
        ],
        momentum=0.9,
    )
    kinds = dict(
        warm=('LinearLR', dict(start_factor=0.1, end=6, by_epoch=False)),
        cosine=('CosineAnnealingLR', dict(T_max=3, eta_min=0.01)),
        by_step=('CosineAnnealingLR', dict(T_max=20, by_epoch=False, begin=6)),
        steps=('MultiStepLR', dict(milestones=[1, 2], gamma=0.1)),
        momentum=('MultiStepMomentum', dict(milestones=[7], by_epoch=False)),
        poly=('PolyLR', dict(power=0.9, end=16, by_epoch=False)),
    )
    built = [
        getattr(schedulers, kinds[name][0])(optimizer, **kinds[name][1])
        for name in names
    ]
    return optimizer, built


def numbers(groups):
    return [
        {k: v for k, v in group.items() if k != 'params'} for group in groups
    ]


@pytest.mark.parametrize('place', [(0, 0), (0, 3), (2, 0), (2, 3), (3, 4)])
@pytest.mark.parametrize(
    'names',
    [
        ('cosine',),
        ('warm', 'by_step'),
        ('warm', 'steps', 'momentum'),
        ('poly',),
    ],
)
def test_as_if_all_steps_had_been_taken(names, place):
    optimizer, stepped = build(names)
    epochs, further = place
    for step in range(epochs * STEPS + further):
        optimizer.step()
        for scheduler in stepped:
            if not scheduler.by_epoch:
                scheduler.step()
        if (step + 1) % STEPS == 0 and step // STEPS < epochs:
            for scheduler in stepped:
                if scheduler.by_epoch:
                    scheduler.step()
    beginning, fresh = build(names)
    before = numbers(beginning.param_groups)
    states, groups = wind_forward(fresh, epochs, STEPS, further)
    assert groups == numbers(optimizer.param_groups)
    for scheduler, state in zip(stepped, states):
        assert state == scheduler.state_dict()
    assert numbers(beginning.param_groups) == before, 'it has moved itself'


def test_what_follows_a_measurement_is_refused():
    optimizer, _ = build(())
    plateau = schedulers.ReduceOnPlateauLR(optimizer, monitor='loss')
    with pytest.raises(ValueError, match='follow a measurement'):
        wind_forward([plateau], 1, STEPS, 0)
