# MoCo v3's ResNet recipe: LARS, 4,096 images a step in mixed precision.
_base_ = './imagenet_lars_coslr_200e.py'

optim_wrapper = dict(
    type='AmpOptimWrapper',
    loss_scale='dynamic',
    optimizer=dict(weight_decay=1.5e-6),
)
param_scheduler = [
    _base_.param_scheduler[0],
    {
        **_base_.param_scheduler[1],
        'T_max': 990,
        'end': 1000,
        'convert_to_iter_based': True,
    },
]
train_cfg = dict(max_epochs=1000)
