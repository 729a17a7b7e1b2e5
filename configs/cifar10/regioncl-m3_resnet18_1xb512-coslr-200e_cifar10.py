# RegionCL-M3 on CIFAR-10. MoCo v3 has no recipe for these pictures: batch,
# rate and schedule are RegionCL-M's, after a warm-up, and nobody has tuned
# them.
_base_ = [
    '../_base_/models/regioncl-m3_resnet50.py',
    '../_base_/datasets/cifar10_bs512_mocov2.py',
    '../_base_/schedules/cifar10_sgd_coslr_200e.py',
    '../_base_/default_runtime.py',
]

temperature = 0.2
norm_cfg = dict(type='BN1d')
model = dict(
    base_momentum=0.01,
    backbone=dict(
        _delete_=True,
        type='ResNet_CIFAR',
        depth=18,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
    ),
    neck=dict(in_channels=512, hid_channels=2048, norm_cfg=norm_cfg),
    head=dict(
        predictor=dict(hid_channels=2048, norm_cfg=norm_cfg),
        loss=dict(loss_weight=2 * temperature),
        temperature=temperature,
    ),
    region_branch=dict(stride=8, min_cells=2, max_cells=3),
)

param_scheduler = [
    _base_.param_scheduler[0],
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=10,
        convert_to_iter_based=True,
    ),
]
