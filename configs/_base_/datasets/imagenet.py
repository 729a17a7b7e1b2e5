# ImageNet, its online kNN and the hooks of every run on it.
dataset_type = 'ImageNet'
data_root = 'data/imagenet/'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    to_rgb=True,
    non_blocking=True,
)

# As in the evaluations of configs/imagenet: the online kNN and tools/knn.py
# give one number for one checkpoint. OpenCV would not smooth what it shrinks.
test_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(type='ResizeEdge', scale=256, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackInputs'),
]

train_dataloader = dict(
    num_workers=8,
    drop_last=True,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(type=dataset_type, data_root=data_root, split='train'),
)

# The labelled images of the online kNN; training itself reads no label.
knn_memory_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='train',
        pipeline=test_pipeline,
    ),
)
knn_query_dataloader = dict(
    batch_size=128,
    num_workers=8,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='val',
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
        k=(20, 100),
        interval=10,
    ),
]
