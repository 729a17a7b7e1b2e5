"""tools/train.py and tools/test.py with the downstream libraries.

Two images of a rectangle on noise serve as a data set of each.
"""

import json

import cv2
import numpy as np
import pytest
from test_tools.test_train import log_lines, test, train

COMMON = """
default_scope = '{library}'
custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)
train_dataloader = dict(
    batch_size=2, num_workers=0, dataset=dataset,
    sampler=dict(type='DefaultSampler', shuffle=True))
test_dataloader = dict(
    batch_size=1, num_workers=0, dataset=test_dataset,
    sampler=dict(type='DefaultSampler', shuffle=False))
val_dataloader, val_evaluator = test_dataloader, test_evaluator
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.001))
train_cfg = dict(by_epoch=True, max_epochs=1)
val_cfg = test_cfg = dict()
"""

RESNET = """dict(type='ResNet', depth=18, num_stages=4,
    out_indices=(0, 1, 2, 3), base_channels=8, style='pytorch')"""

MMDET = """
preprocessor = dict(type='DetDataPreprocessor', pad_size_divisor=32)
pipeline = [dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations', with_bbox=True),
            dict(type='PackDetInputs')]
dataset = dict(
    type='CocoDataset', data_root='{root}', ann_file='coco.json',
    data_prefix=dict(img='images'), metainfo=dict(classes=('box', )),
    pipeline=pipeline)
test_dataset = dict(
    dataset, test_mode=True, pipeline=[*pipeline[:2], dict(
        type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape',
                                         'img_shape', 'scale_factor'))])
test_dataset['pipeline'].insert(1, dict(type='Resize', scale=(64, 64)))
test_evaluator = dict(type='CocoMetric', ann_file='{root}/coco.json')
model = dict(
    type='RetinaNet', data_preprocessor=preprocessor, backbone={resnet},
    neck=dict(type='FPN', in_channels=[8, 16, 32, 64], out_channels=8,
              num_outs=5),
    bbox_head=dict(
        type='RetinaHead', num_classes=1, in_channels=8, stacked_convs=1,
        feat_channels=8,
        anchor_generator=dict(
            type='AnchorGenerator', octave_base_scale=4, scales_per_octave=3,
            ratios=[1.0], strides=[4, 8, 16, 32, 64]),
        bbox_coder=dict(type='DeltaXYWHBBoxCoder'),
        loss_cls=dict(type='FocalLoss', use_sigmoid=True),
        loss_bbox=dict(type='L1Loss')),
    train_cfg=dict(
        assigner=dict(type='MaxIoUAssigner', pos_iou_thr=0.5,
                      neg_iou_thr=0.4, min_pos_iou=0),
        sampler=dict(type='PseudoSampler'), allowed_border=-1, pos_weight=-1),
    test_cfg=dict(nms_pre=10, min_bbox_size=0, score_thr=0.0,
                  nms=dict(type='nms', iou_threshold=0.5), max_per_img=5))
"""

MMSEG = """
pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
            dict(type='PackSegInputs')]
dataset = dict(
    type='BaseSegDataset', data_root='{root}', img_suffix='.png',
    data_prefix=dict(img_path='images', seg_map_path='masks'),
    metainfo=dict(classes=('noise', 'box'), palette=[[0] * 3, [9] * 3]),
    pipeline=pipeline)
test_dataset = dict(dataset, test_mode=True)
test_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
model = dict(
    type='EncoderDecoder', backbone={resnet},
    data_preprocessor=dict(type='SegDataPreProcessor', size=(64, 64)),
    decode_head=dict(
        type='FCNHead', in_channels=64, channels=8, in_index=3, num_convs=1,
        num_classes=2, norm_cfg=dict(type='BN'),
        loss_decode=dict(type='CrossEntropyLoss')),
    test_cfg=dict(mode='whole'))
"""

MMPOSE = """
codec = dict(type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16),
             sigma=2)
pipeline = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=(64, 64)),
            dict(type='GenerateTarget', encoder=codec),
            dict(type='PackPoseInputs')]
dataset = dict(
    type='AP10KDataset', data_mode='topdown', data_root='{root}',
    ann_file='coco.json', data_prefix=dict(img='images/'), pipeline=pipeline)
test_dataset = dict(dataset, test_mode=True,
                    pipeline=[*pipeline[:3], pipeline[4]])
test_evaluator = dict(type='CocoMetric', ann_file='{root}/coco.json')
model = dict(
    type='TopdownPoseEstimator', backbone=dict({resnet}, out_indices=(3, )),
    data_preprocessor=dict(type='PoseDataPreprocessor'),
    head=dict(
        type='HeatmapHead', in_channels=64, out_channels=17,
        deconv_out_channels=(8, 8, 8), deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec),
    test_cfg=dict(flip_test=False))
"""

LIBRARIES = dict(
    mmdet=(MMDET, 'coco/bbox_mAP'),
    mmseg=(MMSEG, 'mIoU'),
    mmpose=(MMPOSE, 'coco/AP'),
)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('boxes')
    rng = np.random.RandomState(0)
    images, annotations = [], []
    for name in ('images', 'masks'):
        (root / name).mkdir()
    for i in (1, 2):
        image = rng.randint(0, 99, (64, 64, 3)).astype(np.uint8)
        mask = np.zeros((64, 64), np.uint8)
        image[10:50, 20:60], mask[10:50, 20:60] = 200, 1
        cv2.imwrite(str(root / 'images' / f'{i}.png'), image)
        cv2.imwrite(str(root / 'masks' / f'{i}.png'), mask)
        images.append(dict(id=i, file_name=f'{i}.png', height=64, width=64))
        annotations.append(
            dict(
                id=i,
                image_id=i,
                category_id=1,
                bbox=[20, 10, 40, 40],
                area=1600,
                iscrowd=0,
                num_keypoints=17,
                keypoints=[30, 30, 2] * 17,
            )
        )
    categories = [dict(id=1, name='box', keypoints=['joint'] * 17)]
    (root / 'coco.json').write_text(
        json.dumps(
            dict(
                info={},
                images=images,
                annotations=annotations,
                categories=categories,
            )
        )
    )
    return root


@pytest.mark.parametrize('library', LIBRARIES)
def test_the_scope_decides_the_library(library, root, tmp_path):
    text, metric = LIBRARIES[library]
    config = tmp_path / 'config.py'
    config.write_text(
        text.format(root=root, resnet=RESNET) + COMMON.format(library=library)
    )
    train(config, '--work-dir', tmp_path / 'out')
    (validated,) = (x for x in log_lines(tmp_path / 'out') if metric in x)
    test(
        *(config, tmp_path / 'out' / 'epoch_1.pth', '--work-dir', tmp_path),
        *('--out', tmp_path / 'metrics.json', '--out-item', 'metrics'),
    )
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    assert metrics[metric] == pytest.approx(validated[metric], abs=1e-3)
