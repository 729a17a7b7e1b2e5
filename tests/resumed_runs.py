"""Short runs of the quickstart's configs, interrupted in the middle."""

import torch
from conftest import REPO
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from regioncl_mm.checkpoints.training import load_from_local
from regioncl_mm.methods import METHODS
from regioncl_mm.utils import read_config

STEMS = [row.stem for row in METHODS]
EVERYDAY = ('regioncl-m', 'regioncl-m3')
SETTINGS = {
    'train_dataloader.batch_size': 8,
    'train_dataloader.dataset.indices': 40,
    'train_cfg.max_epochs': 3,
    'optim_wrapper.accumulative_counts': 2,
    'default_hooks.logger.interval': 2,
    'default_hooks.checkpoint': dict(
        type='CheckpointHook', by_epoch=False, interval=7, max_keep_ckpts=2
    ),
    'randomness.seed': 3,
    'log_level': 'WARNING',
    'visualizer': None,
}
# What the clock says is not of the run.
CLOCK = ('train/time', 'train/data_time')


class Killed(Exception):
    pass


@HOOKS.register_module(force=True)
class KillHook(Hook):
    """Ends the program in a step, counted from 0, before it is over."""

    def __init__(self, step):
        self.step = step

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.step:
            raise Killed


def config_of(stem, work_dir, launcher='none', **changes):
    """A method's quickstart, three epochs of five steps, windows of two."""
    (path,) = (REPO / 'configs/quickstart').glob(f'{stem}_*.py')
    cfg = read_config(path, None, work_dir, launcher)
    cfg.custom_hooks = [
        hook for hook in cfg.custom_hooks if hook.type != 'KNNHook'
    ]
    cfg.default_hooks.pop('checkpoint')
    if 'queue_len' in cfg.model:
        cfg.model.queue_len = 32
    # Worker processes outlive an epoch where there are any.
    workers = changes.pop('workers', 0)
    cfg.merge_from_dict(
        {
            **SETTINGS,
            'train_dataloader.num_workers': workers,
            'train_dataloader.persistent_workers': workers > 0,
            **changes,
        }
    )
    cfg.experiment_name = str(work_dir) + str(changes) + str(workers)
    return cfg


def train(cfg, kill_in=None, resume=False):
    """Run a config to its end, or to a step in which it is killed."""
    if resume:
        cfg.resume = resume is True
        if resume is not True:
            cfg.resume, cfg.load_from = True, str(resume)
    cfg.experiment_name += f'{kill_in}{resume}'
    if kill_in is not None:
        cfg.custom_hooks.append(dict(type='KillHook', step=kill_in))
    runner = Runner.from_cfg(cfg)
    try:
        runner.train()
    except Killed:
        assert kill_in is not None
        # A program that is gone has no workers.
        if cfg.train_dataloader.num_workers:
            runner.train_dataloader._iterator._shutdown_workers()
    else:
        assert kill_in is None, 'the run ended before it was killed'
    return runner


def last(work_dir):
    """The newest checkpoint of a folder, but for what the clock says."""
    paths = work_dir.glob('*.pth')
    path = max(paths, key=lambda path: int(path.stem.split('_')[1]))
    content = load_from_local(str(path))
    scalars = content['message_hub']['log_scalars']
    for name in CLOCK:
        scalars.pop(name, None)
    return path.name, {
        **{k: content[k] for k in ('state_dict', 'optimizer', 'resume')},
        'param_schedulers': content['param_schedulers'],
        'scalars': scalars,
        'place': [content['meta'][k] for k in ('epoch', 'iter', 'seed')],
    }


def assert_same(found, expected, where='checkpoint'):
    """The same bits all the way down."""
    if isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype, where
        assert torch.equal(found, expected), where
    elif isinstance(expected, HistoryBuffer):
        for one, other in zip(found.data, expected.data):
            assert one.tolist() == other.tolist(), where
    elif isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key in expected:
            assert_same(found[key], expected[key], f'{where}.{key}')
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), where
        for i, (one, other) in enumerate(zip(found, expected)):
            assert_same(one, other, f'{where}[{i}]')
    else:
        assert found == expected, where
