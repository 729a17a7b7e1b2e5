# CIFAR-10, 32-pixel pictures in folders of classes. `python
# tools/get_cifar10.py` fetches them; the environment variable DATA_ROOT names
# a copy at hand. Views without blur, as on pictures of this size.
_base_ = './views_mocov2.py'

dataset_type = 'CustomDataset'
data_root = '{{$DATA_ROOT:data/cifar10}}'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[125.3, 123.0, 113.9],
    std=[63.0, 62.1, 66.7],
    to_rgb=True,
)

view_pipeline = [
    dict(_base_.view_pipeline[0], scale=32),
    *_base_.view_pipeline[1:3],  # jitter and grayscale
    _base_.view_pipeline[4],  # a flip
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

custom_hooks = [
    dict(type='CheckInputsHook'),
    dict(type='RegionDiagnosticsHook'),
    dict(
        type='KNNHook',
        memory_dataloader=knn_memory_dataloader,
        query_dataloader=knn_query_dataloader,
        k=(20, 200),
        interval=5,
        at_start=True,
        # A map of 4 x 4 cells, as that of ResNet-18.
        partly_visible=dict(stride=8, min_cells=2, max_cells=3),
    ),
    dict(type='ChannelsLastHook'),
]
