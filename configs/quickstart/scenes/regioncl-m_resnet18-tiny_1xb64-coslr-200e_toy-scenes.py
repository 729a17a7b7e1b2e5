# RegionCL-M on unlabelled pictures in a folder: the toy scenes that are
# segmented and searched for garments later, and the people beside them. 200
# epochs are 1,400 steps, five minutes on two CPU cores.
_base_ = '../regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

view_pipeline = [
    dict(type='RandomResizedCrop', scale=28, crop_ratio_range=(0.05, 0.5)),
    dict(type='ColorJitter', brightness=0.4, backend='cv2'),
    dict(type='RandomFlip', prob=0.5),
]
train_pipeline = [
    dict(type='LoadImageFromFile', color_type='grayscale'),
    dict(type='MultiView', num_views=2, transforms=[view_pipeline]),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CustomDataset',
        data_root='{{$TOY_DATA_ROOT:data/toy}}/coco/train2017',
        with_label=False,
        pipeline=train_pipeline,
    )
)
model = dict(queue_len=192)  # of 480 pictures

train_cfg = dict(max_epochs=200)
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=200,
        by_epoch=True,
        begin=0,
        end=200,
        convert_to_iter_based=True,
    ),
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=30,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    logger=dict(interval=3), checkpoint=dict(interval=50, max_keep_ckpts=1)
)
# No kNN: there are no labels.
custom_hooks = [
    dict(type='CheckInputsHook'),
    dict(type='RegionDiagnosticsHook'),
]
