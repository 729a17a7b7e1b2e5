# Fashion-MNIST, 28-pixel grey images. `python tools/get_fashion_mnist.py`
# fetches it; the environment variable DATA_ROOT names a copy at hand.
dataset_type = 'FashionMNIST'
data_root = '{{$DATA_ROOT:data/fashion-mnist}}'
data_preprocessor = dict(
    type='SelfSupDataPreprocessor', mean=[72.94], std=[90.02]
)

view_pipeline = [
    dict(type='RandomResizedCrop', scale=28, crop_ratio_range=(0.2, 1.0)),
    dict(type='ColorJitter', brightness=0.4, backend='cv2'),
    dict(type='RandomFlip', prob=0.5),
]
train_pipeline = [
    # Of pictures held in memory, a batch at a time.
    dict(type='BatchMultiView', num_views=2, transforms=[view_pipeline]),
    dict(type='PackInputs'),
]
test_pipeline = [dict(type='PackInputs')]

train_dataloader = dict(
    batch_size=64,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,  # else mmpretrain's trainer wants some
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        download=False,
        indices=10000,
        pipeline=train_pipeline,
    ),
)

knn_memory_dataloader = dict(
    batch_size=500,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        download=False,
        indices=10000,
        pipeline=test_pipeline,
    ),
)
# `test_mode` is what makes mmpretrain 1.2.0 read the test images.
knn_query_dataloader = dict(
    batch_size=500,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        split='test',
        test_mode=True,
        download=False,
        indices=5000,
        pipeline=test_pipeline,
    ),
)
