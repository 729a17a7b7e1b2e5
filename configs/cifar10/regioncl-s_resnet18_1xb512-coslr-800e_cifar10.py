# RegionCL-S on CIFAR-10, by SimSiam's own experiment with these pictures (its
# appendix D): a projector of two layers, decay 0.0005, rate 0.03 for 256
# pictures, 800 epochs.
_base_ = './regioncl-m_resnet18_1xb512-coslr-200e_cifar10.py'

lr = 0.06
model = dict(
    _delete_=True,
    type='RegionCLS',
    backbone={**_base_.model.backbone, 'norm_cfg': dict(type='BN')},
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=2048,
        out_channels=2048,
        num_layers=2,
        with_last_bn_affine=False,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=dict(
            type='NonLinearNeck',
            in_channels=2048,
            hid_channels=512,
            out_channels=2048,
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
param_scheduler = [{**_base_.param_scheduler[0], 'T_max': 800, 'end': 800}]
train_cfg = dict(max_epochs=800)
custom_hooks = [
    *_base_.custom_hooks,
    # The schedule moves every step, and so must what undoes it.
    dict(type='SimSiamHook', fix_pred_lr=True, lr=lr, adjust_by_epoch=False),
]
