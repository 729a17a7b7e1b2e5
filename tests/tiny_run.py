"""A run of a few steps, whose model counts them, and what ends it early."""

import os
from contextlib import contextmanager
from unittest import mock

import torch
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from regioncl_mm.checkpoints.newest import find_newest

STEPS = 2  # an epoch


class Counter(BaseModel):
    """Its weight is the number of steps that it was trained.

    Args:
        ballast: Values of a buffer, for a file that takes time to write.
    """

    def __init__(self, ballast=0):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.register_buffer('ballast', torch.zeros(ballast))

    def forward(self, inputs, mode='tensor', **kwargs):
        if mode == 'loss':
            return dict(loss=-self.weight.sum())
        return [self.weight.item()]


class Score(BaseMetric):
    """The score of a model that was trained so many steps.

    Args:
        scores: By the number of steps; 0 of those that are not there.
    """

    default_prefix = 'a'

    def __init__(self, scores):
        super().__init__()
        self.scores, self.seen = scores, []

    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        self.seen.append(round(results[0]))
        return dict(acc=self.scores.get(self.seen[-1], 0))


def collate(batch):
    return dict(inputs=torch.stack(batch))


def loader(size):
    return torch.utils.data.DataLoader(torch.zeros(size), collate_fn=collate)


def shuffled_pairs(data):
    """Config of a loader of two samples a step."""
    return dict(
        dataset=data,
        batch_size=2,
        sampler=dict(type='DefaultSampler', shuffle=True),
        collate_fn=dict(type='default_collate'),
    )


def tiny_run(
    work_dir, epochs=2, scores=None, ballast=0, changes=(), **checkpoint
):
    """A Runner of mmengine's; ``checkpoint`` are its hook's arguments."""
    validation = dict(
        val_dataloader=loader(1),
        val_cfg=dict(),
        val_evaluator=[Score(scores or {})],
    )
    settings = dict(
        train_dataloader=loader(STEPS),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1.0)),
        default_hooks=dict(
            checkpoint=dict(
                dict(type='AtomicCheckpointHook', interval=1), **checkpoint
            )
        ),
        default_scope='mmpretrain',
        experiment_name=f'tiny-{os.urandom(8).hex()}',
        log_level='ERROR',
        **(validation if scores else {}),
    )
    return Runner(
        Counter(ballast), str(work_dir), **{**settings, **dict(changes)}
    )


def save_as_mmengine(path, iteration, time='20261128_100000', **content):
    """A checkpoint that a training can go on from, as mmengine has it."""
    meta = dict(epoch=0, iter=iteration, time=time)
    hub = dict(
        log_scalars=dict(loss=HistoryBuffer([1.0], [1])),
        runtime_info={},
        resumed_keys={},
    )
    tensors = dict(weight=torch.arange(1000.0), bias=torch.ones(300))
    torch.save(
        dict(dict(meta=meta, message_hub=hub, state_dict=tensors), **content),
        path,
    )


def train_until_killed(work_dir, pipe, **options):
    """Go on from the newest checkpoint, and say what has been marked."""
    cpu = mock.patch('mmengine.runner.runner.get_device', lambda: 'cpu')
    with cpu:  # a process that was forked has no other
        newest = find_newest(work_dir).path
        found = dict(resume=True, load_from=str(newest)) if newest else {}
        run = tiny_run(work_dir, epochs=10**6, changes=found, **options)
        run.register_hook(SayWhatIsMarked(pipe), 'LOWEST')
        run.train()


class SayWhatIsMarked(Hook):
    """Sends the number of an epoch once it has been saved and marked."""

    def __init__(self, pipe):
        self.pipe = pipe

    def after_train_epoch(self, runner):
        self.pipe.send(runner.epoch + 1)


class Killed(BaseException):
    pass


@contextmanager
def killed_at(count):
    """Within it the program ends before it renames or deletes once more.

    Args:
        count: How often it may.

    Yields:
        What was renamed to, or deleted, as a list of names.
    """
    done = []

    def instead_of(function):
        def call(*paths, **kwargs):
            if len(done) == count:
                raise Killed
            done.append(os.path.basename(paths[-1]))
            return function(*paths, **kwargs)

        return call

    with mock.patch.multiple(
        os,
        replace=instead_of(os.replace),
        remove=instead_of(os.remove),
    ):
        yield done
