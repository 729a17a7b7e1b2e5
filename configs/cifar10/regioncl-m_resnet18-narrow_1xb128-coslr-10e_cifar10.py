# RegionCL-M on CIFAR-10 in half an hour of one CPU core: ResNet-18 with an
# eighth of the channels, on a quarter of the pixels but for the stem; 128
# images a step, and a slow start. Plain batch norm, for SplitBN is slower on a
# CPU.
_base_ = './regioncl-m_resnet18_1xb512-coslr-200e_cifar10.py'

model = dict(
    backbone=dict(
        stem_channels=8,
        base_channels=8,
        strides=(2, 2, 2, 1),
        norm_cfg=dict(_delete_=True, type='BN'),
    ),
    neck=dict(in_channels=64, hid_channels=128),
)

train_dataloader = dict(batch_size=128)
param_scheduler = [
    dict(_base_.param_scheduler[0], T_max=10, end=10),
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(max_epochs=10)
auto_scale_lr = dict(base_batch_size=128)

default_hooks = dict(logger=dict(interval=78))
