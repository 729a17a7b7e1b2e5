# Any folder of pictures, in folders or not, with MoCo v2's augmentation
# (paper, A.7), 32 a GPU. Labels are neither needed nor read. A config on it
# says where the pictures are, and has a queue shorter than there are pictures:
#   train_dataloader = dict(dataset=dict(data_root='/my/pictures'))
#   model = dict(queue_len=1024)
dataset_type = 'CustomDataset'
data_root = 'data/pictures'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True,
    non_blocking=True,
)

view_pipeline = [
    dict(
        type='RandomResizedCrop',
        scale=224,
        crop_ratio_range=(0.2, 1.0),
        backend='pillow',
    ),
    dict(
        type='RandomApply',
        transforms=[
            dict(
                type='ColorJitter',
                brightness=0.4,
                contrast=0.4,
                saturation=0.4,
                hue=0.1,
            )
        ],
        prob=0.8,
    ),
    dict(
        type='RandomGrayscale',
        prob=0.2,
        keep_channels=True,
        channel_weights=(0.114, 0.587, 0.2989),
    ),
    dict(
        type='GaussianBlur',
        magnitude_range=(0.1, 2.0),
        magnitude_std='inf',
        prob=0.5,
    ),
    dict(type='RandomFlip', prob=0.5),
]
train_pipeline = [
    # A picture that cannot be read is named, and another one taken.
    dict(type='LoadImageOrReport', on_unreadable='skip'),
    dict(type='MultiView', num_views=2, transforms=[view_pipeline]),
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
