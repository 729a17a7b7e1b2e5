"""Updates with numbers that are not finite are passed over, if few."""

import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from spoilt_runs import (
    BATCH,
    STEPS,
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

from regioncl_mm.finite import NonFiniteError, not_finite
from regioncl_mm.hooks import NonFiniteHook, ResumeHook
from regioncl_mm.models.momentum import MomentumEncoder


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


@pytest.mark.parametrize('max_skipped', [1, 2])
@pytest.mark.parametrize('counted', [True, False])
def test_those_before_a_resume_count(tmp_path, max_skipped, counted):
    """mmengine's loop begins the epoch anew, with its bad batch."""
    make_runner(tmp_path / 'a', images(bad=[1]), max_skipped=1).train()
    path = tmp_path / 'a' / 'iter_4.pth'
    if not counted:  # by a version that did not keep it
        checkpoint = torch.load(path, weights_only=False)
        del checkpoint['message_hub']['runtime_info']['skipped_updates']
        torch.save(checkpoint, path)
    again = make_runner(
        tmp_path / 'b', images(bad=[1]), max_skipped=max_skipped
    )
    resume(again, path)
    if counted and max_skipped == 1:
        with pytest.raises(NonFiniteError, match='^step 6 '):
            again.train()
        return
    again.train()
    (log,) = (tmp_path / 'b').glob('*/*.log')
    count = 2 if counted else 1
    assert f'skipped, {count} of at most {max_skipped}' in log.read_text()


def test_a_new_run_counts_anew(tmp_path):
    """In the same process the message hub may be that of a run before."""
    runner = make_runner(tmp_path, images(), max_skipped=1)
    runner.message_hub.update_info('skipped_updates', 1)
    runner.train()
    assert runner.message_hub.get_info('skipped_updates') == 0


class SharedNorm(Model):
    """A layer of it has two names."""

    def __init__(self):
        super().__init__()
        self.again = self.norm


class Finite(Model):
    """A bad image is in the loss, and large numbers are in its state."""

    def forward(self, inputs, data_samples=None, mode='loss'):
        losses = super().forward(inputs.nan_to_num(100))
        bad = 0 * inputs.sum() * self.layer.bias.sum()
        return dict(losses, loss_three=bad)


def with_windows_of_two(*args, **options):
    return make_runner(
        *args,
        wrapper=lambda x: OptimWrapper(x, accumulative_counts=2),
        loop='ResumableEpochBasedTrainLoop',
        max_skipped=1,
        **options,
    )


@pytest.mark.parametrize('make_model', [SharedNorm, Finite])
def test_a_checkpoint_between_a_bad_step_and_its_update(tmp_path, make_model):
    """The run goes on from it as if it had not been interrupted."""
    runs = [
        with_windows_of_two(
            tmp_path / name, images(bad=[2]), make_model=make_model
        )
        for name in 'ab'
    ]
    runs[0].register_hook(ResumeHook())
    runs[0].train()
    two, three = (
        torch.load(tmp_path / 'a' / f'iter_{i}.pth', weights_only=False)
        for i in (2, 3)
    )
    assert three['state_dict'].keys() == two['state_dict'].keys()
    for name, tensor in three['state_dict'].items():
        assert torch.equal(tensor, two['state_dict'][name]), name
    runs[1].register_hook(ResumeHook())
    resume(runs[1], tmp_path / 'a' / 'iter_3.pth')
    runs[1].train()
    assert_same_state(*runs)
    (log,) = (tmp_path / 'b').glob('*/*.log')
    assert 'step 4 has gone wrong' in log.read_text()


@pytest.mark.parametrize('update_buffers', [False, True])
def test_averages_are_saved_as_before_a_bad_step(tmp_path, update_buffers):
    runner = with_windows_of_two(tmp_path, images(bad=[2]))
    runner.register_hook(EMAHook(update_buffers=update_buffers))
    runner.train()
    kinds = ('state_dict', 'ema_state_dict')
    found = {
        i: torch.load(tmp_path / f'iter_{i}.pth', weights_only=False)
        for i in range(1, STEPS + 1)
    }
    for checkpoint in found.values():
        for kind in kinds:
            assert not_finite(checkpoint[kind]) == []
    for kind in kinds:
        for name, tensor in found[3][kind].items():
            assert torch.equal(tensor, found[2][kind][name]), name
    assert found[6]['ema_state_dict']['steps'] > 3


class Later(Model):
    """What spoils its queue shows in the loss of the next step."""

    def forward(self, inputs, data_samples=None, mode='loss'):
        used = self.queue.sum()
        losses = super().forward(inputs.nan_to_num())
        if inputs.isnan().any():
            self.queue.fill_(math.nan)
        return dict(losses, loss_three=0 * used * self.layer.bias.sum())


def test_a_state_that_is_bad_before_a_loss_is_not_saved(tmp_path):
    """As where the bad image is another process's."""
    with_windows_of_two(tmp_path, images(bad=[2]), make_model=Later).train()
    assert len(saved(tmp_path)) == STEPS
    for name in saved(tmp_path):
        weights = torch.load(tmp_path / name, weights_only=False)['state_dict']
        assert not_finite(weights) == []


def test_weights_that_are_bad_are_not_saved_between_steps(tmp_path):
    """Only what is going to be undone is saved as it was before."""
    runner = with_windows_of_two(tmp_path, images(bad=[2]))
    hook = next(x for x in runner.hooks if isinstance(x, NonFiniteHook))
    look = hook.before_save_checkpoint

    def spoil(runner, checkpoint):
        if runner.iter + 1 == 3:
            checkpoint['state_dict']['layer.weight'][0, 0] = math.nan
        look(runner, checkpoint)

    hook.before_save_checkpoint = spoil
    with pytest.raises(NonFiniteError, match='nothing was saved: 1 .*layer'):
        runner.train()
    assert saved(tmp_path) == ['iter_1.pth', 'iter_2.pth']


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


def test_updates_of_several_optimizers_are_not_skipped():
    wrappers = several_optimizers(*nn.Linear(2, 2).parameters())
    with pytest.raises(ValueError, match=r'one optimizer, .* 2 \(a, b\)'):
        NonFiniteHook(max_skipped=1).before_train(
            SimpleNamespace(optim_wrapper=wrappers)
        )


def test_a_negative_number_of_skips_is_refused():
    with pytest.raises(ValueError, match='max_skipped'):
        NonFiniteHook(max_skipped=-1)
