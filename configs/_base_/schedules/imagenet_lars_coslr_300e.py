# mmpretrain's recipe of Barlow Twins: LARS, 2,048 images a step, and slow
# rates for norms and biases.
slow = dict(decay_mult=0, lr_mult=0.024, lars_exclude=True)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='ForeachLARS', lr=1.6, weight_decay=1e-6, momentum=0.9
    ),
    paramwise_cfg=dict(
        custom_keys={
            'bn': slow,
            'bias': slow,
            # the batch norm of a ResNet block's shortcut
            'downsample.1': slow,
        }
    ),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1.6e-4,
        by_epoch=True,
        begin=0,
        end=10,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=290,
        eta_min=0.0016,
        by_epoch=True,
        begin=10,
        end=300,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='ResumableEpochBasedTrainLoop', max_epochs=300)
auto_scale_lr = dict(base_batch_size=2048, enable=False)
