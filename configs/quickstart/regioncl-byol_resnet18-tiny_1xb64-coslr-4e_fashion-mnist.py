# RegionCL + BYOL in minutes on a CPU. Every step encodes both views as
# queries, hence fewer epochs than RegionCL-M.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

norm_cfg = dict(type='BN1d')
model = dict(
    _delete_=True,
    type='RegionCLBYOL',
    base_momentum=0.01,
    backbone=_base_.model.backbone,
    neck=dict(
        type='NonLinearNeck',
        in_channels=32,
        hid_channels=128,
        out_channels=64,
        with_bias=True,
        with_last_bn=False,
        norm_cfg=norm_cfg,
    ),
    head=dict(
        type='LatentPredictHead',
        loss=dict(type='CosineSimilarityLoss'),
        predictor=dict(
            type='NonLinearNeck',
            in_channels=64,
            hid_channels=128,
            out_channels=64,
            with_bias=True,
            with_last_bn=False,
            with_avg_pool=False,
            norm_cfg=norm_cfg,
        ),
    ),
    region_branch=_base_.model.region_branch,
)

param_scheduler = [
    {**_base_.param_scheduler[0], 'T_max': 4, 'end': 4},
    _base_.param_scheduler[1],
]
train_cfg = dict(max_epochs=4)
