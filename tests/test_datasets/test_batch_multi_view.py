"""Views of a batch are mmpretrain's, and each follows from its seed."""

import copy

import matplotlib.cbook
import mmcv
import numpy as np
import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, TRANSFORMS
from scipy import stats

from regioncl_mm.datasets import PictureMemory, picture_memory
from regioncl_mm.datasets.transforms.batch_crops import resized_crops
from regioncl_mm.datasets.transforms.batch_draws import (
    draw_batch,
    draw_crops,
)
from regioncl_mm.datasets.transforms.draws import Draws
from regioncl_mm.datasets.transforms.steps import Op
from regioncl_mm.models.preprocessors.batch_steps import apply_steps
from regioncl_mm.resume import begin, mix, resumable

BASE_DATASETS = REPO / 'configs' / '_base_' / 'datasets'
MANY = 4000
CROP = dict(type='RandomResizedCrop', scale=24, crop_ratio_range=(0.2, 1.0))


@pytest.fixture(scope='module')
def photograph():
    """A part of a natural one, (40, 50, 3)."""
    path = matplotlib.cbook.get_sample_data(
        'grace_hopper.jpg', asfileobj=False
    )
    return mmcv.imread(str(path))[100:500:10, 0:500:10].copy()


def multi_view(*views, num_views=2):
    return TRANSFORMS.build(
        dict(
            type='BatchMultiView',
            num_views=num_views,
            transforms=[list(view) for view in views],
        )
    )


def moco_v3():
    """Two views that have every kind of step between them."""
    cfg = Config.fromfile(BASE_DATASETS / 'imagenet_bs512_mocov3.py')
    (found,) = (t for t in cfg.train_pipeline if t.type == 'MultiView')
    return [[CROP, *view[1:]] for view in found.to_dict()['transforms']]


def batch_of(photograph, count):
    image = torch.from_numpy(photograph).permute(2, 0, 1)
    return torch.stack([image.roll(i, 2) for i in range(count)])


def test_a_stream_is_uniform_and_unlike_its_neighbours():
    draws = Draws(range(MANY))
    first, second = draws.uniform(count=2).T
    third = draws.uniform(2, 4)[:, 0]
    for values in (first, second, third / 2 - 1):
        assert stats.kstest(values, 'uniform').pvalue > 0.01
    for a, b in ((first, second), (first[1:], first[:-1]), (second, third)):
        assert stats.pearsonr(a, b).pvalue > 0.01
    # The first finish is that of regioncl_mm.resume.
    found = Draws([7, 2**64 + 8])._streams.tolist()
    assert found == [mix(7), mix(8)]


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_crops_are_resized_as_by_mmcv(backend, photograph):
    """Larger, smaller, and at every edge."""
    crops = np.array(
        [[0, 0, 40, 50], [3, 5, 11, 9], [29, 0, 11, 50], [0, 44, 40, 6]]
    )
    images = batch_of(photograph, len(crops)).float()
    found = resized_crops(images, crops, (24, 20), backend == 'pillow')
    for image, crop, view in zip(images, crops, found):
        top, left, height, width = crop
        part = image.byte().permute(1, 2, 0).numpy()
        part = part[top : top + height, left : left + width]
        expected = mmcv.imresize(
            np.ascontiguousarray(part), (20, 24), backend=backend
        )
        gap = view.permute(1, 2, 0).numpy() - expected
        assert np.abs(gap).max() <= 1.01


@pytest.mark.parametrize('shape', [(28, 28), (20, 60)])
@pytest.mark.parametrize('attempts', [10, 1])
def test_crops_are_distributed_as_mmpretrains(shape, attempts):
    crop = TRANSFORMS.build(dict(CROP, max_attempts=attempts))
    ours = draw_crops(crop, *shape, Draws(range(MANY)))
    np.random.seed(0)
    image = np.empty(shape)
    theirs = np.array([crop.rand_crop_params(image) for _ in range(MANY)])
    for column, expected in zip(ours.T, theirs.T):
        assert stats.ks_2samp(column, expected).pvalue > 0.01
    shares = [(x[:, 2] * x[:, 3]).mean() for x in (ours, theirs)]
    assert shares[0] == pytest.approx(shares[1], rel=0.03)


@pytest.mark.parametrize(
    'aspect, expected', [((3, 4), [1, 0, 7, 20]), ((0.1, 0.2), [0, 9, 10, 2])]
)
def test_where_nothing_fits_it_is_the_middle(aspect, expected):
    crop = TRANSFORMS.build(
        dict(
            CROP,
            crop_ratio_range=(3.0, 3.0),
            aspect_ratio_range=aspect,
        )
    )
    np.random.seed(0)
    theirs = crop.rand_crop_params(np.empty((10, 20)))
    found = draw_crops(crop, 10, 20, Draws(range(3)))
    assert found.tolist() == [list(theirs)] * 3 == [expected] * 3


def test_steps_are_distributed_as_mmpretrains():
    apply, gray, blur, solarize, flip = (
        TRANSFORMS.build(t) for t in moco_v3()[1][1:]
    )
    (jitter,) = apply
    draws = Draws(range(MANY))
    ours = np.hstack(
        [draw_batch(t, draws) for t in (apply, gray, blur, solarize, flip)]
    )
    np.random.seed(2)
    values = np.array([jitter._rand_params()[1:] for _ in range(MANY)])
    radii = [blur.random_magnitude() for _ in range(MANY)]
    for op, theirs in zip(
        (Op.BRIGHTNESS, Op.CONTRAST, Op.SATURATION, Op.HUE, Op.BLUR),
        (*values.T, radii),
    ):
        found = ours[ours[..., 0] == op, 1]
        assert stats.ks_2samp(found, theirs).pvalue > 0.01, op.name
    wanted = {
        Op.GRAYSCALE: 0.2,
        Op.SOLARIZE: solarize.prob,
        Op.BLUR: blur.prob,
        Op.FLIP: 0.5,
        Op.HUE: 0.8,
    }
    for op, prob in wanted.items():
        count = int((ours[..., 0] == op).sum())
        assert stats.binomtest(count, MANY, prob).pvalue > 0.01, op.name
    orders = {tuple(x) for x in ours[:, :4, 0]} - {(Op.NOTHING,) * 4}
    assert len(orders) == 24


def test_a_view_is_the_crop_and_its_steps_one_after_the_other(photograph):
    (view,) = moco_v3()[:1]
    images = batch_of(photograph, 5)
    found = multi_view(view, num_views=[1]).views(images, range(5))[0]
    crop, *others = map(TRANSFORMS.build, view)
    draws = Draws(range(5))
    crops = draw_crops(crop, 40, 50, draws)
    cut = resized_crops(
        images.float(), crops, (24, 24), crop.backend == 'pillow'
    )
    steps = np.hstack([draw_batch(t, draws) for t in others])
    steps = steps.astype(np.float32)
    for i in range(5):
        red_first = cut[i : i + 1].flip(1)
        expected = apply_steps(red_first, steps[i : i + 1]).flip(1)[0]
        assert (found[i].float() - expected).abs().max() <= 0.5001
    assert len(found.unique()) > 50


def test_a_view_follows_from_its_seed_alone(photograph):
    make = multi_view(*moco_v3(), num_views=[1, 1])
    images, seeds = batch_of(photograph, 6), [9, 3, 2**63, 4, 0, 8]
    together = make.views(images, seeds)
    for i in range(6):
        alone = make.views(images[i : i + 1], seeds[i : i + 1])
        for all_views, single in zip(together, alone):
            assert torch.equal(all_views[i], single[0])
    assert not torch.equal(together[0][0], together[1][0])


@pytest.mark.parametrize('channels', [0, 3])
def test_one_image_by_itself(channels, photograph):
    make = multi_view([CROP, dict(type='RandomFlip', prob=0.5)])
    image = photograph if channels else photograph[..., 0]
    before = image.copy()
    np.random.seed(1)
    views = make(dict(img=image))['img']
    assert [view.shape for view in views] == [(24, 24, channels or 1)] * 2
    assert views[0].dtype == np.uint8 and (image == before).all()
    assert not np.array_equal(*views)


@pytest.mark.parametrize(
    'view, name',
    [
        ([dict(type='RandomFlip', prob=0.5)], 'RandomFlip'),
        ([dict(CROP, interpolation='bicubic')], 'bicubic'),
        ([CROP, dict(type='RandomErasing')], 'RandomErasing'),
        (
            [
                CROP,
                dict(type='RandomFlip', prob=[0.5], direction=['horizontal']),
            ],
            'horizontal',
        ),
        (
            [CROP, dict(type='RandomFlip', prob=0.5, direction='vertical')],
            'vertical',
        ),
        (
            [
                CROP,
                dict(
                    type='RandomApply',
                    transforms=[
                        dict(
                            type='GaussianBlur',
                            magnitude_range=(0.1, 2.0),
                            magnitude_std=1.0,
                            prob=0.5,
                        )
                    ],
                    prob=0.5,
                ),
            ],
            'GaussianBlur',
        ),
    ],
)
def test_what_cannot_be_done_for_a_batch_is_refused(view, name):
    with pytest.raises(ValueError, match='Use FastMultiView') as error:
        multi_view(view)
    assert name in str(error.value)


@DATASETS.register_module()
class Pictures(BaseDataset):
    """Twelve of them, each read through ``read``."""

    METAINFO = dict(classes=('one',))

    def __init__(self, shapes=((30, 28, 3),) * 12, **options):
        self.shapes = shapes
        self.reads = []
        super().__init__(**options)

    def load_data_list(self):
        generator = np.random.default_rng(0)
        return [
            dict(
                img=generator.integers(0, 256, shape, dtype=np.uint8),
                img_path=f'{i}.png',
                gt_label=i % 3,
            )
            for i, shape in enumerate(self.shapes)
        ]

    def get_data_info(self, index):
        self.reads.append(index)
        return super().get_data_info(index)


PIPELINE = [
    dict(
        type='BatchMultiView',
        num_views=2,
        transforms=[[CROP, dict(type='ColorJitter', brightness=0.4, hue=0.1)]],
    ),
    dict(type='PackInputs'),
]


def loader_of(batch_size=3, workers=0, **dataset):
    return Runner.build_dataloader(
        resumable(
            dict(
                batch_size=batch_size,
                num_workers=workers,
                persistent_workers=workers > 0,
                sampler=dict(type='DefaultSampler', shuffle=True),
                collate_fn=dict(type='default_collate'),
                dataset=dict(type='Pictures', pipeline=PIPELINE, **dataset),
            )
        ),
        seed=None,
    )


def samples_of(loader, epoch, batch=0):
    """Both views of each sample, and what is known of it."""
    begin(loader, 5, epoch, batch)
    return [
        (torch.stack(views), sample)
        for data in loader
        for *views, sample in zip(*data['inputs'], data['data_samples'])
    ]


def are_same(found, expected):
    return len(found) == len(expected) and all(
        torch.equal(a, b) and x.sample_idx == y.sample_idx
        for (a, x), (b, y) in zip(found, expected)
    )


def test_pictures_are_read_once_and_views_are_those_of_their_place():
    loader = loader_of()
    first, second = (samples_of(loader, epoch) for epoch in (0, 1))
    assert sorted(loader.dataset.reads) == list(range(12))
    for views, sample in first:
        assert views.shape == (2, 3, 24, 24) and views.dtype == torch.uint8
        assert sample.img_path == f'{sample.sample_idx}.png'
        assert sample.gt_label.item() == sample.sample_idx % 3
    orders = [[x.sample_idx for _, x in epoch] for epoch in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(12))
    by_image = [dict(zip(o, e)) for o, e in zip(orders, (first, second))]
    assert not torch.equal(by_image[0][3][0], by_image[1][3][0])
    # From the middle on, in other batches, and by workers.
    assert are_same(samples_of(loader, 1, 2), second[6:])
    assert are_same(samples_of(loader_of(batch_size=5), 1), second)
    assert are_same(samples_of(loader_of(workers=2), 0), first)


def test_pictures_of_other_sizes_are_named():
    shapes = [(30, 28, 3)] * 11 + [(30, 29, 3)]
    with pytest.raises(
        ValueError, match=r'\.png is 2\dx30 of .* first is 2\dx30'
    ) as error:
        samples_of(loader_of(shapes=shapes), 0)
    assert 'use FastMultiView' in str(error.value)


def test_more_than_fits_is_refused(monkeypatch):
    monkeypatch.setattr(picture_memory, 'MAX_BYTES', 12 * 30 * 28 * 3 - 1)
    with pytest.raises(ValueError, match='these 12 take'):
        samples_of(loader_of(), 0)


@pytest.mark.parametrize(
    'change',
    [
        lambda p: p.insert(0, dict(type='Resize', scale=30)),
        lambda p: p.insert(
            0, dict(type='LoadImageOrReport', on_unreadable='skip')
        ),
        lambda p: p[0].update(type='FastMultiView'),
        lambda p: p.append(dict(type='Collect', keys=('inputs',))),
        lambda p: p.clear(),
    ],
)
def test_other_pipelines_make_samples_one_by_one(change):
    pipeline = copy.deepcopy(PIPELINE)
    change(pipeline)
    dataset = DATASETS.build(dict(type='Pictures', pipeline=pipeline))
    assert not PictureMemory.fits(dataset)
    assert not PictureMemory.fits(range(3))
