"""Losses are read together, and the log says the same."""

import copy
import json
from pathlib import Path
from types import SimpleNamespace
from weakref import ref

import pytest
import torch
from algorithms import ALGORITHMS, build, views
from mmengine.logging import MessageHub
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch.utils._python_dispatch import TorchDispatchMode

from regioncl_mm.hooks import BufferedRuntimeInfoHook
from regioncl_mm.models.region_branch import region_branch
from regioncl_mm.regions import Region


class Waits(TorchDispatchMode):
    """Counts what would have a CUDA device's host wait for a number."""

    NAMES = ('_local_scalar_dense', 'nonzero', 'masked_select', 'is_nonzero')

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.__name__.split('.')[0]
        index = name == 'index' and any(
            t is not None and t.dtype == torch.bool for t in args[1]
        )
        if name in self.NAMES or index:
            self.found.append(name)
        return func(*args, **(kwargs or {}))


def test_the_counter_counts():
    with Waits() as waits:
        ones = torch.ones(2)
        ones.sum().item()
        bool(ones[0] > 0)
        ones[ones > 0]
    assert len(waits.found) >= 3


@pytest.mark.parametrize('name', ALGORITHMS)
def test_a_step_waits_for_nothing(name, monkeypatch):
    """Forward, backward, optimizer, momentum encoder and queue. The rectangle
    is drawn on the host, where numbers are at hand."""
    monkeypatch.setattr(
        region_branch, 'sample_region', lambda *_: Region(1, 2, 3, 4)
    )
    model = build(name)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    wrapper = OptimWrapper(optimizer)
    for step in range(3):
        with Waits() as waits:
            losses = model.loss(views(seed=step), None)
            loss, log = model.parse_losses(losses)
            wrapper.update_params(loss)
        assert not waits.found, waits.found
    assert isinstance(log['loss'], torch.Tensor)


@pytest.mark.gpu
@pytest.mark.parametrize('name', ['m', 'd', 's'])
def test_a_step_on_a_gpu_waits_for_nothing(name):
    model = build(name).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    wrapper = OptimWrapper(optimizer)
    batches = [[v.cuda() for v in views(seed=step)] for step in range(3)]
    for step, batch in enumerate(batches):
        # cuDNN and cuBLAS may wait while they set themselves up.
        torch.cuda.set_sync_debug_mode('error' if step else 'default')
        try:
            loss, _ = model.parse_losses(model.loss(batch, None))
            wrapper.update_params(loss)
        finally:
            torch.cuda.set_sync_debug_mode('default')


class Mark:
    """An object that a node of a graph holds for as long as it lives."""


def test_losses_wait_without_their_graphs():
    """As many steps as you like between two logs keep no node alive."""
    hook = BufferedRuntimeInfoHook()
    runner = SimpleNamespace(hooks=[], train_dataloader=[None] * 9)
    hook._waiting = []
    model = build('moby')
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    nodes = []
    for step in range(3):
        loss, outputs = model.parse_losses(model.loss(views(seed=step), None))
        wrapper.update_params(loss)
        for loss in outputs.values():
            mark = loss.grad_fn.metadata['mark'] = Mark()
            nodes.append(ref(mark))
        hook.after_train_iter(runner, step, outputs=outputs)
        del outputs, loss, mark
    assert len(hook._waiting) == 3
    assert len(nodes) == 9 and not any(node() for node in nodes)


def histories(cfg, hook, interval):
    cfg = copy.deepcopy(cfg)
    cfg.default_hooks.runtime_info = dict(type=hook)
    cfg.default_hooks.logger.interval = interval
    cfg.work_dir = str(Path(cfg.work_dir) / f'{hook}_{interval}')
    cfg.experiment_name = f'{hook}_{interval}'
    cfg.custom_hooks = []
    runner = Runner.from_cfg(cfg)
    runner.train()
    (path,) = Path(cfg.work_dir).glob('*/vis_data/scalars.json')
    lines = map(json.loads, path.read_text().splitlines())
    log = [
        {key: x[key] for key in ('iter', 'loss', 'loss_region', 'lr')}
        for x in lines
        if 'loss' in x
    ]
    (file,) = Path(cfg.work_dir).glob('epoch_1.pth')
    hub = torch.load(file, weights_only=False)['message_hub']['log_scalars']
    return log, hub['train/loss'].data[0].tolist()


@pytest.mark.parametrize('interval', [1, 2, 50])
def test_log_and_checkpoint_are_those_of_mmengines_hook(quickstart, interval):
    theirs = histories(quickstart, 'RuntimeInfoHook', interval)
    ours = histories(quickstart, 'BufferedRuntimeInfoHook', interval)
    assert ours == theirs
    assert len(ours[1]) == 2 and ours[0]


def test_losses_that_wait_are_in_a_checkpoint_between_two_logs(quickstart):
    quickstart.default_hooks.logger.interval = 50
    quickstart.default_hooks.checkpoint = dict(
        type='CheckpointHook', by_epoch=False, interval=1
    )
    Runner.from_cfg(quickstart).train()
    file = Path(quickstart.work_dir, 'iter_1.pth')
    hub = torch.load(file, weights_only=False)['message_hub']['log_scalars']
    assert len(hub['train/loss'].data[0]) == 1


def test_the_last_values_are_kept_and_an_epochs_at_least(quickstart):
    """Of three epochs of two steps."""
    quickstart.train_cfg.max_epochs = 3
    quickstart.custom_hooks = []
    quickstart.default_hooks.runtime_info.max_history = 1
    seen = []
    runner = Runner.from_cfg(quickstart)
    update = runner.message_hub.update_scalar

    def update_and_see(name, value, *arguments, **options):
        update(name, value, *arguments, **options)
        if name == 'train/loss':
            seen.append(value)

    runner.message_hub.update_scalar = update_and_see
    runner.train()
    assert len(seen) == 6
    found = runner.message_hub.log_scalars
    assert found['train/loss'].data[0].tolist() == seen[-2:]
    assert {len(history.data[0]) for history in found.values()} == {2}


def test_numbers_of_one_element_may_have_any_shape():
    """As mmengine's hook has it."""
    hub = MessageHub.get_instance('shapes of numbers')
    runner = SimpleNamespace(
        hooks=[], train_dataloader=[None], message_hub=hub
    )
    hook = BufferedRuntimeInfoHook()
    hook._waiting, hook._kept = [], 10
    outputs = dict(loss=torch.tensor(1.5), rate=torch.tensor([2.0]), k=3)
    hook.after_train_iter(runner, 0, outputs=outputs)
    logged = [hub.get_scalar(f'train/{name}').current() for name in outputs]
    assert logged == [1.5, 2.0, 3]


def test_momentum_encoders_move_once_an_update(quickstart):
    quickstart.train_dataloader.batch_size = 16
    quickstart.optim_wrapper.accumulative_counts = 2
    quickstart.custom_hooks = []
    runner = Runner.from_cfg(quickstart)
    runner.train()
    assert runner.iter == 4
    assert runner.model.encoder_k.steps.item() == 2
    assert runner.message_hub.get_info('accumulative_counts') is None


def test_it_is_the_default(quickstart):
    runner = Runner.from_cfg(quickstart)
    assert any(type(h) is BufferedRuntimeInfoHook for h in runner.hooks)


def clipped_history(cfg, hook):
    """The norms in the log, and whether clipping asked for them."""
    cfg = copy.deepcopy(cfg)
    cfg.default_hooks.runtime_info = dict(type=hook)
    cfg.optim_wrapper.clip_grad = dict(max_norm=0.5)
    cfg.work_dir = str(Path(cfg.work_dir) / f'clip_{hook}')
    cfg.experiment_name = f'clip_{hook}'
    cfg.custom_hooks = []
    runner = Runner.from_cfg(cfg)
    asked = []
    clip = OptimWrapper._clip_grad

    def watched(wrapper):
        with Waits() as waits:
            clip(wrapper)
        asked.extend(waits.found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OptimWrapper, '_clip_grad', watched)
        runner.train()
    assert runner.optim_wrapper.clip_func is torch.nn.utils.clip_grad_norm_
    history = runner.message_hub.get_scalar('train/grad_norm').data[0]
    return history.tolist(), bool(asked)


def test_norms_of_clipped_gradients_are_read_together(quickstart):
    theirs, asked = clipped_history(quickstart, 'RuntimeInfoHook')
    assert len(theirs) == 2 and asked
    ours, asked = clipped_history(quickstart, 'BufferedRuntimeInfoHook')
    assert ours == theirs and not asked
