"""Batches of other than two views are refused."""

import copy

import pytest
import torch
from algorithms import ALGORITHMS, build, build_base, views

MODELS = {
    **{name: lambda name=name: build(name) for name in ALGORITHMS},
    'symmetric m': lambda: build('m', symmetric=True),
    'asymmetric s': lambda: build('s', symmetric=False),
    'm without regions': lambda: build('m', region_branch=None),
    'simclr without regions': lambda: build('simclr', region_branch=None),
    'plain moby': lambda: build_base('moby'),
}
BATCHES = dict(
    none=(0, []),
    one=(1, views()[:1]),
    three=(3, [*views(), *views(seed=1)[:1]]),
    # Its two images would pass for views.
    tensor=(1, views(2)[0]),
)


@pytest.mark.parametrize('batch', BATCHES)
@pytest.mark.parametrize('name', MODELS)
def test_another_number_is_refused_and_changes_nothing(name, batch):
    found, inputs = BATCHES[batch]
    model = MODELS[name]()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(
        ValueError,
        match=f'^two views of each image are needed, and the batch has '
        f'{found}; .*`MultiView` .*`num_views=2`',
    ):
        model.loss(inputs, None)
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[key]), key


@pytest.mark.parametrize('name', MODELS)
def test_two_may_be_a_tuple(name):
    model = MODELS[name]()
    losses = model.loss(tuple(views()), None)
    assert all(loss.isfinite() for loss in losses.values())
