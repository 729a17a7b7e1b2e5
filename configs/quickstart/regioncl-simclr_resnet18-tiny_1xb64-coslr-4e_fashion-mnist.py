# RegionCL + SimCLR in minutes on a CPU. Every step has both views as anchors,
# hence fewer epochs than RegionCL-M.
_base_ = './regioncl-m_resnet18-tiny_1xb64-coslr-6e_fashion-mnist.py'

model = dict(
    _delete_=True,
    type='RegionCLSimCLR',
    backbone=_base_.model.backbone,
    neck=dict(
        type='NonLinearNeck',
        in_channels=32,
        hid_channels=128,
        out_channels=64,
        norm_cfg=dict(type='BN1d'),
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.2,
    ),
    region_branch=_base_.model.region_branch,
)

param_scheduler = [
    {**_base_.param_scheduler[0], 'T_max': 4, 'end': 4},
    _base_.param_scheduler[1],
]
train_cfg = dict(max_epochs=4)
