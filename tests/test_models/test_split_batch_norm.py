import copy

import pytest
import torch
from algorithms import BACKBONE, build
from mmcv.cnn import build_norm_layer
from mmengine.registry import DefaultScope
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.functional import normalize

from regioncl_mm.models import SplitBatchNorm
from regioncl_mm.models.momentum import encode_shuffled

CLOSE = dict(rtol=1e-9, atol=1e-9)
RESNET18 = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)


def pair(num_splits, **arguments):
    """SplitBN, and one plain layer a virtual device, all with one start."""
    torch.manual_seed(0)
    split = SplitBatchNorm(3, num_splits, **arguments).double()
    if split.affine:
        nn.init.normal_(split.weight)
        nn.init.normal_(split.bias)
    devices = nn.ModuleList()
    for _ in range(num_splits):
        devices.append(nn.BatchNorm2d(3, **arguments).double())
        devices[-1].load_state_dict(split.state_dict(), strict=True)
    return split, devices


def on_devices(devices, images):
    """Image i on device ``i % len(devices)``; rows come back in order."""
    rows = [None] * len(images)
    for d, device in enumerate(devices):
        outputs = device(images[d :: len(devices)])
        rows[d :: len(devices)] = outputs.unbind()
    return torch.stack(rows)


@pytest.mark.parametrize('num_splits', [1, 2, 3, 6])
@pytest.mark.parametrize(
    'arguments',
    [
        dict(),
        dict(momentum=0.3, eps=0.1),
        dict(momentum=None),
        dict(affine=False),
        dict(track_running_stats=False),
        dict(affine=False, track_running_stats=False),
    ],
)
def test_training_equals_a_batch_norm_on_each_virtual_device(
    num_splits, arguments
):
    split, devices = pair(num_splits, **arguments)
    for step in range(3):
        images = 5 + step + (step + 1) * torch.randn(12, 3, 2, 4).double()
        ours = images.clone().requires_grad_()
        theirs = images.clone().requires_grad_()
        output, expected = split(ours), on_devices(devices, theirs)
        torch.testing.assert_close(output, expected, **CLOSE)
        into = torch.randn_like(output)
        output.backward(into)
        expected.backward(into)
        torch.testing.assert_close(ours.grad, theirs.grad, **CLOSE)
    for name, parameter in split.named_parameters():
        grad = sum(dict(d.named_parameters())[name].grad for d in devices)
        torch.testing.assert_close(parameter.grad, grad, **CLOSE)
    for name, buffer in split.named_buffers():
        running = torch.stack([dict(d.named_buffers())[name] for d in devices])
        if name == 'num_batches_tracked':
            assert buffer == 3 and (running == 3).all()
        else:
            torch.testing.assert_close(buffer, running.mean(0), **CLOSE)
    assert split.track_running_stats == any(True for _ in split.buffers())


def test_two_virtual_devices_by_hand():
    # torch refuses 0; this is too little to change a variance of 1.
    split = SplitBatchNorm(1, num_splits=2, eps=1e-12)
    # Device 0 has 0 and 2, mean 1; device 1 has 10 and 30, mean 20.
    output = split(torch.tensor([0.0, 10, 2, 30]).view(4, 1, 1, 1))
    assert output.flatten().tolist() == [-1, -1, 1, 1]
    # A tenth of the mean of 1 and 20, and of the variances 2 and 200.
    assert split.running_mean.item() == pytest.approx(0.1 * 10.5)
    assert split.running_var.item() == pytest.approx(0.9 + 0.1 * 101)


@pytest.mark.parametrize('shape', [(8, 3), (8, 3, 5), (8, 3, 2, 2, 2)])
def test_inputs_of_other_dimensions(shape):
    split, devices = pair(2)
    plain = nn.ModuleList(nn.BatchNorm1d(3).double() for _ in devices)
    plain.load_state_dict(devices.state_dict())
    images = torch.randn(shape, dtype=torch.float64)
    # Batch norm of (N, C, L) is that of any image of L pixels.
    pixels = images if images.dim() == 2 else images.flatten(2)
    torch.testing.assert_close(
        split(images), on_devices(plain, pixels).view(shape), **CLOSE
    )


@pytest.mark.parametrize('tracked', [True, False])
def test_evaluation_is_batch_norm(tracked):
    split, (plain, *_) = pair(4, track_running_stats=tracked)
    split(torch.randn(8, 3, 4, 4, dtype=torch.float64) * 2 + 1)
    plain.load_state_dict(split.state_dict(), strict=True)
    split.eval()
    plain.eval()
    before = copy.deepcopy(split.state_dict())
    # Not divisible by four: no virtual devices here.
    images = torch.randn(5, 3, 4, 4, dtype=torch.float64)
    assert torch.equal(split(images), plain(images))
    for name, tensor in split.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_state_dict_is_batch_norms():
    split, plain = SplitBatchNorm(3), nn.BatchNorm2d(3)
    assert list(split.state_dict()) == list(plain.state_dict())
    split.load_state_dict(plain.state_dict(), strict=True)
    plain.load_state_dict(split.state_dict(), strict=True)


def test_half_precision_keeps_float32_statistics():
    split = SplitBatchNorm(3, num_splits=2)
    output = split(torch.randn(8, 3, 4, 4, dtype=torch.bfloat16))
    assert output.dtype == torch.bfloat16
    assert split.running_mean.dtype == torch.float32


@pytest.mark.parametrize('scope', ['mmpretrain', 'mmdet', 'mmengine'])
def test_is_built_as_any_norm_layer(scope):
    pytest.importorskip(scope)
    with DefaultScope.overwrite_default_scope(scope):
        name, layer = build_norm_layer(
            dict(type='SplitBN', num_splits=4, requires_grad=False), 6, 1
        )
    assert name == 'bn1'
    assert type(layer) is SplitBatchNorm
    assert (layer.num_features, layer.num_splits) == (6, 4)
    assert not layer.weight.requires_grad
    assert 'num_splits=4' in repr(layer)


def test_a_resnet_and_a_neck_train():
    torch.manual_seed(0)
    norm_cfg = dict(type='SplitBN', num_splits=2)
    model = nn.Sequential(
        MODELS.build(
            dict(RESNET18, norm_cfg=norm_cfg, zero_init_residual=True)
        ),
        MODELS.build(
            dict(
                type='NonLinearNeck',
                in_channels=64,
                hid_channels=8,
                out_channels=8,
                with_last_bn_affine=False,
                norm_cfg=norm_cfg,
            )
        ),
    )
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    splits = [m for m in model.modules() if isinstance(m, SplitBatchNorm)]
    assert not norms and len(splits) == 20 + 2
    for module in model:
        module.init_weights()
    # mmpretrain finds them by the name of their base class.
    assert all((block.norm2.weight == 0).all() for block in model[0].layer1)

    images = torch.randn(4, 3, 32, 32)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = copy.deepcopy(model)
    model(images)[0].square().mul(torch.rand(4, 8)).sum().backward()
    optimizer.step()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    assert not torch.equal(model[0].conv1.weight, before[0].conv1.weight)
    assert not torch.equal(
        model[0].bn1.running_mean, before[0].bn1.running_mean
    )

    # As on two devices: the images of one do not reach the other's features.
    alone = before(images[[0, 2]].repeat_interleave(2, dim=0))[0]
    features = copy.deepcopy(before)(images)[0]
    torch.testing.assert_close(features[0::2], alone[0::2])


@pytest.mark.parametrize('num_splits', [0, -1])
def test_a_number_of_splits_below_one_is_refused(num_splits):
    with pytest.raises(ValueError, match=f'at least 1, got {num_splits}'):
        SplitBatchNorm(3, num_splits)


def test_a_batch_that_does_not_split_is_refused():
    split = SplitBatchNorm(3, num_splits=4)
    before = copy.deepcopy(split.state_dict())
    with pytest.raises(
        ValueError,
        match='batch of 6 does not split into 4 equal parts; choose '
        '`num_splits` of SplitBN among its divisors',
    ):
        split(torch.randn(6, 3, 2, 2))
    for name, tensor in split.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_inputs_without_channels_are_refused():
    for mode in (True, False):
        with pytest.raises(ValueError, match='expected'):
            SplitBatchNorm(3).train(mode)(torch.randn(8))


# What it is for: keys that are normalised apart from their queries.


def with_norm(name, norm_cfg):
    torch.manual_seed(0)
    return build(name, backbone=dict(BACKBONE, norm_cfg=norm_cfg))


PLAIN = dict(type='BN')
SPLIT = dict(type='SplitBN', num_splits=4)


def orders(model, images):
    """The order in which the momentum encoder sees ``images`` (N, …), as a
    list that the next forward fills."""
    seen = []

    def look(backbone, inputs):
        same = (inputs[0][:, None] == images[None]).flatten(2).all(2)
        seen.append(same.int().argmax(1).tolist())

    model.encoder_k.module[0].register_forward_pre_hook(look)
    return seen


def some_images(n=16):
    """Noise, so that no two are equal, of a contrast of each its own."""
    generator = torch.Generator().manual_seed(3)
    contrast = torch.linspace(0.1, 3, n).view(n, 1, 1, 1)
    return contrast * torch.randn(n, 1, 28, 28, generator=generator)


@pytest.mark.parametrize(
    'norm, shuffled',
    [
        (PLAIN, False),
        (dict(SPLIT, num_splits=1), False),
        (SPLIT, True),
    ],
)
def test_keys_are_shuffled_among_virtual_devices_and_come_back_in_order(
    norm, shuffled
):
    model, images = with_norm('m', norm), some_images()
    model.update_momentum_encoder()
    seen = orders(model, images)
    reference = copy.deepcopy(model.encoder_k)
    keys = model.encode_keys(images)

    (order,) = seen
    assert sorted(order) == list(range(16))
    assert (order != sorted(order)) == shuffled
    expected = torch.empty_like(keys)
    with torch.no_grad():
        expected[order] = normalize(reference(images[order])[0])
    torch.testing.assert_close(keys, expected)


def test_all_that_densecl_encodes_comes_back_in_order():
    model, images = with_norm('d', SPLIT), some_images()
    seen = orders(model, images)
    model.eval()  # each image by itself, in any order
    encoded = model.encode_keys(images)
    assert seen[0] != sorted(seen[0])
    expected = model._encode(*model.encoder_k.module, images)
    assert len(encoded) == len(expected) == 4
    for got, want in zip(encoded, expected):
        torch.testing.assert_close(got, want)


def test_a_split_norm_in_the_neck_alone_shuffles_too():
    encoder = nn.Sequential(nn.Flatten(), SplitBatchNorm(1, num_splits=2))
    seen = []

    def encode(images):
        seen.append(images.flatten().tolist())
        return images, -images

    torch.manual_seed(0)
    images = torch.arange(8.0).view(8, 1)
    ahead, back = encode_shuffled(encoder, images, encode)
    assert seen[0] != sorted(seen[0]) == images.flatten().tolist()
    assert torch.equal(ahead, images) and torch.equal(back, -images)


def similarity(norm, images):
    """How alike queries and keys of the same images are before training."""
    model = with_norm('m', norm).double()
    model.loss([images, images.clone()], None)
    q, k, _ = model.observed
    return (q * k).sum(1)


def test_query_and_key_are_normalised_in_different_company(monkeypatch):
    """Equal images meet equal weights: only statistics tell them apart."""
    one, images = torch.ones(16).double(), some_images().double()
    torch.testing.assert_close(similarity(PLAIN, images), one, **CLOSE)
    assert (similarity(SPLIT, images) < 1 - 1e-6).all()
    # The shuffle does it, not the split by itself.
    monkeypatch.setattr(torch, 'randperm', torch.arange)
    torch.testing.assert_close(similarity(SPLIT, images), one, **CLOSE)
