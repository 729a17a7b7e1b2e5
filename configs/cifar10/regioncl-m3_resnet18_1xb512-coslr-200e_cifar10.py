# RegionCL-M3 on CIFAR-10. MoCo v3 has no recipe for these pictures: batch,
# rate and schedule are RegionCL-M's, after a warm-up, and nobody has tuned
# them.
_base_ = './regioncl-m_resnet18_1xb512-coslr-200e_cifar10.py'

temperature = 0.2
norm_cfg = dict(type='BN1d')
model = dict(
    _delete_=True,
    type='RegionCLM3',
    base_momentum=0.01,
    backbone={**_base_.model.backbone, 'norm_cfg': dict(type='BN')},
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=2048,
        out_channels=256,
        with_last_bn_affine=False,
        norm_cfg=norm_cfg,
    ),
    head=dict(
        type='MoCoV3Head',
        predictor=dict(
            type='NonLinearNeck',
            in_channels=256,
            hid_channels=2048,
            out_channels=256,
            with_avg_pool=False,
            with_last_bn=False,
            norm_cfg=norm_cfg,
        ),
        loss=dict(type='CrossEntropyLoss', loss_weight=2 * temperature),
        temperature=temperature,
    ),
    region_branch=_base_.model.region_branch,
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
