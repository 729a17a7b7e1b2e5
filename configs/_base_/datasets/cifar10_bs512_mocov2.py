# CIFAR-10, 32-pixel pictures in folders of classes. `python
# tools/get_cifar10.py` fetches them; the environment variable DATA_ROOT names
# a copy at hand. Views without blur, as on pictures of this size.
dataset_type = 'CustomDataset'
data_root = '{{$DATA_ROOT:data/cifar10}}'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[125.3, 123.0, 113.9],
    std=[63.0, 62.1, 66.7],
    to_rgb=True,
)

view_pipeline = [
    dict(
        type='RandomResizedCrop',
        scale=32,
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
    dict(type='RandomFlip', prob=0.5),
]
train_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    # Of pictures held in memory, a batch at a time.
    dict(type='BatchMultiView', num_views=2, transforms=[view_pipeline]),
    dict(type='PackInputs'),
]
test_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(type='PackInputs'),
]

train_dataloader = dict(
    batch_size=512,
    num_workers=0,  # views are made by the batch
    persistent_workers=False,  # else mmpretrain's trainer wants some
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix='train',
        pipeline=train_pipeline,
    ),
)

knn_memory_dataloader = dict(
    batch_size=500,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix='train',
        pipeline=test_pipeline,
    ),
)
knn_query_dataloader = dict(
    batch_size=500,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_prefix='test',
        pipeline=test_pipeline,
    ),
)
