import copy
import warnings
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import distributed, nn
from torch.utils._python_dispatch import TorchDispatchMode

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
    assert len(hook.handles) == 2
    assert not runner.model.data_preprocessor._forward_hooks
    assert not runner.model.backbone._forward_hooks


class Layouts(TorchDispatchMode):
    """Counts backward passes of ReLU by whether both maps lie alike."""

    def __init__(self):
        super().__init__()
        self.alike = []

    def __torch_dispatch__(self, function, types, arguments=(), kwargs=None):
        if function is torch.ops.aten.threshold_backward.default:
            gradient, activation = arguments[:2]
            if gradient.dim() == 4:
                self.alike.append(gradient.stride() == activation.stride())
        return function(*arguments, **(kwargs or {}))


def test_gradients_are_channels_last(quickstart):
    """Those of the map that queries, or canvas and paste, are pooled of."""
    quickstart.custom_hooks = [dict(type='ChannelsLastHook')]
    runner = Runner.from_cfg(quickstart)
    with Layouts() as layouts:
        runner.train()
    # A stem and two layers in each of six blocks, twice a step.
    assert layouts.alike == [True] * 13 * 2 * runner.iter


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


@pytest.fixture
def process_group(tmp_path, monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '0')
    store = distributed.FileStore(str(tmp_path / 'store'), 1)
    distributed.init_process_group('gloo', store=store, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


class Small(nn.Module):
    """Enough of a pretraining model for the hook."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.data_preprocessor = nn.Identity()
        self.layers = nn.Sequential(
            nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3)
        )

    def forward(self, images):
        return self.layers(images)


def wrapper_of(model, kind=torch.optim.SGD, **settings):
    return OptimWrapper(kind(model.parameters(), lr=0.1, **settings))


@pytest.mark.parametrize('several', [False, True])
@pytest.mark.parametrize(
    'kind, settings',
    [(torch.optim.SGD, dict(momentum=0.9)), (torch.optim.AdamW, {})],
)
def test_an_optimizers_state_becomes_channels_last(kind, settings, several):
    """As that of a checkpoint that was saved without the hook."""
    weights = []
    for hooks in ([], [ChannelsLastHook()]):
        model = Small()
        wrapper = wrapper_of(model, kind, **settings)
        torch.manual_seed(1)
        for step in range(2):
            images = torch.randn(2, 4, 8, 8)
            wrapper.update_params(model(images).square().mean())
            for hook in hooks * (step == 0):
                wrappers = OptimWrapperDict(a=wrapper) if several else wrapper
                runner = SimpleNamespace(model=model, optim_wrapper=wrappers)
                hook.before_train(runner)
        # A bias before batch norm has gradients of rounding alone.
        weights.append([p.detach() for p in model.parameters() if p.dim() > 1])
    torch.testing.assert_close(*weights)
    for weight, state in wrapper.optimizer.state.items():
        held = [x for x in state.values() if x.shape == weight.shape]
        assert held and all(x.stride() == weight.stride() for x in held)


def strides_warned_of(model):
    """What DDP says of strides in two steps."""
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter('always')
            for _ in range(2):
                images = torch.rand(2, 4, 8, 8)
                images = images.contiguous(memory_format=torch.channels_last)
                model(images).sum().backward()
    finally:
        torch.set_warn_always(False)
    return [x for x in said if 'strides' in str(x.message)]


def test_ddp_is_made_of_weights_in_that_layout(process_group):
    compiled = []
    wrapper = dict(device_ids=None)
    runner = SimpleNamespace(
        cfg=Config(dict(model_wrapper_cfg=wrapper)),
        distributed=True,
        optim_wrapper=OptimWrapperDict(),
        model=MMDistributedDataParallel(Small()),
        _maybe_compile=compiled.append,
    )
    runner.wrap_model = partial(Runner.wrap_model, runner)
    weights = list(runner.model.parameters())
    before = copy.deepcopy(weights)
    ChannelsLastHook().before_train(runner)
    assert isinstance(runner.model, MMDistributedDataParallel)
    assert all(a is b for a, b in zip(runner.model.parameters(), weights))
    assert all(map(torch.equal, weights, before))
    assert is_channels_last(weights[0]) and not weights[0].is_contiguous()
    assert compiled == ['train_step']
    assert not strides_warned_of(runner.model)
    late = MMDistributedDataParallel(Small())
    late.to(memory_format=torch.channels_last)
    assert strides_warned_of(late)


@pytest.mark.parametrize(
    'layer, refused',
    [
        (nn.Conv2d(4, 8, 1, stride=2), True),
        (nn.Conv2d(8, 8, 1, stride=2), False),
        (nn.Conv2d(1, 8, 1, stride=2), False),
        (nn.Conv2d(4, 8, 1), False),
        (nn.Conv2d(4, 8, 3, stride=2), False),
        (nn.Conv2d(4, 8, 1, stride=2, device='meta'), False),
    ],
)
def test_where_torch_overwrites_memory_nothing_is_trained(layer, refused):
    model = Small()
    model.layers.append(layer)
    runner = SimpleNamespace(model=model, optim_wrapper=wrapper_of(model))
    if not refused:
        ChannelsLastHook().before_train(runner)
        return
    with pytest.raises(ValueError, match=r'`layers\.3` has 4 input channels'):
        ChannelsLastHook().before_train(runner)
    assert model.layers[0].weight.is_contiguous()
