"""A run ends at the first number that is not finite, and saves none."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from pretrained import save_pretrained
from spoilt_runs import (
    Model,
    Scaling,
    assert_same_state,
    images,
    make_runner,
    resume,
    saved,
    several_optimizers,
)
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from regioncl_mm.checkpoints import extract_backbone
from regioncl_mm.finite import (
    BadRow,
    LateNumbers,
    NonFiniteError,
    not_finite,
    stack_numbers,
)
from regioncl_mm.hooks import NonFiniteHook
from regioncl_mm.hooks.non_finite_hook import GRADIENT


def test_names_step_losses_and_images_and_keeps_the_batch(tmp_path):
    runner = make_runner(tmp_path, images(bad=[3]))
    with pytest.raises(NonFiniteError) as error:
        runner.train()
    message = str(error.value)
    assert message.startswith('step 4 has gone wrong: loss is nan, loss_one')
    assert 'its images are 6.png, 7.png, and' in message
    assert '\n' not in message
    # Those from before are whole, and there is none of the bad step.
    assert saved(tmp_path) == ['iter_1.pth', 'iter_2.pth', 'iter_3.pth']
    for name in saved(tmp_path):
        weights = torch.load(tmp_path / name, weights_only=False)['state_dict']
        assert not_finite(weights) == []
    kept = torch.load(
        tmp_path / 'non_finite' / 'step_4_rank_0.pth', weights_only=True
    )
    assert kept['step'] == 4 and kept['images'] == ['6.png', '7.png']
    assert kept['inputs'].shape == (2, 3) and kept['inputs'].isnan().any()
    assert math.isnan(kept['numbers']['norm of the gradient'])
    (log,) = tmp_path.glob('*/*.log')
    assert message in log.read_text()


def test_a_gradient_that_is_not_finite_is_enough(tmp_path):
    runner = make_runner(tmp_path, images())
    weight = runner.model.layer.weight
    calls = []

    def spoil(gradient):
        calls.append(1)
        return gradient * (math.inf if len(calls) == 2 else 1)

    weight.register_hook(spoil)
    with pytest.raises(NonFiniteError, match='^step 2 .* is (nan|inf);'):
        runner.train()
    assert saved(tmp_path) == ['iter_1.pth']


def test_gradients_are_seen_without_the_optimizer_s_hooks(
    tmp_path, monkeypatch
):
    """torch 2.1 calls no hook any more once it has compiled anything."""
    monkeypatch.setattr(
        torch.optim.Optimizer,
        'register_step_pre_hook',
        lambda optimizer, hook: SimpleNamespace(remove=lambda: None),
    )
    test_a_gradient_that_is_not_finite_is_enough(tmp_path)


@pytest.mark.parametrize('name', ['norm.running_mean', 'layer.weight'])
def test_a_tensor_that_is_not_finite_is_not_saved(tmp_path, name):
    runner = make_runner(tmp_path, images())
    runner.model.state_dict()[name].view(-1)[0] = math.nan
    with pytest.raises(NonFiniteError, match=f'nothing was saved: 1 .*{name}'):
        runner.save_checkpoint(str(tmp_path), 'a.pth')
    assert saved(tmp_path) == []


def test_a_finite_run_is_left_as_it_is(tmp_path):
    with_hook = make_runner(tmp_path / 'a', images())
    with_hook.train()
    without = make_runner(tmp_path / 'b', images())
    without._hooks = [
        hook for hook in without.hooks if not isinstance(hook, NonFiniteHook)
    ]
    without.train()
    assert_same_state(with_hook, without)


class Waits(TorchDispatchMode):
    """Refuses what would have a device's host wait for a number."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert not func.__name__.startswith('_local_scalar_dense')
        return func(*args, **(kwargs or {}))


def test_a_step_waits_for_nothing(monkeypatch):
    weight = nn.Parameter(torch.ones(2))
    wrapper = OptimWrapper(torch.optim.SGD([weight], lr=0.1))
    runner = SimpleNamespace(optim_wrapper=wrapper, iter=0)
    hook, sent = NonFiniteHook(), []
    monkeypatch.setattr(hook.late, 'read', lambda everything=False: [])
    monkeypatch.setattr(hook.late, 'send', lambda *args: sent.append(args))
    hook.before_train(runner)
    with Waits():
        loss = weight.pow(2).sum()
        wrapper.update_params(loss)
        hook.after_train_iter(runner, 0, None, dict(loss=loss))
    ((values, step),) = sent
    assert step.names == ['loss', 'norm of the gradient']
    torch.testing.assert_close(values, torch.tensor([2.0, 8**0.5]))
    with pytest.raises(AssertionError), Waits():
        torch.ones(1).item()


@pytest.mark.parametrize('window', [1, 2])
@pytest.mark.parametrize('overflowing, ends', [(20, False), (21, True)])
def test_float16_may_overflow_for_a_while(
    tmp_path, monkeypatch, overflowing, ends, window
):
    """Losses between updates are finite, and yet none of them is made."""
    steps = range(1, overflowing * window)
    monkeypatch.setattr(Scaling, 'overflowing', steps)
    runner = make_runner(
        tmp_path,
        images() * 4 * window,
        lambda x: Scaling(x, accumulative_counts=window),
        save_every=100,
    )
    if ends:
        message = f'^step {window} .*gradient is inf'
        with pytest.raises(NonFiniteError, match=message):
            runner.train()
    else:
        runner.train()


def test_bad_steps_of_an_update_are_one():
    row = BadRow(2)
    good, bad = [1.0, 2.0], [1.0, math.nan]
    # By updates: whether each of its steps is good.
    for update in ([bad, bad, bad], [good, good, good], [good, bad, good]):
        for i, values in enumerate(update):
            assert row.add(values, (update, i), last=i == 2) is None
    assert row.add(bad, 'later', last=False) is None
    assert row.add(good, 'last') == (bad, ([good, bad, good], 1))


def test_without_a_scaler_no_update_is_waited_for(tmp_path):
    runner = make_runner(
        tmp_path,
        images(bad=[2]),
        lambda x: OptimWrapper(x, accumulative_counts=2),
    )
    with pytest.raises(NonFiniteError, match='^step 3 '):
        runner.train()
    assert runner.iter == 2


class Masked(Model):
    """What is later is not attended to."""

    def __init__(self):
        super().__init__()
        mask = torch.full((3, 3), -math.inf).triu(1)
        self.register_buffer('attn_mask', mask)


def test_a_mask_of_attention_is_meant_to_be_infinite(tmp_path):
    make_runner(tmp_path, images(), make_model=Masked).train()
    path = tmp_path / 'iter_3.pth'
    resumed = make_runner(tmp_path / 'b', images(), make_model=Masked)
    resume(resumed, path)
    resumed.train()
    assert resumed.iter > 3
    checkpoint = torch.load(path, weights_only=False)
    assert checkpoint['state_dict']['attn_mask'].isinf().any()
    checkpoint['state_dict']['layer.weight'][0, 0] = math.nan
    torch.save(checkpoint, path)
    again = make_runner(tmp_path / 'c', images(), make_model=Masked)
    resume(again, path)
    with pytest.raises(NonFiniteError, match='1 of .*: layer.weight. It'):
        again.train()


def test_every_optimizer_s_gradient_is_looked_at(monkeypatch):
    weights = [nn.Parameter(torch.ones(2)) for _ in range(3)]
    wrappers = several_optimizers(*weights)
    runner = SimpleNamespace(optim_wrapper=wrappers, iter=0)
    hook, sent = NonFiniteHook(), []
    monkeypatch.setattr(hook.late, 'send', lambda *args: sent.append(args))
    hook.before_train(runner)
    loss = (weights[0] * 3 + weights[1] * 4).sum()
    loss.backward()
    for wrapper in wrappers.values():
        wrapper.step()
    hook.after_train_iter(runner, 0, None, dict(loss=loss))
    ((values, step),) = sent
    assert step.names[1:] == [f'{GRADIENT} of a', f'{GRADIENT} of b']
    expected = torch.tensor([14.0, 18**0.5, 32**0.5])
    torch.testing.assert_close(values, expected)


def test_numbers_of_any_shape_and_device_lie_side_by_side():
    found = stack_numbers([torch.ones(()), torch.full((1, 1), 2)])
    assert found.tolist() == [1.0, 2.0]
    elsewhere = torch.empty((), device='meta')
    found = stack_numbers([torch.ones(1), elsewhere, torch.ones(())])
    assert found.shape == (3,) and found.device == elsewhere.device


def test_a_checkpoint_with_nan_is_not_gone_on_from(tmp_path):
    runner = make_runner(tmp_path, images())
    runner.train()
    path = tmp_path / 'iter_6.pth'
    checkpoint = torch.load(path, weights_only=False)
    checkpoint['state_dict']['norm.bias'][1] = math.inf
    torch.save(checkpoint, path)
    again = make_runner(tmp_path / 'b', images())
    with pytest.raises(NonFiniteError, match='norm.bias'):
        again.resume(str(path))


def test_a_backbone_with_nan_is_not_extracted(tmp_path):
    path = save_pretrained(tmp_path / 'epoch_1.pth')
    checkpoint = torch.load(path)
    names = [n for n in checkpoint['state_dict'] if n.startswith('backbone.')]
    checkpoint['state_dict'][names[0]].view(-1)[3] = math.nan
    torch.save(checkpoint, path)
    name = names[0][len('backbone.') :]
    with pytest.raises(ValueError, match=f'epoch_1.pth: .*infinity: {name}'):
        extract_backbone(path, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_large_values_are_finite():
    large = torch.full((4,), 3e38)
    assert not large.sum().isfinite()
    found = dict(large=large, nan=torch.tensor([1.0, math.nan]), step=3)
    assert not_finite(dict(found, count=torch.tensor(2))) == ['nan']


def test_the_quickstart_with_a_rate_that_explodes(quickstart):
    quickstart.merge_from_dict(
        {'optim_wrapper.optimizer.lr': 1e30, 'train_cfg.max_epochs': 2}
    )
    quickstart.custom_hooks = []
    with pytest.raises(NonFiniteError, match='has gone wrong|not saved|saved'):
        Runner.from_cfg(quickstart).train()
    for path in Path(quickstart.work_dir).glob('*.pth'):
        weights = torch.load(path, weights_only=False)['state_dict']
        assert not_finite(weights) == []


@pytest.mark.gpu
def test_numbers_of_a_gpu_arrive_late_and_without_a_wait():
    numbers, read = LateNumbers(), []
    torch.ones(1).pin_memory()  # the allocator's own set-up
    values = [torch.full((2,), float(i), device='cuda') for i in range(6)]
    torch.cuda.set_sync_debug_mode('error')
    try:
        for i, value in enumerate(values):
            numbers.send(value, i)
            read += numbers.read()
    finally:
        torch.cuda.set_sync_debug_mode('default')
    assert read == [([float(i)] * 2, i) for i in range(3)]
    assert [i for _, i in numbers.read(everything=True)] == [3, 4, 5]
