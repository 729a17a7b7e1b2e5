"""A run ends at the first number that is not finite, and saves none."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from pretrained import save_pretrained
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from regioncl_mm.checkpoints import extract_backbone
from regioncl_mm.finite import (
    LateNumbers,
    NonFiniteError,
    not_finite,
    stack_numbers,
)
from regioncl_mm.hooks import NonFiniteHook
from regioncl_mm.hooks.non_finite_hook import GRADIENT
from regioncl_mm.models.momentum import MomentumEncoder

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
        train_cfg=dict(by_epoch=True, max_epochs=1),
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


def saved(work_dir):
    return sorted(path.name for path in Path(work_dir).glob('*.pth'))


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


@pytest.mark.parametrize(
    'window, bad, spoilt', [(1, [2, 4], [2, 4]), (2, [2], [2, 3])]
)
def test_a_skipped_update_has_never_been(tmp_path, window, bad, spoilt):
    """The run is that on data without the batches of bad updates."""

    def wrapper(optimizer):
        return OptimWrapper(optimizer, accumulative_counts=window)

    skipping = make_runner(
        tmp_path / 'a', images(bad), wrapper, window, max_skipped=2
    )
    skipping.train()
    good = [
        image for i, image in enumerate(images()) if i // BATCH not in spoilt
    ]
    reference = make_runner(tmp_path / 'b', good, wrapper, window)
    reference.train()
    assert_same_state(skipping, reference)
    assert skipping.iter == STEPS and reference.iter == STEPS - len(spoilt)
    (log,) = (tmp_path / 'a').glob('*/*.log')
    count = len(spoilt) // window
    assert f'skipped, {count} of at most 2' in log.read_text()


class Followed(BaseModel):
    """A momentum encoder follows it, whose first step copies it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.backbone, self.neck = nn.Linear(3, 3), nn.Linear(3, 3)
        self.encoder = MomentumEncoder(
            nn.Sequential(self.backbone, self.neck), 0.1
        )
        nn.init.ones_(self.backbone.weight)  # later, as `init_weights` is

    def forward(self, inputs, data_samples=None, mode='loss'):
        out = self.neck(self.backbone(inputs))
        self.encoder.follow(self)
        return dict(loss=out.pow(2).mean())


def test_the_first_update_may_be_skipped(tmp_path):
    """A momentum encoder then copies in the second."""
    skipping = make_runner(
        tmp_path / 'a', images([0]), make_model=Followed, max_skipped=1
    )
    skipping.train()
    reference = make_runner(
        tmp_path / 'b', images()[BATCH:], make_model=Followed
    )
    reference.train()
    assert_same_state(skipping, reference)
    encoder = skipping.model.encoder
    assert encoder.steps.item() == encoder._steps == STEPS - 1


def test_one_bad_step_more_than_allowed_ends_the_run(tmp_path):
    runner = make_runner(tmp_path, images(bad=[1, 3]), max_skipped=1)
    with pytest.raises(NonFiniteError, match='^step 4 '):
        runner.train()
    assert saved(tmp_path) == ['iter_1.pth', 'iter_2.pth', 'iter_3.pth']


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


class Scaling(OptimWrapper):
    """Passes over updates as a scaler of float16 losses does."""

    loss_scaler = 'something'
    overflowing = range(0)

    def step(self, **kwargs):
        if self.inner_count in self.overflowing:
            return
        super().step(**kwargs)


@pytest.mark.parametrize('overflowing, ends', [(20, False), (21, True)])
def test_float16_may_overflow_for_a_while(
    tmp_path, monkeypatch, overflowing, ends
):
    monkeypatch.setattr(Scaling, 'overflowing', range(1, overflowing))
    runner = make_runner(tmp_path, images() * 4, Scaling)
    if ends:
        with pytest.raises(NonFiniteError, match='^step 1 .*gradient is inf'):
            runner.train()
    else:
        runner.train()


@pytest.mark.parametrize('window, spoilt', [(1, [2]), (2, [2, 3])])
def test_float16_s_update_with_a_bad_loss_is_skipped(
    tmp_path, monkeypatch, window, spoilt
):
    """The scaler passes over it, but queue and running means have it."""
    monkeypatch.setattr(Scaling, 'overflowing', [spoilt[-1] + 1])

    def wrapper(optimizer, kind=Scaling):
        return kind(optimizer, accumulative_counts=window)

    skipping = make_runner(
        tmp_path / 'a', images([2]), wrapper, window, max_skipped=1
    )
    skipping.train()
    good = [
        image for i, image in enumerate(images()) if i // BATCH not in spoilt
    ]
    reference = make_runner(
        tmp_path / 'b', good, lambda x: wrapper(x, OptimWrapper), window
    )
    reference.train()
    assert_same_state(skipping, reference)
    (log,) = (tmp_path / 'a').glob('*/*.log')
    assert 'step 3 has gone wrong' in log.read_text()


def test_float16_s_overflow_is_not_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr(Scaling, 'overflowing', [3])
    runner = make_runner(tmp_path, images(), Scaling, max_skipped=1)
    runner.train()
    (hook,) = (x for x in runner.hooks if isinstance(x, NonFiniteHook))
    assert hook.skipped.count == 0
    assert runner.model.norm.num_batches_tracked == STEPS


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
    resumed._load_from, resumed._resume = str(path), True
    resumed.train()
    assert resumed.iter > 3
    checkpoint = torch.load(path, weights_only=False)
    assert checkpoint['state_dict']['attn_mask'].isinf().any()
    checkpoint['state_dict']['layer.weight'][0, 0] = math.nan
    torch.save(checkpoint, path)
    again = make_runner(tmp_path / 'c', images(), make_model=Masked)
    again._load_from, again._resume = str(path), True
    with pytest.raises(NonFiniteError, match='1 of .*: layer.weight. It'):
        again.train()


def several_optimizers(*weights):
    return OptimWrapperDict(
        **{
            name: OptimWrapper(torch.optim.SGD([weight], lr=0.1))
            for name, weight in zip('ab', weights)
        }
    )


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


def test_updates_of_several_optimizers_are_not_skipped():
    wrappers = several_optimizers(*nn.Linear(2, 2).parameters())
    with pytest.raises(ValueError, match=r'one optimizer, .* 2 \(a, b\)'):
        NonFiniteHook(max_skipped=1).before_train(
            SimpleNamespace(optim_wrapper=wrappers)
        )


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


def test_a_negative_number_of_skips_is_refused():
    with pytest.raises(ValueError, match='max_skipped'):
        NonFiniteHook(max_skipped=-1)


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
