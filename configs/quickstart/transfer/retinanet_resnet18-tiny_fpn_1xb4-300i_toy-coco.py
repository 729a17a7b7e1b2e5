# RetinaNet on scenes of garments, in a minute or two on two CPU cores.
_base_ = '../../mmdet/retinanet_r50_fpn_8xb2-ms-90k_coco.py'

custom_imports = dict(
    imports=[
        'regioncl_mm',
        'mmpretrain.models',
        'regioncl_mm.models.downstream',
    ]
)
custom_hooks = [dict(type='PreciseBatchNormHook', num_iters=10)]

classes = (
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
)
model = dict(
    # As in pretraining: grey, with Fashion-MNIST's mean and deviation.
    data_preprocessor=dict(mean=[72.94], std=[90.02], bgr_to_rgb=False),
    # The quickstart's, with maps of 1/2, 1/4 and 1/8.
    backbone=dict(
        _delete_=True,
        type='mmpretrain.ResNet_CIFAR',
        depth=18,
        in_channels=1,
        stem_channels=8,
        base_channels=8,
        num_stages=3,
        strides=(2, 2, 2),
        dilations=(1, 1, 1),
        out_indices=(0, 1, 2),
        zero_init_residual=False,
    ),
    neck=dict(
        in_channels=[8, 16, 32],
        out_channels=32,
        start_level=1,
        num_outs=3,
        norm_cfg=dict(type='BN'),  # SyncBN needs GPUs
    ),
    bbox_head=dict(
        num_classes=len(classes),
        in_channels=32,
        feat_channels=32,
        stacked_convs=2,
        # of 24 to 38, 48 to 76, 96 to 152 pixels
        anchor_generator=dict(strides=[4, 8, 16], octave_base_scale=6),
    ),
    # An untrained one finds something too: scores begin at 0.01.
    test_cfg=dict(score_thr=0.001, max_per_img=20),
)

# Pictures are 160 pixels wide and stay so.
train_pipeline = _base_.train_pipeline  # noqa: F821
train_pipeline[0].update(color_type='grayscale')
train_pipeline[2] = dict(type='Resize', scale=(160, 160), keep_ratio=True)
test_pipeline = _base_.test_pipeline  # noqa: F821
test_pipeline[0].update(color_type='grayscale')
test_pipeline[1].update(scale=(160, 160))

data_root = '{{$TOY_DATA_ROOT:data/toy}}'
dataset = dict(data_root=data_root + '/coco', metainfo=dict(classes=classes))
train_dataloader = dict(
    batch_size=4,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,
    dataset=dict(pipeline=train_pipeline, **dataset),
)
test_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline=test_pipeline, **dataset),
)
test_evaluator = dict(
    ann_file=data_root + '/coco/annotations/instances_val2017.json'
)
val_dataloader = val_evaluator = val_cfg = None

max_iter = 300
train_cfg = dict(max_iters=max_iter)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=0.002, weight_decay=0.01),
    clip_grad=dict(max_norm=10, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=50,
        end=max_iter,
        T_max=max_iter - 50,
    ),
]
default_hooks = dict(checkpoint=dict(interval=100, max_keep_ckpts=1))
