# Linear classification of MoBY and RegionCL + MoBY by MoBY's recipe (Table 8:
# 73.9 top-1, 91.8 top-5, 81.2 Real after 100 epochs of pretraining). MoBY's
# code keeps stochastic depth on; here nothing of the backbone is dropped.
_base_ = './resnet50_8xb128-linear-steplr-100e_in1k.py'

model = dict(
    backbone=dict(_delete_=True, type='SwinTransformer', arch='tiny'),
    head=dict(
        in_channels=768,
        loss=dict(
            _delete_=True,
            type='LabelSmoothLoss',
            label_smooth_val=0.1,
            mode='original',
        ),
        init_cfg=dict(type='TruncNormal', std=0.02),
    ),
)

train_dataloader = dict(batch_size=64)
optim_wrapper = dict(
    optimizer=dict(lr=1.0, nesterov=True), clip_grad=dict(max_norm=5.0)
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=5e-7,
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        eta_min=5e-6,
        by_epoch=True,
        begin=5,
        end=100,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(base_batch_size=512)
