"""Seeded training gives the losses that it gave before steps were made fast.

loss_trace.json was written by this file as a script (`PYTHONPATH=.:tests
python tests/test_models/test_loss_trace.py`) when losses took all logits
through cross-entropy and mmengine moved the momentum encoder. In float64, for
in float32 fifty steps of so small a network blow single roundings up to the
third digit; float32 is compared by the step.
"""

import json
from pathlib import Path

import pytest
import torch
from algorithms import build, views

NAMES, STEPS = ('m', 'd', 's'), 50
FILE = Path(__file__).with_name('loss_trace.json')


def trace(name, dtype, steps=STEPS):
    """Losses by step."""
    torch.manual_seed(0)
    model = build(name).to(dtype)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.03, momentum=0.9, weight_decay=1e-4
    )
    found = []
    for step in range(steps):
        torch.manual_seed(step)
        optimizer.zero_grad()
        both = [view.to(dtype) for view in views(batch=16, seed=step)]
        losses = model.loss(both, None)
        sum(losses.values()).backward()
        optimizer.step()
        found.append({key: value.item() for key, value in losses.items()})
    return found


@pytest.fixture(scope='module')
def before():
    return json.loads(FILE.read_text(encoding='utf-8'))


@pytest.mark.parametrize('name', NAMES)
def test_fifty_steps_are_those_of_the_plain_step(name, before):
    found = trace(name, torch.float64)
    assert len(found) == len(before[name]) == STEPS
    for ours, old in zip(found, before[name]):
        assert ours == pytest.approx(old, rel=1e-6, abs=1e-9)
    changed = before[name][0]['loss_region'] - before[name][-1]['loss_region']
    assert abs(changed) > 0.1  # it trains


@pytest.mark.parametrize('name', NAMES)
def test_the_first_step_in_float32_too(name, before):
    (found,) = trace(name, torch.float32, steps=1)
    assert found == pytest.approx(before[name][0], rel=2e-5, abs=1e-6)


if __name__ == '__main__':
    content = {name: trace(name, torch.float64) for name in NAMES}
    FILE.write_text(json.dumps(content, indent=0) + '\n', encoding='utf-8')
