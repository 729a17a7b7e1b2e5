import copy

import torch
from mmengine.runner import Runner

from regioncl_mm.hooks import ChannelsLastHook


def is_channels_last(tensor):
    return tensor.is_contiguous(memory_format=torch.channels_last)


def test_images_and_feature_maps_are_channels_last(quickstart):
    seen = []

    def watch(module, arguments, output):
        seen.extend((arguments[0], output[0]))

    quickstart.custom_hooks = [dict(type='ChannelsLastHook')]
    runner = Runner.from_cfg(copy.deepcopy(quickstart))
    runner.model.backbone.register_forward_hook(watch)
    runner.train()
    assert len(seen) > 4
    # A single grey channel has both layouts at once.
    assert all(is_channels_last(tensor) for tensor in seen)
    assert not any(t.is_contiguous() for t in seen if t.size(1) > 1)


def test_a_batch_after_training_is_as_it_was(quickstart):
    quickstart.custom_hooks = [dict(type='ChannelsLastHook')]
    runner = Runner.from_cfg(quickstart)
    runner.train()
    (hook,) = [h for h in runner.hooks if isinstance(h, ChannelsLastHook)]
    hooks = runner.model.data_preprocessor._forward_hooks
    assert not hooks and hook.handle.id not in hooks


def test_the_losses_are_the_same(quickstart):
    losses = []
    for hooks in ([], [dict(type='ChannelsLastHook')]):
        cfg = copy.deepcopy(quickstart)
        cfg.custom_hooks = hooks
        cfg.experiment_name = f'channels_last_{len(hooks)}'
        runner = Runner.from_cfg(cfg)
        runner.train()
        history = runner.message_hub.get_scalar('train/loss')
        losses.append(torch.tensor(history.data[0]))
    assert len(losses[0]) == 2
    torch.testing.assert_close(*losses, rtol=1e-4, atol=1e-5)
