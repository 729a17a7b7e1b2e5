# Swin-T from MoBY or RegionCL + MoBY. Not a run of the paper: data, schedule
# and neck are those of its ResNet-50 (1x), optimizer and drop path mmdet's
# for Swin-T.
_base_ = './mask-rcnn_r50_fpn_8xb2-ms-poly-90k_coco.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='mmpretrain.SwinTransformer',  # the keys of the checkpoints
        arch='tiny',
        out_indices=(0, 1, 2, 3),
        drop_path_rate=0.2,
        pad_small_map=True,
    ),
    neck=dict(in_channels=[96, 192, 384, 768]),
)

optim_wrapper = dict(
    optimizer=dict(
        _delete_=True,
        type='AdamW',
        lr=0.0001,
        betas=(0.9, 0.999),
        weight_decay=0.05,
    ),
    paramwise_cfg=dict(
        custom_keys=dict(relative_position_bias_table=dict(decay_mult=0.0))
    ),
)
