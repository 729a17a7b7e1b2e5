# RegionCL + Barlow Twins in minutes on a CPU. Every step encodes composites of
# both views, hence fewer epochs than RegionCL-M.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

model = dict(
    _delete_=True,
    type='RegionCLBarlow',
    backbone=_base_.model.backbone,
    neck=dict(
        type='NonLinearNeck',
        in_channels=32,
        hid_channels=128,
        out_channels=128,
        num_layers=3,
        with_last_bn=False,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(
        type='LatentCrossCorrelationHead',
        in_channels=128,
        # The fewer components, the more one of their products must weigh.
        loss=dict(type='CrossCorrelationLoss', lambd=0.02),
    ),
    region_branch=_base_.model.region_branch,
)

# A sum over components, and so are its gradients.
optim_wrapper = dict(optimizer=dict(lr=0.01))
param_scheduler = [
    {**_base_.param_scheduler[0], 'T_max': 4, 'end': 4},
    _base_.param_scheduler[1],
]
train_cfg = dict(max_epochs=4)
