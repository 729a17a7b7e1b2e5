import re

import pytest
import torch
from conftest import REPO
from mmengine.config import Config
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, MODELS
from tool_calls import call, main_of

from regioncl_mm.models import RegionCLM
from regioncl_mm.utils.data_sets import count_images


def steps_before_error(cfg, message):
    runner = Runner.from_cfg(cfg)
    with pytest.raises(ValueError, match=message):
        runner.train()
    return runner.iter


@pytest.mark.parametrize(
    'options, message',
    [
        ({'train_dataloader.batch_size': 1}, 'batch of 1'),
        (
            {
                'train_dataloader.batch_size': 21,
                'train_dataloader.drop_last': False,
            },
            'batch of 1 .*drop_last',
        ),
        ({'model.region_branch.stride': 8}, '28x28 images .* cells of 8'),
        ({'model.region_branch.max_cells': 7}, 'leave no canvas'),
        ({'model.region_branch.stride': 2}, 'the backbone returns 7x7 cells'),
        ({'custom_hooks.2.k': (65,)}, '65 neighbours'),
        ({'model.neck.in_channels': 64}, 'set `model.neck.in_channels=32`'),
        ({'model.backbone.out_indices': (0, 1, 2)}, 'backbone.out_indices'),
        ({'model.feat_dim': 32}, 'set `model.feat_dim=64`'),
        (
            {'train_dataloader.batch_size': 65, 'param_scheduler': None},
            'nothing would be trained: a process has 64 images, .* 65',
        ),
    ],
)
def test_refuses_before_the_first_step(quickstart, options, message):
    quickstart.merge_from_dict(options)
    assert steps_before_error(quickstart, message) == 0


def test_warns_of_a_queue_longer_than_the_data_set(quickstart, tmp_path):
    quickstart.model.queue_len = 65
    Runner.from_cfg(quickstart).train()
    (log,) = (tmp_path / 'work_dir').glob('*/*.log')
    assert 'the queue holds 65 keys but the data set only 64' in (
        log.read_text()
    )


def test_images_that_are_repeated_count_once(quickstart, tmp_path):
    quickstart.model.queue_len = 65
    inner = dict(quickstart.train_dataloader.dataset)
    twice = dict(type='RepeatDataset', dataset=inner, times=2)
    quickstart.train_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[twice]
    )
    Runner.from_cfg(quickstart).train()
    (log,) = (tmp_path / 'work_dir').glob('*/*.log')
    assert 'the data set only 64 images' in log.read_text()


def test_the_same_images_joined_to_themselves_count_once(quickstart):
    inner = dict(quickstart.train_dataloader.dataset)
    others = dict(inner, split='test', test_mode=True, indices=20)
    for sets, count in (([inner, inner], 64), ([inner, others], 84)):
        joined = dict(type='ConcatDataset', datasets=sets)
        assert count_images(DATASETS.build(joined)) == count


def test_images_that_are_from_no_files_count_each():
    data = torch.utils.data.TensorDataset(torch.zeros(5))
    twin = torch.utils.data.TensorDataset(torch.zeros(5))
    joined = torch.utils.data.ConcatDataset([data, twin])
    assert count_images(joined) == 10


def test_a_config_without_the_hook_is_warned_by_the_training(
    quickstart, tmp_path
):
    del quickstart.custom_hooks[0]
    quickstart.model.queue_len = 65
    quickstart.dump(tmp_path / 'config.py')
    said = call(
        main_of('train.py'),
        *(tmp_path / 'config.py', '--work-dir', tmp_path / 'out'),
    )
    assert said.count('the queue holds 65 keys but the data set only 64') == 1


@pytest.mark.parametrize('views', [0, 1, 3])
def test_other_than_two_views_are_refused(quickstart, views):
    pipeline = quickstart.train_dataloader.dataset.pipeline
    (place,) = [i for i, t in enumerate(pipeline) if 'View' in t['type']]
    if views:
        pipeline[place]['num_views'] = views
    else:
        del pipeline[place]
    count = views or 'no'
    message = f'makes {count} views of an image, and two .*MultiView'
    assert steps_before_error(quickstart, message) == 0


def test_of_others_methods_little_is_known(quickstart):
    """SwAV's neck takes a list, and it has more than two views."""
    pipeline = quickstart.train_dataloader.dataset.pipeline
    (place,) = [i for i, t in enumerate(pipeline) if 'View' in t['type']]
    pipeline[place]['num_views'] = 3
    quickstart.model = dict(
        type='SwAV',
        backbone=quickstart.model.backbone,
        neck=dict(
            type='SwAVNeck',
            hid_channels=16,
            in_channels=32,
            out_channels=16,
            with_avg_pool=True,
            norm_cfg=dict(type='BN1d'),
        ),
        head=dict(
            type='SwAVHead',
            loss=dict(
                type='SwAVLoss', feat_dim=16, num_crops=[3], num_prototypes=30
            ),
        ),
    )
    quickstart.custom_hooks = [dict(type='CheckInputsHook')]
    runner = Runner.from_cfg(quickstart)
    runner.train()
    assert runner.iter > 0


def test_regions_of_ones_own_method_may_have_more_views(quickstart):
    class OfThree(RegionCLM):
        def loss(self, inputs, data_samples=None):
            assert len(inputs) == 3
            return super().loss(inputs[:2], data_samples)

    pipeline = quickstart.train_dataloader.dataset.pipeline
    (place,) = [i for i, t in enumerate(pipeline) if 'View' in t['type']]
    pipeline[place]['num_views'] = 3
    quickstart.custom_hooks = [dict(type='CheckInputsHook')]
    MODELS.register_module(module=OfThree)
    try:
        quickstart.model.type = 'OfThree'
        runner = Runner.from_cfg(quickstart)
        runner.train()
    finally:
        MODELS.module_dict.pop('OfThree')
    assert runner.iter > 0


@pytest.mark.parametrize('name', ['simsiam', 'mocov3'])
def test_a_leftover_of_one_is_refused_where_vectors_are_normalised(
    quickstart, name
):
    (path,) = (REPO / 'configs' / 'quickstart').glob(f'{name}_*.py')
    quickstart.model = Config.fromfile(path).model
    quickstart.optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
    quickstart.train_dataloader.batch_size = 21
    quickstart.train_dataloader.drop_last = False
    message = 'would be one image, and `.*` cannot normalise one'
    assert steps_before_error(quickstart, message) == 0


METHODS = sorted(
    x.stem for x in (REPO / 'configs' / 'quickstart').glob('*_1xb64-*.py')
)


@pytest.mark.parametrize('stem', METHODS)
def test_a_leftover_of_one_never_ends_a_run_late(quickstart, stem):
    """Each method is refused at once, or trained to the end."""
    cfg = Config.fromfile(REPO / 'configs' / 'quickstart' / f'{stem}.py')
    quickstart.model, quickstart.param_scheduler = cfg.model, None
    quickstart.optim_wrapper = cfg.optim_wrapper
    quickstart.custom_hooks = [dict(type='CheckInputsHook')]
    if 'queue_len' in cfg.model:
        quickstart.model.queue_len = 48
    quickstart.train_dataloader.batch_size = 21
    quickstart.train_dataloader.drop_last = False
    runner = Runner.from_cfg(quickstart)
    try:
        runner.train()
    except ValueError as error:
        assert re.search('batch of 1|would be one image', str(error))
        assert runner.iter == 0
    else:
        assert runner.iter == 4


def test_a_batch_that_does_not_split_is_refused(quickstart):
    quickstart.model.backbone.norm_cfg = dict(type='SplitBN', num_splits=8)
    quickstart.train_dataloader.batch_size = 24
    quickstart.train_dataloader.drop_last = False
    quickstart.train_dataloader.dataset.indices = 28
    message = 'would be 4 images .*, which SplitBN cannot split into 8'
    assert steps_before_error(quickstart, message) == 0


def test_composites_that_do_not_split_are_refused(quickstart):
    """A quarter of 16 images are four composites."""
    quickstart.model.backbone.norm_cfg = dict(type='SplitBN', num_splits=8)
    quickstart.model.region_branch.composite_fraction = 0.25
    quickstart.train_dataloader.batch_size = 16
    message = '4 images or composites, .* into 8 .*composite_fraction'
    assert steps_before_error(quickstart, message) == 0


def test_a_leftover_of_one_is_fine_without_such_norms(quickstart):
    quickstart.model.region_branch = None
    quickstart.train_dataloader.batch_size = 21
    quickstart.train_dataloader.drop_last = False
    runner = Runner.from_cfg(quickstart)
    runner.train()
    assert runner.iter == 4


@pytest.mark.parametrize(
    'options, said',
    [
        ({}, 'for a batch of 64 images, and here are 32 .* 0.5 times as high'),
        ({'optim_wrapper.accumulative_counts': 2}, ''),
        ({'auto_scale_lr.enable': True}, ''),
        ({'auto_scale_lr': None}, ''),
    ],
)
def test_a_rate_for_another_batch_is_told(quickstart, tmp_path, options, said):
    quickstart.merge_from_dict(options)
    Runner.from_cfg(quickstart).train()
    (log,) = (tmp_path / 'work_dir').glob('*/*.log')
    lines = [x for x in log.read_text().splitlines() if 'rate is meant' in x]
    assert len(lines) == bool(said)
    assert re.search(said, '\n'.join(lines))


def test_a_leftover_of_two_is_fine(quickstart):
    quickstart.train_dataloader.batch_size = 31
    quickstart.train_dataloader.drop_last = False
    runner = Runner.from_cfg(quickstart)
    runner.train()
    assert runner.iter == 3
