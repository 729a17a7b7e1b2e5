# RegionCL-S on CIFAR-10, by SimSiam's own experiment with these pictures (its
# appendix D): a projector of two layers, decay 0.0005, rate 0.03 for 256
# pictures, 800 epochs.
_base_ = [
    '../_base_/models/regioncl-s_resnet50.py',
    '../_base_/datasets/cifar10_bs512_mocov2.py',
    '../_base_/schedules/cifar10_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

lr = 0.06
norm_cfg = dict(type='BN1d')
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet_CIFAR',
        depth=18,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
    ),
    neck=dict(in_channels=512, num_layers=2, norm_cfg=norm_cfg),
    head=dict(predictor=dict(norm_cfg=norm_cfg)),
    region_branch=dict(stride=8, min_cells=2, max_cells=3),
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
