# RegionCL-S in minutes on a CPU. Every step encodes both views as queries,
# hence fewer epochs than RegionCL-M.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

lr = 0.06
model = dict(
    _delete_=True,
    type='RegionCLS',
    backbone=_base_.model.backbone,
    neck=dict(
        type='NonLinearNeck',
        in_channels=32,
        hid_channels=128,
        out_channels=128,
        num_layers=3,
        with_last_bn_affine=False,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=dict(
            type='NonLinearNeck',
            in_channels=128,
            hid_channels=32,
            out_channels=128,
            with_avg_pool=False,
            with_last_bn=False,
            with_last_bias=True,
            norm_cfg=dict(type='BN1d'),
        ),
    ),
    region_branch=_base_.model.region_branch,
)

optim_wrapper = dict(
    optimizer=dict(lr=lr),
    paramwise_cfg=dict(custom_keys={'predictor': dict(fix_lr=True)}),
)
param_scheduler = [
    {**_base_.param_scheduler[0], 'T_max': 4, 'end': 4},
    _base_.param_scheduler[1],
]
train_cfg = dict(max_epochs=4)
custom_hooks = [
    *_base_.custom_hooks,
    # The schedule moves every step, and so must what undoes it.
    dict(type='SimSiamHook', fix_pred_lr=True, lr=lr, adjust_by_epoch=False),
]
