# Any folder of pictures, in folders or not, with MoCo v2's augmentation
# (paper, A.7), 32 a GPU. Labels are neither needed nor read. A config on it
# says where the pictures are, and has a queue shorter than there are pictures:
#   train_dataloader = dict(dataset=dict(data_root='/my/pictures'))
#   model = dict(queue_len=1024)
_base_ = './views_mocov2.py'

dataset_type = 'CustomDataset'
data_root = 'data/pictures'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True,
    non_blocking=True,
)

train_pipeline = [
    # A picture that cannot be read is named, and another one taken.
    dict(type='LoadImageOrReport', on_unreadable='skip'),
    dict(type='MultiView', num_views=2, transforms=[{{_base_.view_pipeline}}]),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(type='ResizeEdge', scale=256, edge='short'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]

train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    drop_last=True,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        with_label=False,
        extensions=(
            *('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm'),
            *('.tif', '.tiff', '.webp'),
        ),
        pipeline=train_pipeline,
    ),
)

# No kNN: there are no labels.
custom_hooks = [
    dict(type='CheckInputsHook'),
    dict(type='RegionDiagnosticsHook'),
]
