# Linear classification on the quickstart's backbones, in 30 seconds.
_base_ = [
    '../../_base_/models/resnet50_linear.py',
    '../../_base_/datasets/fashion-mnist_classification.py',
    '../../_base_/schedules/linear_sgd_steplr_100e.py',
    '../../_base_/default_runtime.py',
]

model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet_CIFAR',
        depth=18,
        in_channels=1,
        stem_channels=8,
        base_channels=8,
        num_stages=3,
        strides=(2, 2, 1),
        dilations=(1, 1, 1),
        out_indices=(2,),
        zero_init_residual=False,
    ),
    head=dict(num_classes=10, in_channels=32),
)
optim_wrapper = dict(optimizer=dict(lr=0.3))
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[6, 8], gamma=0.1)
]
train_cfg = dict(max_epochs=10)

default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(save_best='accuracy/top1', max_keep_ckpts=1),
)
auto_scale_lr = dict(base_batch_size=256)
