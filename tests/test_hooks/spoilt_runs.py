"""Short runs some of whose numbers are not finite."""

import math
from pathlib import Path

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch import nn

STEPS, BATCH = 6, 2


class Model(BaseModel):
    """Has all kinds of state: weights, running means, a queue, an average."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)
        self.average = nn.Linear(3, 3).requires_grad_(False)
        self.register_buffer('queue', torch.zeros(3))

    def forward(self, inputs, data_samples=None, mode='loss'):
        for old, new in zip(
            self.average.parameters(), self.layer.parameters()
        ):
            old.data.lerp_(new.data, 0.1)
        out = self.norm(self.layer(inputs))
        self.queue.copy_(out[0].detach())
        return dict(loss_one=out.pow(2).mean(), loss_two=inputs.mean() / 9)


def images(bad=()):
    """Batch ``b`` of image ``2b`` and ``2b + 1``; those of bad ones NaN."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for i in range(STEPS * BATCH):
        x = torch.randn(3, generator=generator)
        sample = DataSample(metainfo=dict(img_path=f'{i}.png'))
        if i // BATCH in bad:
            x[0] = math.nan
        found.append(dict(inputs=x, data_samples=sample))
    return found


def make_runner(
    work_dir,
    data,
    wrapper=OptimWrapper,
    save_every=1,
    make_model=Model,
    loop='EpochBasedTrainLoop',
    **hook,
):
    model = make_model()
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1
    )
    return Runner(
        model,
        str(work_dir),
        train_dataloader=dict(
            dataset=data,
            batch_size=BATCH,
            sampler=dict(type='DefaultSampler', shuffle=False),
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(type=loop, max_epochs=1),
        optim_wrapper=wrapper(optimizer),
        default_hooks=dict(
            checkpoint=dict(
                type='CheckpointHook', interval=save_every, by_epoch=False
            ),
            logger=dict(type='LoggerHook', interval=50),
        ),
        custom_hooks=[dict(type='NonFiniteHook', **hook)],
        experiment_name=str(work_dir),
        randomness=dict(seed=0),
    )


def resume(runner, path):
    """Let a run go on from a checkpoint when it is trained."""
    runner._load_from, runner._resume = str(path), True


def saved(work_dir):
    return sorted(path.name for path in Path(work_dir).glob('*.pth'))


def assert_same_state(a, b):
    for name, tensor in a.model.state_dict().items():
        if name != 'norm.num_batches_tracked':
            assert torch.equal(tensor, b.model.state_dict()[name]), name
    ours = a.optim_wrapper.optimizer.state_dict()['state']
    theirs = b.optim_wrapper.optimizer.state_dict()['state']
    assert ours.keys() == theirs.keys()
    for key, state in ours.items():
        for name, value in state.items():
            assert torch.equal(value, theirs[key][name])


class Scaling(OptimWrapper):
    """Passes over updates as a scaler of float16 losses does."""

    loss_scaler = 'something'
    overflowing = range(0)

    def step(self, **kwargs):
        if self.inner_count in self.overflowing:
            return
        super().step(**kwargs)


def several_optimizers(*weights):
    return OptimWrapperDict(
        **{
            name: OptimWrapper(torch.optim.SGD([weight], lr=0.1))
            for name, weight in zip('ab', weights)
        }
    )
