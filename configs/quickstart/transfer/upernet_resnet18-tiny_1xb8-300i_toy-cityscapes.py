# UPerNet on scenes of garments that take the places of Cityscapes' classes.
_base_ = '../../mmseg/upernet_r50_8xb2-40k_cityscapes-512x1024.py'

custom_imports = dict(imports=['regioncl_mm', 'mmpretrain.models'])

norm_cfg = dict(type='BN')  # SyncBN needs GPUs
model = dict(
    # As in pretraining: grey, with Fashion-MNIST's mean and deviation.
    data_preprocessor=dict(
        mean=[72.94], std=[90.02], bgr_to_rgb=False, size=(96, 96)
    ),
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
    decode_head=dict(
        in_channels=[16, 32],
        in_index=[1, 2],
        channels=32,
        norm_cfg=norm_cfg,
    ),
    auxiliary_head=None,  # it would take half of the time
)

load = dict(type='LoadImageFromFile', color_type='grayscale')
train_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(96, 96)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    load,
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs'),
]

data_root = '{{$TOY_DATA_ROOT:data/toy}}/cityscapes'
train_dataloader = dict(
    batch_size=8,
    num_workers=0,  # a worker would fight the training for two cores
    persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=train_pipeline),
)
test_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(data_root=data_root, pipeline=test_pipeline),
)
val_dataloader = val_evaluator = val_cfg = None

max_iter = 300
train_cfg = dict(max_iters=max_iter)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=0.003, weight_decay=0.01)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=30),
    dict(
        type='PolyLR',
        power=0.9,
        eta_min=1e-4,
        by_epoch=False,
        begin=30,
        end=max_iter,
    ),
]
default_hooks = dict(checkpoint=dict(interval=100, max_keep_ckpts=1))
