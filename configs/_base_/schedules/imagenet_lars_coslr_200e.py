# mmpretrain's recipe of BYOL and SimCLR: LARS, 4,096 images a step. The rate
# falls by epochs, as it does there.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='ForeachLARS', lr=4.8, weight_decay=1e-6, momentum=0.9
    ),
    paramwise_cfg=dict(
        custom_keys={
            'bn': dict(decay_mult=0, lars_exclude=True),
            'bias': dict(decay_mult=0, lars_exclude=True),
            # the batch norm of a ResNet block's shortcut
            'downsample.1': dict(decay_mult=0, lars_exclude=True),
        }
    ),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=10,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR', T_max=190, by_epoch=True, begin=10, end=200
    ),
]
train_cfg = dict(type='ResumableEpochBasedTrainLoop', max_epochs=200)
auto_scale_lr = dict(base_batch_size=4096, enable=False)
