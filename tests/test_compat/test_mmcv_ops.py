"""The stand-ins for mmcv's ops beside compiled ones, values and gradients.

By mmcv's own Python functions, as mmdet calls them. Where mmcv is not
compiled, the stand-ins are compared with values worked out by hand.
"""

import importlib
import sys

import mmcv.ops
import numpy as np
import pytest
import torch
from mmcv.ops import batched_nms, nms, roi_align, sigmoid_focal_loss

from regioncl_mm.compat.missing_modules import is_stand_in
from regioncl_mm.compat.served import served
from regioncl_mm.compat.stand_ins import mmcv_ext

COMPILED = not is_stand_in('mmcv._ext')
compiled_only = pytest.mark.skipif(
    not COMPILED, reason='mmcv has no compiled ops here to compare with'
)
# mmcv.ops has functions of the names of its modules.
MODULES = [
    importlib.import_module(f'mmcv.ops.{name}')
    for name in ('nms', 'roi_align', 'focal_loss')
]


@pytest.fixture
def stand_ins(monkeypatch):
    """Call to have mmcv's functions use the stand-ins from then on."""

    def use():
        for module in MODULES:
            monkeypatch.setattr(module, 'ext_module', mmcv_ext)

    monkeypatch.setattr(mmcv_ext, 'USED', set())
    return use


def both(function, stand_ins):
    """What a function gives with compiled ops, and with the stand-ins."""
    expected = function()
    stand_ins()
    return function(), expected


def boxes_of(kind, count=200, seed=0):
    """Boxes (N, 4) and scores (N,)."""
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * 100
    size = torch.rand(count, 2, generator=generator) * 40
    scores = torch.rand(count, generator=generator)
    if kind == 'whole pixels':
        # Many overlaps that are fractions of small numbers, many ties.
        corner, size = (corner / 10).round(), (size / 10).round()
        scores = (scores * 4).round() / 4
    if kind == 'empty boxes':
        size[::3] = 0
    return torch.cat([corner, corner + size], 1), scores


KINDS = ('random', 'whole pixels', 'empty boxes')


@compiled_only
@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('threshold', [0.0, 0.1, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize('kind', KINDS)
def test_nms_is_the_compiled_one(kind, threshold, offset, stand_ins):
    inputs = [boxes_of(kind, seed=seed) for seed in range(5)]
    found, expected = both(
        lambda: [nms(*x, threshold, offset=offset) for x in inputs], stand_ins
    )
    for ours, theirs in zip(found, expected):
        for one, other in zip(ours, theirs):
            assert torch.equal(one, other)


@compiled_only
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(class_agnostic=True),
        dict(max_num=7),
        dict(score_threshold=0.4),
        dict(split_thr=50),
    ],
    ids=str,
)
def test_batched_nms_is_the_compiled_one(kind, options, stand_ins):
    boxes, scores = boxes_of(kind)
    classes = torch.arange(len(boxes)) % 3
    cfg = dict(type='nms', iou_threshold=0.4, **options)
    found, expected = both(
        lambda: batched_nms(boxes, scores, classes, dict(cfg)), stand_ins
    )
    for one, other in zip(found, expected):
        assert torch.equal(one, other)


def test_nms_by_hand(stand_ins):
    stand_ins()
    boxes = torch.tensor(
        [
            [0.0, 0, 10, 10],
            [0, 0, 10, 5],  # a half of the first
            [0, 0, 10, 1],  # a tenth of it, a fifth of the second
            [20, 20, 30, 30],
        ]
    )
    scores = torch.tensor([0.6, 0.9, 0.8, 0.7])

    def kept(threshold, offset=0):
        dets, kept = nms(boxes, scores, threshold, offset)
        assert torch.equal(dets, torch.cat([boxes, scores[:, None]], 1)[kept])
        return kept.tolist()

    assert kept(0.6) == [1, 2, 3, 0]
    assert kept(0.4) == [1, 2, 3]
    assert kept(0.5) == [1, 2, 3, 0]  # as much as the threshold stays
    # Of single precision, as the overlap; 0.1 is less in double precision.
    assert nms(boxes[[0, 2]], scores[[0, 2]], 0.1)[1].tolist() == [1, 0]
    # 11x2 of 11x6 pixels is a third.
    assert kept(0.32, offset=1) == [1, 3]
    assert kept(0.34, offset=1) == [1, 2, 3]
    nothing = nms(boxes[:0], scores[:0], 0.5)
    assert [x.shape for x in nothing] == [(0, 5), (0,)]
    assert mmcv_ext.USED == {'nms'}


ROIS = torch.tensor(
    [
        [0, 0, 0, 15, 15],
        [1, 3.3, 2.2, 9.7, 12.1],
        [0, -5, -5, 4, 4],  # over the border
        [1, 12, 12, 40, 30],
        [0, 7, 7, 7, 7],  # empty
        [1, 50, 50, 60, 60],  # outside
        [0, 2.5, 2.5, 3, 3],  # less than a cell
    ]
)


@compiled_only
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize(
    'options',
    [
        dict(output_size=7, spatial_scale=1.0, sampling_ratio=0),
        dict(output_size=(3, 5), spatial_scale=0.25, sampling_ratio=2),
        dict(output_size=14, spatial_scale=0.5, sampling_ratio=0),
    ],
    ids=str,
)
def test_roi_align_is_the_compiled_one(dtype, aligned, options, stand_ins):
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 6, 16, 16, dtype=dtype, generator=generator)
    drawn = torch.rand(30, 5, generator=generator) * 16
    drawn[:, 3:] += drawn[:, 1:3]
    drawn[:, 0] = torch.arange(30) % 2

    def values_and_gradients(rois):
        images = features.clone().requires_grad_()
        output = roi_align(
            images,
            rois.to(dtype),
            options['output_size'],
            options['spatial_scale'],
            options['sampling_ratio'],
            'avg',
            aligned,
        )
        weights = torch.arange(output.numel()).view_as(output)
        (output * weights.sin()).sum().backward()
        return output.detach(), images.grad

    found, expected = both(
        lambda: [values_and_gradients(x) for x in (ROIS, drawn, ROIS[:0])],
        stand_ins,
    )
    for ours, theirs in zip(found, expected):
        for one, other in zip(ours, theirs):
            assert one.dtype == dtype
            assert torch.equal(one, other)


@pytest.mark.parametrize('aligned, shift', [(True, 0.0), (False, 0.5)])
def test_roi_align_by_hand(aligned, shift, stand_ins):
    stand_ins()
    # A slope: the value of a pixel is its column, x - 0.5 at its centre.
    image = torch.arange(8.0).expand(1, 1, 8, 8).contiguous().requires_grad_()
    rois = torch.tensor([[0, 2.0, 2, 6, 6]])
    output = roi_align(image, rois, 2, 1.0, 2, 'avg', aligned)
    # The middles of its halves, 3 and 5, less half a pixel if aligned.
    columns = torch.tensor([2.5, 4.5]) + shift
    torch.testing.assert_close(output[0, 0], columns.expand(2, 2))
    output.sum().backward()
    # Each of four cells is a mean.
    assert image.grad.sum() == pytest.approx(4)
    assert mmcv_ext.USED == {'roi_align'}


def test_roi_align_in_two_calls_is_gradient_checked(stand_ins):
    stand_ins()
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2, 1, 6, 6, dtype=torch.float64, generator=generator)
    rois = torch.tensor([[0, 1.0, 1, 4, 5], [1, 0, 0, 3, 3]]).double()
    assert torch.autograd.gradcheck(
        lambda x: roi_align(x, rois, 2, 1.0, 2, 'avg', True),
        images.requires_grad_(),
    )


def test_the_maximum_of_roi_align_is_refused(stand_ins):
    stand_ins()
    with pytest.raises(NotImplementedError, match='pool_mode="max".*--compil'):
        roi_align(torch.zeros(1, 1, 4, 4), ROIS[:1], 2, 1.0, 0, 'max', True)


@pytest.mark.parametrize('gamma, alpha', [(2.0, 0.25), (0.5, 0.6)])
def test_focal_loss_is_mmdets_and_torchvisions(gamma, alpha, stand_ins):
    losses = pytest.importorskip('mmdet.models.losses.focal_loss')
    from torchvision.ops import sigmoid_focal_loss as torchvisions

    stand_ins()
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(9, 4, dtype=torch.float64, generator=generator) * 3
    target = torch.arange(9) % 5  # 4 is the background
    one_hot = torch.nn.functional.one_hot(target, 5)[:, :4].double()

    def value_and_gradient(function):
        inputs = scores.clone().requires_grad_()
        loss = function(inputs)
        loss.backward()
        return loss.detach(), inputs.grad

    found = value_and_gradient(
        lambda x: sigmoid_focal_loss(x, target, gamma, alpha, None, 'mean')
    )
    for expected in (
        value_and_gradient(
            lambda x: (
                losses.py_sigmoid_focal_loss(
                    x, one_hot, gamma=gamma, alpha=alpha, reduction='sum'
                )
                / 9
            )
        ),
        value_and_gradient(
            lambda x: torchvisions(x, one_hot, alpha, gamma, 'sum') / 9
        ),
    ):
        for one, other in zip(found, expected):
            torch.testing.assert_close(one, other)
    assert mmcv_ext.USED == {'sigmoid_focal_loss'}


def test_focal_loss_by_hand(stand_ins):
    stand_ins()
    scores = torch.tensor([[0.0, np.log(3)]], dtype=torch.float64)
    weight = torch.tensor([2.0, 1.0], dtype=torch.float64)
    # p = 1/2 and 3/4. The first is the target, which has weight 2.
    expected = 2 * torch.tensor(
        [[0.25 * 0.25 * np.log(2), 0.75 * 0.75**2 * np.log(4)]]
    )
    found = sigmoid_focal_loss(
        scores, torch.tensor([0]), 2.0, 0.25, weight, 'none'
    )
    torch.testing.assert_close(found, expected)
    assert torch.autograd.gradcheck(
        lambda x: sigmoid_focal_loss(
            x, torch.tensor([1]), 1.5, 0.3, weight, 'sum'
        ),
        scores.requires_grad_(),
    )
    # Scores at which exp overflows in single precision.
    far = torch.tensor([[-200.0, 200.0]], requires_grad=True)
    sigmoid_focal_loss(
        far, torch.tensor([0]), 2.0, 0.25, None, 'sum'
    ).backward()
    assert far.grad.isfinite().all()


def test_other_ops_are_named_with_the_way_to_get_them():
    """Importing them is all that OpenMMLab's packages need."""
    for name in ('deform_conv_forward', 'softnms', 'nms_rotated'):
        op = getattr(mmcv_ext, name)
        with pytest.raises(NotImplementedError) as raised:
            op(torch.zeros(1), stride=1)
        assert f'`{name}`' in str(raised.value)
        assert 'bash tools/install.sh --compiled' in str(raised.value)
    assert not hasattr(mmcv_ext, '__path__')


def test_results_say_whose_ops_served(stand_ins, monkeypatch):
    import torchvision

    if COMPILED:
        assert served()['ops'] == f'compiled mmcv {mmcv.__version__}'
    monkeypatch.setitem(sys.modules, 'mmcv._ext', mmcv_ext)
    assert served()['ops'] == 'none'
    stand_ins()
    nms(*boxes_of('random'), 0.5)
    roi_align(torch.zeros(2, 1, 4, 4), ROIS, 2, 1.0, 0, 'avg', True)
    version = torchvision.__version__.split('+')[0]
    expected = f'torchvision {version} stand-in: nms, roi_align'
    assert served()['ops'] == expected
    monkeypatch.delitem(sys.modules, 'mmcv._ext')
    assert served()['ops'] == 'none'
