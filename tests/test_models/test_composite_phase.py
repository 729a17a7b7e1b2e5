"""Which steps have composites, where they are made in every n-th only."""

import pytest
import torch
from algorithms import ALGORITHMS, REGIONS, build, build_base, views
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch.utils.data import Dataset

from regioncl_mm.models import RegionBranch

EVERY_SECOND = dict(REGIONS, composite_every=2)


class Pairs(Dataset):
    """Six pairs of views; batches of two are three steps, an odd number."""

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return dict(
            inputs=[view[index] for view in views(6)],
            data_samples=DataSample(),
        )


class Record(Hook):
    """Keeps the losses of each step, by iteration."""

    def __init__(self):
        self.losses = {}

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        self.losses[runner.iter] = outputs

    @property
    def with_composites(self):
        return [i for i, x in self.losses.items() if 'loss_region' in x]


LOOPS = dict(
    iterations=dict(type='IterBasedTrainLoop', unit='max_iters', steps=1),
    epochs=dict(type='EpochBasedTrainLoop', unit='max_epochs', steps=3),
)


def train(folder, loop, name, steps, resume=False, runtime='RuntimeInfoHook'):
    """Train RegionCL-M for so many steps in all; the record of them."""
    torch.manual_seed(0)
    loop = dict(LOOPS[loop])
    by_epoch = loop.pop('unit') == 'max_epochs'
    length = steps // loop.pop('steps')
    loop['max_epochs' if by_epoch else 'max_iters'] = length
    runner = Runner(
        build('m', region_branch=EVERY_SECOND),
        str(folder),
        train_dataloader=dict(
            dataset=Pairs(),
            batch_size=2,
            num_workers=0,
            sampler=dict(
                type='DefaultSampler' if by_epoch else 'InfiniteSampler',
                shuffle=False,
            ),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=loop,
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        default_hooks=dict(
            runtime_info=dict(type=runtime),
            checkpoint=dict(
                type='CheckpointHook', by_epoch=by_epoch, interval=length
            ),
        ),
        resume=resume,
        default_scope='mmpretrain',
        log_level='ERROR',
        randomness=dict(seed=0),
        experiment_name=f'{folder.name}-{name}',
    )
    record = Record()
    runner.register_hook(record)
    runner.train()
    return record


@pytest.mark.parametrize('loop', LOOPS)
@pytest.mark.parametrize(
    'runtime', ['RuntimeInfoHook', 'BufferedRuntimeInfoHook']
)
def test_a_resumed_run_has_composites_where_a_whole_one_has(
    loop, runtime, tmp_path
):
    """Three steps, a checkpoint, and three more that a new model takes."""
    whole = train(tmp_path / 'whole', loop, 'a', 6, runtime=runtime)
    assert whole.with_composites == [1, 3, 5]
    first = train(tmp_path / 'parts', loop, 'b', 3, runtime=runtime)
    rest = train(
        tmp_path / 'parts', loop, 'c', 6, resume=True, runtime=runtime
    )
    assert [*first.losses] == [0, 1, 2] and [*rest.losses] == [3, 4, 5]
    assert first.with_composites + rest.with_composites == [1, 3, 5]


@pytest.mark.parametrize('every', [1, 2, 3])
def test_the_last_of_every_n_iterations_has_composites(every):
    branch = RegionBranch(stride=4, composite_every=every)
    hub = MessageHub.get_instance('run')
    hub.update_info('loop_stage', 'train')
    for iteration in (0, 1, 2, 3, 4, 5, 40, 41):
        hub.update_info('iter', iteration)
        for _ in range(2):  # however often it is asked
            due = branch.cheaper.makes_composites()
            assert due == ((iteration + 1) % every == 0)


def test_without_a_run_calls_are_counted():
    branch = RegionBranch(stride=4, composite_every=3)
    found = [branch.cheaper.makes_composites() for _ in range(6)]
    assert found == [False, False, True] * 2
    # The numbers of another run that has ended, or is evaluating.
    hub = MessageHub.get_instance('run')
    for stage in (None, 'val', 'test'):
        hub.update_info('loop_stage', stage)
        hub.update_info('iter', 0)
        found = [branch.cheaper.makes_composites() for _ in range(3)]
        assert found == [False, False, True]


@pytest.mark.parametrize('name', ALGORITHMS)
def test_the_phase_is_in_no_state_dict(name):
    model = build(name, region_branch=EVERY_SECOND)
    model.loss(views(), None)
    assert list(model.state_dict()) == list(build_base(name).state_dict())
