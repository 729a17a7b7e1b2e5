# Linear classification of MoCo v3 and RegionCL-M3 on ViT-S/16, as mmpretrain's
# MoCo v3 has it.
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='MoCoV3ViT',
        arch='mocov3-small',
        img_size=224,
        patch_size=16,
    ),
    neck=None,
    head=dict(type='VisionTransformerClsHead', in_channels=384),
)
optim_wrapper = dict(optimizer=dict(lr=12.0))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=90, by_epoch=True, begin=0, end=90)
]
train_cfg = dict(max_epochs=90)
