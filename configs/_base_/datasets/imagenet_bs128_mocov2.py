# ImageNet with MoCo v2's augmentation (paper, A.7), 128 images a GPU.
_base_ = ['./imagenet.py', './views_mocov2.py']

train_pipeline = [
    dict(type='LoadImageOrReport', on_unreadable='stop'),
    dict(type='MultiView', num_views=2, transforms=[{{_base_.view_pipeline}}]),
    dict(type='PackInputs'),
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=train_pipeline))
