"""Cheap and deferred transforms make the views that mmpretrain's make."""

import copy
import random

import cv2
import matplotlib.cbook
import numpy as np
import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmpretrain.registry import DATASETS, MODELS, TRANSFORMS
from scipy import stats
from test_hooks.test_buffered_runtime_info_hook import Waits

from regioncl_mm.datasets.transforms import uint8_steps
from regioncl_mm.datasets.transforms.steps import Op, Step, can_draw, draw
from regioncl_mm.models import AugmentingDataPreprocessor
from regioncl_mm.models.preprocessors import batch_steps
from regioncl_mm.utils import check_config

BASE_DATASETS = REPO / 'configs' / '_base_' / 'datasets'
BYTES = dict(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=True)


@pytest.fixture(scope='module')
def photograph():
    """A natural one, (512, 600, 3), red last."""
    path = matplotlib.cbook.get_sample_data(
        'grace_hopper.jpg', asfileobj=False
    )
    return cv2.imread(str(path))


def multi_view(name):
    """Config of the views of a dataset's config."""
    cfg = Config.fromfile(BASE_DATASETS / f'{name}.py')
    (found,) = (t for t in cfg.train_pipeline if t.type == 'MultiView')
    return found.to_dict()


def seed(value):
    random.seed(value)
    np.random.seed(value)


def views(cfg, photograph, value=0):
    """The views of one draw, and what the generators draw next."""
    transform = TRANSFORMS.build(cfg)
    seed(value)
    results = transform(dict(img=photograph))
    return results, (random.random(), np.random.rand())


def closeness(found, expected):
    """Mean and largest difference in levels."""
    gap = np.abs(found.astype(float) - expected.astype(float))
    return gap.mean(), gap.max()


@pytest.mark.parametrize(
    'name', ['imagenet_bs128_mocov2', 'imagenet_bs512_mocov3']
)
def test_the_same_seed_makes_the_same_views(name, photograph):
    cfg = multi_view(name)
    fast = dict(cfg, type='FastMultiView')
    deferred = dict(fast, on_device=True)
    preprocess = MODELS.build(dict(type='AugmentingDataPreprocessor', **BYTES))
    pack = TRANSFORMS.build(
        dict(type='PackInputs', algorithm_keys=('augmentation',))
    )
    cheap, late = [], []
    for value in range(20):
        theirs, after = views(cfg, photograph, value)
        ours, after_ours = views(fast, photograph, value)
        drawn, after_drawn = views(deferred, photograph, value)
        assert after == after_ours == after_drawn
        batch = default_collate([pack(drawn)])
        on_device = [
            view[0].flip(0).permute(1, 2, 0).numpy()
            for view in preprocess(batch, training=True)['inputs']
        ]
        for i, expected in enumerate(theirs['img']):
            assert ours['img'][i].dtype == np.uint8
            cheap.append(closeness(ours['img'][i], expected)[0])
            late.append(closeness(on_device[i], expected)[0])
    assert max(cheap) < 1.5 and np.median(cheap) < 0.8
    # Pillow cuts half a level off in each of up to six steps, which floating
    # point does not.
    assert max(late) < 3 and np.median(late) < 1.8


STEPS = {
    'brighter': (Op.BRIGHTNESS, 1.37, dict(brightness=(1.37, 1.37))),
    'darker': (Op.BRIGHTNESS, 0.63, dict(brightness=(0.63, 0.63))),
    'contrast': (Op.CONTRAST, 1.4, dict(contrast=(1.4, 1.4))),
    'flat': (Op.CONTRAST, 0.6, dict(contrast=(0.6, 0.6))),
    'colours': (Op.SATURATION, 1.4, dict(saturation=(1.4, 1.4))),
    'pale': (Op.SATURATION, 0.6, dict(saturation=(0.6, 0.6))),
    'hue': (Op.HUE, 0.1, dict(hue=(0.1, 0.1))),
    'hue_back': (Op.HUE, -0.1, dict(hue=(-0.1, -0.1))),
    'grayscale': (
        Op.GRAYSCALE,
        0,
        dict(
            type='RandomGrayscale',
            prob=1.0,
            keep_channels=True,
            channel_weights=(0.114, 0.587, 0.2989),
        ),
    ),
    'blur': (Op.BLUR, 2.0, dict(type='GaussianBlur', radius=2, prob=1.0)),
    'no_blur': (Op.BLUR, 0.1, dict(type='GaussianBlur', radius=0.1, prob=1.0)),
    'solarize': (Op.SOLARIZE, 128, dict(type='Solarize', thr=128, prob=1.0)),
    'flip': (Op.FLIP, 0, dict(type='RandomFlip', prob=1.0)),
}


@pytest.mark.parametrize('name', STEPS)
def test_each_step_is_the_transforms(name, photograph):
    op, value, cfg = STEPS[name]
    transform = TRANSFORMS.build({'type': 'ColorJitter', **cfg})
    assert Step(op, value) in draw(transform)
    crop = photograph[100:324, 150:374]
    expected = transform(dict(img=crop.copy()))['img']
    ours = uint8_steps.apply_steps(crop, [Step(op, value)])
    image = torch.from_numpy(crop[..., ::-1].copy()).permute(2, 0, 1).float()
    found = batch_steps.apply_steps(
        image[None], np.array([[[op, value]]], np.float32)
    )
    found = found[0].flip(0).permute(1, 2, 0).numpy()
    # Pillow counts hues in bytes, and blurs in passes that meet the edge.
    inside = slice(8, -8) if op == Op.BLUR else slice(None)
    largest = {Op.HUE: 8, Op.BLUR: 5}.get(op, 3)
    for result in (ours, found):
        mean, most = closeness(
            result[inside, inside], expected[inside, inside]
        )
        assert mean < 0.8 and most <= largest


def test_crops_are_equal_to_the_bit(photograph):
    cfg = multi_view('imagenet_bs128_mocov2')
    cfg['transforms'] = [cfg['transforms'][0][:1]]
    for value in range(5):
        theirs, after = views(cfg, photograph, value)
        ours, after_ours = views(
            dict(cfg, type='FastMultiView'), photograph, value
        )
        assert after == after_ours
        assert all(map(np.array_equal, ours['img'], theirs['img']))


def test_each_image_has_its_own_steps():
    torch.manual_seed(0)
    images = torch.rand(3, 3, 8, 6) * 255
    steps = np.array(
        [
            [(Op.BRIGHTNESS, 2), (Op.FLIP, 0)],
            [(Op.FLIP, 0), (Op.NOTHING, 0)],
            [(Op.SOLARIZE, 100), (Op.BRIGHTNESS, 0.5)],
        ],
        np.float32,
    )
    found = batch_steps.apply_steps(images.clone(), steps)
    a, b, c = images
    expected = [
        (2 * a).clamp(max=255).flip(2),
        b.flip(2),
        torch.where(c < 100, c, 255 - c) / 2,
    ]
    torch.testing.assert_close(found, torch.stack(expected))


def test_hue_by_hand():
    """A third of a turn makes red green, a half makes it cyan."""
    red = torch.tensor([200.0, 20.0, 20.0]).view(1, 3, 1, 1)
    for turns, expected in ((1 / 3, [20, 200, 20]), (0.5, [20, 200, 200])):
        steps = np.array([[[Op.HUE, turns]]], np.float32)
        found = batch_steps.apply_steps(red.clone(), steps).flatten()
        torch.testing.assert_close(
            found, torch.tensor(expected).float(), atol=1e-3, rtol=0
        )


def test_blur_keeps_sums_and_goes_on_at_the_edge():
    """A point becomes a Gaussian; a constant image, and one with one row lit
    at the edge, come out as if that row went on beyond it."""
    point = torch.zeros(1, 1, 21, 21)
    point[..., 10, 10] = 100
    steps = np.array([[[Op.BLUR, 1.5]]], np.float32)
    found = batch_steps.apply_steps(point, steps)[0, 0]
    distance = torch.arange(21) - 10
    gaussian = torch.exp(-(distance**2) / 4.5)
    gaussian = gaussian / gaussian.sum()
    torch.testing.assert_close(
        found, 100 * gaussian[:, None] * gaussian, atol=1e-4, rtol=1e-4
    )
    edge = torch.zeros(1, 1, 21, 5)
    edge[..., 0, :] = 100
    found = batch_steps.apply_steps(edge, steps)[0, 0, 0]
    torch.testing.assert_close(
        found, 100 * gaussian[10:].sum().expand(5), atol=1e-3, rtol=1e-4
    )


def test_parameters_are_distributed_as_mmpretrains():
    """2,000 draws each, from generators that do not agree."""
    pipeline = multi_view('imagenet_bs512_mocov3')['transforms'][1]
    apply, gray, blur, solarize, flip = map(TRANSFORMS.build, pipeline[1:])
    (jitter,) = apply
    seed(1)
    ours = [
        [s for t in (apply, gray, blur, solarize, flip) for s in draw(t)]
        for _ in range(2000)
    ]
    seed(2)
    values = np.array([jitter._rand_params()[1:] for _ in range(2000)])
    radii = [blur.random_magnitude() for _ in range(2000)]
    for op, theirs in zip(
        (Op.BRIGHTNESS, Op.CONTRAST, Op.SATURATION, Op.HUE, Op.BLUR),
        (*values.T, radii),
    ):
        found = [v for steps in ours for o, v in steps if o == op]
        assert stats.ks_2samp(found, theirs).pvalue > 0.01, op.name
    counted = {
        op: sum(Step(op, v) in steps for steps in ours)
        for op, v in ((Op.GRAYSCALE, 0), (Op.SOLARIZE, 128), (Op.FLIP, 0))
    }
    counted[Op.HUE] = sum(any(o == Op.HUE for o, _ in s) for s in ours)
    wanted = {Op.GRAYSCALE: 0.2, Op.SOLARIZE: 0.2, Op.FLIP: 0.5, Op.HUE: 0.8}
    for op, prob in wanted.items():
        assert stats.binomtest(counted[op], 2000, prob).pvalue > 0.01, op.name
    # Every order of the four parts of the jitter.
    orders = {tuple(o for o, _ in s[:4]) for s in ours} - {(Op.NOTHING,) * 4}
    assert len(orders) == 24
    assert {len(steps) for steps in ours} == {8}


def test_others_run_as_they_are(photograph):
    """In their place among those that are done cheaply."""
    cfg = multi_view('imagenet_bs128_mocov2')
    cfg['transforms'][0].insert(
        2, dict(type='RandomErasing', erase_prob=1.0, mode='const')
    )
    cfg['transforms'][0].append(
        dict(type='RandomFlip', prob=1.0, direction='vertical')
    )
    theirs, after = views(cfg, photograph)
    ours, after_ours = views(dict(cfg, type='FastMultiView'), photograph)
    assert after == after_ours
    assert closeness(ours['img'][0], theirs['img'][0])[0] < 2
    with pytest.raises(ValueError, match='nothing may follow') as error:
        TRANSFORMS.build(dict(cfg, type='FastMultiView', on_device=True))
    assert 'RandomErasing' in str(error.value)


@pytest.mark.parametrize(
    'cfg',
    [
        dict(type='RandomFlip', prob=0.5, direction='vertical'),
        dict(type='RandomGrayscale', prob=0.2, keep_channels=True),
        dict(
            type='RandomApply',
            transforms=[dict(type='ColorJitter'), dict(type='Invert')],
        ),
    ],
)
def test_what_steps_cannot_say_is_left_alone(cfg):
    assert not can_draw(TRANSFORMS.build(cfg))


@pytest.mark.parametrize('first', ['crop', 'erase'])
def test_the_loaded_image_is_not_written(first, photograph):
    cfg = dict(multi_view('imagenet_bs512_mocov3'), type='FastMultiView')
    if first == 'erase':
        erase = dict(type='RandomErasing', erase_prob=1.0, mode='const')
        cfg['transforms'] = [[erase, *view] for view in cfg['transforms']]
    before = photograph.copy()
    views(cfg, photograph)
    assert (photograph == before).all()


def batch(augmentation):
    """Two views of two images, as the loader gives them."""
    samples = []
    for i in range(2):
        results = dict(img=[np.full((4, 6, 3), 40 + i, np.uint8)] * 2)
        if augmentation is not None:
            results['augmentation'] = augmentation
        samples.append(
            TRANSFORMS.build(
                dict(type='PackInputs', algorithm_keys=('augmentation',))
            )(results)
        )
    return default_collate(samples)


def test_preprocessing_augments_then_normalises():
    preprocess = AugmentingDataPreprocessor(mean=[10.0] * 3, std=[2.0] * 3)
    steps = np.array([[[Op.BRIGHTNESS, 2]], [[Op.NOTHING, 0]]], np.float32)
    first, second = preprocess(batch(steps), training=True)['inputs']
    assert first[0].unique().tolist() == [(80 - 10) / 2]
    assert second[1].unique().tolist() == [(41 - 10) / 2]
    for view in preprocess(batch(steps), training=False)['inputs']:
        assert view[0].unique().tolist() == [15]
    single = preprocess(
        dict(inputs=torch.full((2, 3, 4, 4), 30).byte(), data_samples=[])
    )
    assert single['inputs'].unique().tolist() == [10]


def test_mixed_precision_does_not_reach_the_images():
    preprocess = AugmentingDataPreprocessor(mean=[10.0] * 3, std=[2.0] * 3)
    steps = np.array([[[Op.BLUR, 1.5]], [[Op.HUE, 0.1]]], np.float32)
    expected = preprocess(batch(steps), training=True)['inputs']
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = preprocess(batch(steps), training=True)['inputs']
    assert all(map(torch.equal, found, expected))


def every_step():
    """All operations, in other orders for the two images of a batch."""
    values = {Op.HUE: 0.1, Op.SOLARIZE: 99}
    steps = [(op, values.get(op, 1.2)) for op in Op]
    return [np.array([s, s], np.float32) for s in (steps, steps[::-1])]


def test_augmenting_waits_for_nothing():
    preprocess = AugmentingDataPreprocessor(mean=[10.0] * 3, std=[2.0] * 3)
    data = batch(every_step()[0])
    data['data_samples'][1].set_field(every_step()[1], 'augmentation')
    with Waits() as waits:
        preprocess(data, training=True)
    assert not waits.found


@pytest.mark.gpu
def test_augmenting_on_a_gpu_waits_for_nothing():
    preprocess = AugmentingDataPreprocessor(mean=[10.0] * 3, std=[2.0] * 3)
    data = batch(every_step()[0])
    data['data_samples'][1].set_field(every_step()[1], 'augmentation')
    expected = preprocess(copy.deepcopy(data), training=True)['inputs']
    data['inputs'] = [view.pin_memory() for view in data['inputs']]
    preprocess = preprocess.cuda()
    for mode in ('default', 'error'):
        torch.cuda.set_sync_debug_mode(mode)
        try:
            found = preprocess(copy.copy(data), training=True)['inputs']
        finally:
            torch.cuda.set_sync_debug_mode('default')
    for view, other in zip(found, expected):
        torch.testing.assert_close(view.cpu(), other, atol=0.05, rtol=0)


def test_training_without_augmentation_is_refused():
    preprocess = AugmentingDataPreprocessor(mean=[10.0] * 3, std=[2.0] * 3)
    one = np.zeros((1, 1, 2), np.float32)
    for augmentation in (None, one):
        with pytest.raises(ValueError, match='on_device=True'):
            preprocess(batch(augmentation), training=True)


def on_device(cfg):
    """A config with its augmentation left to the device, as documented."""
    pipeline = 'train_dataloader.dataset.pipeline'
    cfg = copy.deepcopy(cfg)
    cfg.merge_from_dict(
        {
            f'{pipeline}.1.type': 'FastMultiView',
            f'{pipeline}.1.on_device': True,
            f'{pipeline}.2.algorithm_keys': ['augmentation'],
            'data_preprocessor.type': 'AugmentingDataPreprocessor',
        }
    )
    return cfg


@pytest.mark.parametrize(
    'name',
    [
        'regioncl-m_resnet50_8xb128-coslr-200e',
        'regioncl-m3_vit-small-p16_16xb256-amp-coslr-300e',
        'regioncl-moby_swin-tiny_8xb64-coslr-100e',
    ],
)
def test_half_a_switch_is_refused_before_training(name, imagenet, monkeypatch):
    monkeypatch.chdir(imagenet)
    path = REPO / 'configs' / 'regioncl' / f'{name}_in1k.py'
    whole = on_device(Config.fromfile(path))
    check_config(whole)
    dataset = DATASETS.build(whole.train_dataloader.dataset)
    preprocess = MODELS.build(whole.data_preprocessor)
    preprocess(default_collate([dataset[0], dataset[1]]), training=True)
    halves = [copy.deepcopy(whole) for _ in range(3)]
    pipeline = [x.train_dataloader.dataset.pipeline for x in halves]
    halves[0].data_preprocessor.type = 'SelfSupDataPreprocessor'
    pipeline[1][1].on_device = False
    del pipeline[2][2].algorithm_keys
    for half in halves:
        with pytest.raises(ValueError, match='augment'):
            check_config(half)


@pytest.mark.parametrize('shape', [(40, 40), (40, 40, 1)])
def test_pictures_of_one_channel_are_referred_to_what_takes_them(shape):
    cfg = multi_view('imagenet_bs128_mocov2')
    grey = np.full(shape, 99, np.uint8)
    with pytest.raises(ValueError, match='BatchMultiView in its place') as e:
        views(dict(cfg, type='FastMultiView'), grey)
    assert str(shape) in str(e.value)
    results, _ = views(dict(cfg, type='BatchMultiView'), grey)
    assert [x.shape for x in results['img']] == [(224, 224, 1)] * 2
