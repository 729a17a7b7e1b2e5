# Swin-T from MoBY or RegionCL + MoBY. Not a run of the paper: data and length
# are those of its ResNet-50, optimizer, rate and drop path mmseg's for Swin-T.
_base_ = './upernet_r50_8xb2-80k_cityscapes-512x1024.py'

custom_imports = dict(
    imports=['regioncl_mm', 'mmpretrain.models'], allow_failed_imports=False
)

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmpretrain.SwinTransformer',  # the keys of the checkpoints
        arch='tiny',
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.3,
        pad_small_map=True,
    ),
    decode_head=dict(in_channels=[96, 192, 384, 768]),
    auxiliary_head=dict(in_channels=384),
)

optim_wrapper = dict(
    optimizer=dict(
        _delete_=True,
        type='AdamW',
        lr=0.00006,
        betas=(0.9, 0.999),
        weight_decay=0.01,
    ),
    paramwise_cfg=dict(
        custom_keys=dict(
            relative_position_bias_table=dict(decay_mult=0.0),
            norm=dict(decay_mult=0.0),
        )
    ),
)
param_scheduler = [
    dict(
        type='LinearLR', start_factor=1e-6, by_epoch=False, begin=0, end=1500
    ),
    dict(
        type='PolyLR',
        eta_min=0.0,
        power=1.0,
        begin=1500,
        end=80000,
        by_epoch=False,
    ),
]
