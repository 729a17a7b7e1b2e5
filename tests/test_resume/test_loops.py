"""The loops, with a parameter whose value can be reckoned by hand."""

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.registry import DATASETS
from mmengine.runner import Runner
from resumed_runs import Killed, KillHook
from torch import nn

READ = []


@DATASETS.register_module(force=True)
class Numbers:
    """Ten images, each its number and one that is drawn."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        READ.append(index)
        return float(index), torch.rand(()).item()


class Weight(BaseModel):
    """Its gradient is one, or what is drawn."""

    def __init__(self, drawn):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.drawn = drawn

    def forward(self, inputs, drawn, mode='loss'):
        factor = drawn.mean() if self.drawn else 1
        return dict(loss=self.weight * factor)

    def train_step(self, data, optim_wrapper):
        with optim_wrapper.optim_context(self):
            losses = self(*data)
        optim_wrapper.update_params(losses['loss'])
        return losses


def run(
    folder,
    loop,
    drawn=False,
    accumulate=4,
    kill_in=None,
    resume=False,
    sampler=None,
    loader=None,
):
    """Batches of two, saved every two steps."""
    if sampler is None:
        endless = 'max_iters' in loop
        sampler = 'InfiniteSampler' if endless else 'DefaultSampler'
    hooks = [] if kill_in is None else [KillHook(kill_in)]
    name = f'{folder.name}-{kill_in}-{resume}'
    runner = Runner(
        Weight(drawn),
        str(folder),
        train_dataloader=loader
        or dict(
            batch_size=2,
            sampler=dict(type=sampler),
            dataset=dict(type='Numbers'),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=loop,
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=1.0), accumulative_counts=accumulate
        ),
        default_hooks=dict(
            checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=2),
            resume=dict(type='ResumeHook'),
        ),
        custom_hooks=hooks,
        resume=resume,
        randomness=dict(seed=1),
        default_scope='mmpretrain',
        experiment_name=name,
        log_level='ERROR',
    )
    try:
        runner.train()
    except Killed:
        pass
    return runner


EPOCHS = dict(type='ResumableEpochBasedTrainLoop', max_epochs=2)
ITERATIONS = dict(type='ResumableIterBasedTrainLoop', max_iters=10)


@pytest.mark.parametrize('loop', [EPOCHS, ITERATIONS])
def test_no_gradient_of_a_window_is_lost(loop, tmp_path):
    """Ten steps are two windows of four and one of two: three updates by
    the mean gradient, one. Of the second, two steps were over."""
    run(tmp_path, loop, kill_in=7)
    runner = run(tmp_path, loop, resume=True)
    assert runner.iter == 10
    assert runner.model.weight.item() == -3


@pytest.mark.parametrize('loop', [EPOCHS, ITERATIONS])
def test_nothing_is_read_twice_and_all_is_drawn_alike(loop, tmp_path):
    whole = run(tmp_path / 'whole', loop, drawn=True, accumulate=1)
    READ.clear()
    run(tmp_path / 'killed', loop, drawn=True, accumulate=1, kill_in=7)
    READ.clear()
    resumed = run(tmp_path / 'killed', loop, True, 1, resume=True)
    # Six steps were saved.
    assert len(READ) == 4 * 2
    assert resumed.model.weight.item() == whole.model.weight.item()


def test_a_save_at_the_end_of_an_epoch_by_steps(tmp_path):
    """Its end is still to come: the hooks of the end of an epoch are run."""
    loop = dict(EPOCHS, max_epochs=4)
    run(tmp_path, loop, kill_in=10)
    READ.clear()
    runner = run(tmp_path, loop, resume=True)
    assert (runner.epoch, runner.iter) == (4, 20)
    assert len(READ) == 20


def test_a_sampler_with_epochs_in_a_run_that_counts_iterations(tmp_path):
    loop = dict(ITERATIONS, max_iters=12)
    options = dict(sampler='DefaultSampler', drawn=True, accumulate=1)
    READ.clear()
    whole = run(tmp_path / 'whole', loop, **options)
    for epoch in (READ[:10], READ[10:20]):
        assert sorted(epoch) == list(range(10))
    assert READ[:10] != READ[10:20]
    expected = READ[16:]
    run(tmp_path / 'killed', loop, kill_in=9, **options)
    READ.clear()
    resumed = run(tmp_path / 'killed', loop, resume=True, **options)
    assert READ == expected
    assert resumed.model.weight.item() == whole.model.weight.item()


def test_half_a_window_of_other_batches_is_left_out(tmp_path):
    """Six steps are an update by four and half a window; four more are two
    updates by two."""
    run(tmp_path, ITERATIONS, kill_in=7)
    runner = run(tmp_path, ITERATIONS, accumulate=2, resume=True)
    assert runner.model.weight.item() == -3


@pytest.mark.parametrize('loop', [EPOCHS, ITERATIONS])
def test_a_loader_that_is_built_is_resumed_as_by_mmengine(loop, tmp_path):
    """Of an epoch, from its first batch; of iterations, old ones are read."""
    loader = torch.utils.data.DataLoader(Numbers(), batch_size=2)
    run(tmp_path, loop, loader=loader, kill_in=7)
    READ.clear()
    runner = run(tmp_path, loop, loader=loader, resume=True)
    by_epoch = loop is EPOCHS
    assert READ == [*range(10)] * (1 if by_epoch else 2)
    assert runner.iter == (11 if by_epoch else 10)
