"""Small data of a user's own, and configs of downstream libraries on them.

Four pictures of 40 x 30 pixels, each with one square.
"""

import json

import cv2
import numpy as np
from mmengine.config import Config

NAMES = ('cat', 'dog')
KEYPOINTS = ('left_ear', 'right_ear', 'nose')
SIZE = [30, 40]  # height and width


def coco_content():
    """Boxes, polygons and keypoints."""
    images = [
        dict(id=i, file_name=f'{i}.png', width=40, height=30) for i in range(4)
    ]
    annotations = [
        dict(
            id=i + 1,
            image_id=i,
            category_id=i % 2 + 1,
            bbox=[5, 5, 10, 10],
            area=100,
            iscrowd=0,
            segmentation=[[5, 5, 15, 5, 15, 15, 5, 15]],
            keypoints=[6, 6, 2, 14, 6, 2, 10, 12, 1],
            num_keypoints=3,
        )
        for i in range(4)
    ]
    categories = [
        dict(id=i, name=name, keypoints=list(KEYPOINTS))
        for i, name in enumerate(NAMES, 1)
    ]
    return dict(images=images, annotations=annotations, categories=categories)


def write_pictures(root, splits=('train', 'val')):
    for split in splits:
        (root / split).mkdir(parents=True)
        for i in range(4):
            picture = np.full((*SIZE, 3), 40 * i, np.uint8)
            cv2.imwrite(str(root / split / f'{i}.png'), picture)


def write_coco(root, **changes):
    """Pictures and annotations of two splits.

    Args:
        root: Gets ``train``, ``val``, ``train.json`` and ``val.json``.
        changes: By the split, a function that changes its annotations; or
            for ``both``.
    """
    write_pictures(root)
    for split in ('train', 'val'):
        content = coco_content()
        for name in ('both', split):
            changes.get(name, lambda content: None)(content)
        (root / f'{split}.json').write_text(json.dumps(content))


def write_masks(root, values, size=(30, 40)):
    """Pictures, and masks that are halves of two values each.

    Args:
        root: Gets ``train``, ``val``, ``masks/train`` and ``masks/val``.
        values: Pairs, one for each of the four masks.
        size: Height and width of the masks.
    """
    write_pictures(root)
    for split in ('train', 'val'):
        folder = root / 'masks' / split
        folder.mkdir(parents=True)
        for i, (left, right) in enumerate(values):
            mask = np.full(size, left, np.uint8)
            mask[:, 20:] = right
            cv2.imwrite(str(folder / f'{i}.png'), mask)


def loaders(root, data_set, prefix, pipeline, **test):
    """The two data loaders of a config."""
    return {
        f'{loader}_dataloader': dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                data_set,
                data_root=str(root),
                data_prefix={k: v + split for k, v in prefix.items()},
                pipeline=pipeline,
                **(
                    dict(ann_file=f'{split}.json')
                    if data_set['type'] != 'BaseSegDataset'
                    else {}
                ),
            ),
        )
        for loader, split in (('train', 'train'), ('test', 'val'))
    }


def detector(root, classes=NAMES, masks=False, **load):
    """A detector's config, or with ``masks`` that of an instance segmentor."""
    load = dict(type='LoadAnnotations', with_bbox=True, **load)
    head = dict(type='RetinaHead', num_classes=len(classes))
    return Config(
        dict(
            default_scope='mmdet',
            model=dict(type='RetinaNet', bbox_head=head),
            test_evaluator=dict(
                type='CocoMetric',
                metric=['bbox', 'segm'] if masks else 'bbox',
                ann_file=str(root / 'val.json'),
            ),
            **loaders(
                root,
                dict(type='CocoDataset', metainfo=dict(classes=classes)),
                dict(img=''),
                [
                    dict(type='LoadImageFromFile'),
                    dict(load, with_mask=True) if masks else load,
                ],
            ),
        )
    )


def segmentor(root, classes=('ground', 'cat'), **data_set):
    """A segmentor's config."""
    palette = [[9 * i] * 3 for i in range(len(classes))]
    head = dict(type='FCNHead', num_classes=len(classes))
    return Config(
        dict(
            default_scope='mmseg',
            model=dict(type='EncoderDecoder', decode_head=head),
            test_evaluator=dict(type='IoUMetric', iou_metrics=['mIoU']),
            **loaders(
                root,
                dict(
                    type='BaseSegDataset',
                    img_suffix='.png',
                    metainfo=dict(classes=classes, palette=palette),
                    **data_set,
                ),
                dict(img_path='', seg_map_path='masks/'),
                [
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                ],
            ),
        )
    )


def pose_estimator(root, keypoints=KEYPOINTS, outputs=None):
    """The config of a pose estimator."""
    info = dict(
        dataset_name='own',
        paper_info={},
        keypoint_info={
            i: dict(name=name, id=i, color=[0, 0, 0], type='', swap='')
            for i, name in enumerate(keypoints)
        },
        skeleton_info={},
        joint_weights=[1.0] * len(keypoints),
        sigmas=[0.1] * len(keypoints),
    )
    head = dict(type='HeatmapHead', out_channels=outputs or len(keypoints))
    return Config(
        dict(
            default_scope='mmpose',
            model=dict(type='TopdownPoseEstimator', head=head),
            test_evaluator=dict(
                type='CocoMetric', ann_file=str(root / 'val.json')
            ),
            **loaders(
                root,
                dict(type='AP10KDataset', metainfo=info),
                dict(img=''),
                [dict(type='LoadImage')],
            ),
        )
    )
