# RegionCL-S, SimSiam with regions (A.7): 71.3 top-1 in the paper's Table 1.
_base_ = [
    '../_base_/models/regioncl-s_resnet50.py',
    '../_base_/datasets/imagenet_bs128_mocov2.py',
    '../_base_/schedules/imagenet_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=64)

optim_wrapper = dict(
    optimizer=dict(lr=0.1),
    paramwise_cfg=dict(custom_keys={'predictor': dict(fix_lr=True)}),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=100, by_epoch=True, begin=0, end=100)
]
train_cfg = dict(max_epochs=100)
auto_scale_lr = dict(base_batch_size=512)

custom_hooks = [
    *_base_.custom_hooks,
    # SimSiam's predictor keeps the initial rate.
    dict(type='SimSiamHook', fix_pred_lr=True, lr=0.1),
]
