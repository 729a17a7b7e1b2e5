"""A linear classifier on features, against steps written out."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS

from regioncl_mm.evaluation.feature_cache import Features
from regioncl_mm.evaluation.linear import (
    build_schedulers,
    predict,
    train_linear,
)


def test_steps_are_those_written_out():
    rng = np.random.RandomState(0)
    values = rng.randn(24, 3).astype(np.float32)
    labels = (values[:, 0] > 0).astype(np.int64)
    features = Features(values, labels, False)
    head = MODELS.build(
        dict(type='LinearClsHead', num_classes=2, in_channels=3)
    )
    copied = torch.nn.Linear(3, 2)
    copied.load_state_dict(head.fc.state_dict())
    train_linear(
        head,
        features,
        dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5)),
        [dict(type='MultiStepLR', milestones=[2], gamma=0.1)],
        epochs=3,
        batch_size=24,
        after_epoch=lambda epoch: None,
    )
    optimizer = torch.optim.SGD(copied.parameters(), lr=0.5)
    for rate in (0.5, 0.5, 0.05):
        optimizer.param_groups[0]['lr'] = rate
        scores = copied(torch.from_numpy(values))
        loss = torch.nn.functional.cross_entropy(
            scores, torch.from_numpy(labels)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(head.fc.weight, copied.weight)
    expected = copied(torch.from_numpy(values)).softmax(1)
    torch.testing.assert_close(predict(head, features), expected)


@pytest.mark.parametrize('warmup', [dict(end=1, convert_to_iter_based=True)])
def test_schedules_by_steps_are_those_of_the_epochs(warmup):
    """Four steps an epoch: the first epoch warms up, step by step."""
    layer = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    config = dict(type='LinearLR', start_factor=0.2, by_epoch=True, **warmup)
    # A single one needs no list, as mmengine's Runner has it.
    (scheduler,) = build_schedulers(config, optimizer, epochs=2, steps=4)
    assert not scheduler.by_epoch
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    # From 0.2 to 1 in the three steps between the first and the fourth.
    expected = [0.2 + 0.8 * i / 3 for i in range(4)] + [1.0]
    assert rates == pytest.approx(expected)
